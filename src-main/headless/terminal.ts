import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { PlimsollError, systemCodeOf } from '../contract/error.ts';

type Style = Parameters<typeof styleText>[0];
type Stream = NodeJS.WritableStream & Partial<Pick<WriteStream, 'isTTY'>>;

/**
 * Where a command talks to people: results on `out`, everything else on `error`. Colour only where the stream is a
 * terminal and `NO_COLOR` is not set. A reader who goes away (`| head`, a closed terminal) ends nothing; what cannot be written
 * for another reason, such as a full disk, is said by `written`.
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
   * Prints a file: byte by byte where a program or a file takes it, and safe to look at on a terminal, where a name in it could move
   * the cursor.
   */
  file(text: string): void {
    // The terminal ends the last line itself.
    const lines = text.replace(/\r?\n$/, '');
    this.out(this.isInteractive ? lines.split(/\r?\n/).map(shown).join('\n') : text.replace(/\n$/, ''));
  }

  /** Prints a value as JSON; `indent` is how far what is inside stands in. On a terminal what could move its cursor is escaped: it is the same JSON. */
  json(value: unknown, indent?: number): void {
    const text = JSON.stringify(value, null, indent);
    this.out(this.isInteractive ? escapedJson(text) : text);
  }

  /**
   * A piece of a file, as it is. Resolves when there is room for more, or when nobody reads any more; throws what `written`
   * throws.
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

  /** Text in a style, for `out`; the plain text where styles do not belong. */
  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#out });
  }

  get isInteractive(): boolean {
    return this.#out.isTTY === true;
  }

  /** Waits until everything said so far has left the process. */
  async flush(): Promise<void> {
    await Promise.all([flushed(this.#out), flushed(this.#error)]);
  }

  /** Waits until all results have left the process. Throws `disk_full` or `cannot_create` where some could not be written. */
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

/** In JSON only what stands in strings can be such a character, but for the line ends between its parts. */
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

/** Text from elsewhere, safe to show: control and direction characters, which could move the cursor, made visible. */
export function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** Rows as columns: as wide as their widest cell, two spaces between, the last one ragged. */
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
