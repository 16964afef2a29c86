import { CST, Lexer } from 'yaml';
import { PlimsollError, type Problem } from '../contract/error.ts';

/** Larger than any settings a person writes, small enough to be read at once. */
export const SETTINGS_BYTES_AT_MOST = 1024 * 1024;
/**
 * A parser spends a few microseconds on each of these, and what is between them (spaces, line ends) hardly counts. Ten
 * thousand rules, written as tightly as they can be, have 260,000.
 */
const TOKENS_AT_MOST = 300_000;

/**
 * The text of a settings file: UTF-8, with or without a byte order mark. Throws `invalid_settings` for anything else,
 * also for what a parser should not even be shown: too much of it, control characters, anchors, aliases, tags and
 * merge keys. These are looked for token by token, so that a document that would grow a billionfold costs nothing.
 */
export function readYamlText(bytes: Uint8Array): string {
  if (bytes.length > SETTINGS_BYTES_AT_MOST) {
    throw invalid([
      { path: '', message: `${bytes.length} bytes are more than the 1 MiB that settings may have` },
    ]);
  }
  const text = decode(bytes);
  const control = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0');
    throw invalid([
      {
        path: '',
        message: `there is a control character here (U+${code})`,
        ...positionOf(text, control.index),
      },
    ]);
  }
  refuseWhatGrows(text);
  return text;
}

function decode(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // The same answer as for NUL bytes, below.
  }
  throw invalid([
    { path: '', message: 'this is not UTF-8 text; save the file as UTF-8', line: 1, column: 1 },
  ]);
}

const refusals: Record<string, string> = {
  anchor: 'anchors (&) are not allowed: write the value out; text that begins with & goes in quotes',
  alias: 'aliases (*) are not allowed: write the value out; text that begins with * goes in quotes',
  tag: 'tags (!) are not allowed: leave it out; text that begins with ! goes in quotes',
};

function refuseWhatGrows(text: string): void {
  let offset = 0;
  let tokens = 0;
  let before: string | undefined;
  for (const source of new Lexer().lex(text)) {
    if (!isBetween(source) && ++tokens > TOKENS_AT_MOST) {
      throw invalid([
        { path: '', message: 'there are too many entries for one file', ...positionOf(text, offset) },
      ]);
    }
    const isText = before === CST.SCALAR;
    const type = CST.tokenType(source);
    const refusal =
      isText && source === '<<'
        ? 'merge keys (<<) are not allowed: write the values out'
        : isText || type === null
          ? undefined
          : refusals[type];
    if (refusal !== undefined) throw invalid([{ path: '', message: refusal, ...positionOf(text, offset) }]);
    before = source;
    // The lexer marks beginnings and ends with characters of its own, which are not part of the text.
    if (source !== CST.DOCUMENT && source !== CST.FLOW_END && source !== CST.SCALAR) offset += source.length;
  }
}

/** Spaces, line ends, and what the lexer marks the beginning of text with. */
function isBetween(source: string): boolean {
  return source === CST.SCALAR || source.startsWith(' ') || source === '\n' || source === '\r\n';
}

/** Line and column, from 1, of an offset in the text. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** A document that cannot be settings, with everything that is wrong with it. */
export function invalid(problems: readonly Problem[]): PlimsollError {
  return new PlimsollError('invalid_settings', problems[0]?.message ?? 'The settings are not valid.', {
    problems,
  });
}
