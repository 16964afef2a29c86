import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { PlimsollError, systemCodeOf } from '../contract/error.ts';

type Style = Parameters<typeof styleText>[0];
type Stream = NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY'>>;

/**
 * A command's output to people: results on `out`, everything else on `error`. Colour is used only if the stream is a
 * terminal and `NO_COLOR` is not set. A reader that goes away (`| head`, a closed terminal) ends nothing; other write
 * errors, such as a full disk, are reported by `written`.
 */
export class Terminal {
  readonly #out: Stream;
  readonly #error: Stream;
  #problem: PlimsollError | undefined;

  constructor(out: Stream, error: Stream) {
    this.#out = out;
    this.#error = error;
    // Without a listener a closed pipe would end the process, and with it a running service.
    out.on('error', (thrown: unknown) => (this.#problem ??= this.#problemOf(thrown)));
    error.on('error', () => undefined);
  }

  out(line: string): void {
    this.#out.write(`${line}\n`);
  }

  /**
   * Prints a file: unchanged if a program or a file receives it, and made safe on a terminal, where a name in it could
   * move the cursor.
   */
  file(text: string): void {
    // The terminal ends the last line itself.
    const lines = text.replace(/\r?\n$/, '');
    this.out(this.isInteractive ? lines.split(/\r?\n/).map(shown).join('\n') : text.replace(/\n$/, ''));
  }

  /**
   * Prints a value as JSON, with `indent` spaces per level. On a terminal, characters that could move the cursor are
   * escaped; the JSON means the same.
   */
  json(value: unknown, indent?: number): void {
    const text = JSON.stringify(value, null, indent);
    this.out(this.isInteractive ? escapedJson(text) : text);
  }

  /**
   * Prints a piece of a file unchanged. Resolves when there is room for more, or when nobody reads any more; throws
   * like `written`.
   */
  async piece(text: string): Promise<void> {
    if (this.#problem !== undefined) throw this.#problem;
    if (this.#out.write(text)) return;
    const events = ['drain', 'close', 'error'] as const;
    await new Promise<void>((resolve) => {
      const goOn = () => {
        for (const event of events) this.#out.removeListener(event, goOn);
        resolve();
      };
      for (const event of events) this.#out.on(event, goOn);
    });
  }

  error(line: string): void {
    this.#error.write(`${line}\n`);
  }

  /** Text in a style, for `out`; plain text if styles are off. */
  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#out });
  }

  get isInteractive(): boolean {
    return this.#out.isTTY === true;
  }

  /** Waits until all output so far has left the process. */
  async flush(): Promise<void> {
    await Promise.all([flushed(this.#out), flushed(this.#error)]);
  }

  /**
   * Waits until all results have left the process. Throws `disk_full` or `cannot_create` if some could not be written.
   */
  async written(): Promise<void> {
    await flushed(this.#out);
    if (this.#problem !== undefined) throw this.#problem;
  }

  #problemOf(thrown: unknown): PlimsollError | undefined {
    const code = systemCodeOf(thrown) ?? '';
    if (this.isInteractive || readerIsGone.has(code)) return undefined;
    const isFull = noRoom.has(code);
    return new PlimsollError(
      isFull ? 'disk_full' : 'cannot_create',
      isFull
        ? `There is no room for the output (${code}): what was written of it is not whole. Make room, or write it elsewhere.`
        : `The output cannot be written (${code}): what was written of it is not whole.`,
      { cause: thrown },
    );
  }
}

const readerIsGone = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED']);
const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

async function flushed(stream: Stream): Promise<void> {
  await new Promise<void>((resolve) => void stream.write('', () => resolve()));
}

/** In JSON such characters occur only in strings, except line ends between the parts. */
function escapedJson(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n'
      ? character
      : Array.from(
          { length: character.length },
          (_, place) => `\\u${character.charCodeAt(place).toString(16).padStart(4, '0')}`,
        ).join(''),
  );
}

/**
 * Makes text from elsewhere safe to print: control and direction characters, which could move the cursor, become
 * visible.
 */
export function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** Formats rows as columns: as wide as their widest cell, two spaces apart, the last one not padded. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  }
  return rows.map((row) => {
    const cells = row.map((cell, index) =>
      index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0),
    );
    return (indent + cells.join('  ')).trimEnd();
  });
}
