import { PlimsollError } from '../contract/error.ts';

/** Deeper documents are refused: nothing we accept needs it, and whoever walks them later does so by recursion. */
const DEPTH_AT_MOST = 16;

/**
 * Reads JSON as strictly as an API should, where `JSON.parse` alone would be silently lenient: the text must be
 * well-formed UTF-8 (also inside `\u` escapes), no key may stand twice or be `__proto__`, and nesting is bounded.
 * Throws `usage` with the place in the text.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decoded(bytes);
  if (text.trim() === '') throw bad('the body is empty, and this route needs JSON');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad('the body is not JSON');
  }
  checkKeys(text);
  return value;
}

function bad(message: string): PlimsollError {
  return new PlimsollError('usage', message);
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw bad('the body is not UTF-8 text');
  }
}

/** Walks text that is known to be valid JSON; only strings, brackets and commas matter. */
function checkKeys(text: string): void {
  /** For each open bracket its keys so far, or null inside an array. */
  const open: (Set<string> | null)[] = [];
  let expectsKey = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : null);
      if (open.length > DEPTH_AT_MOST)
        throw bad(`the body is nested more than ${DEPTH_AT_MOST} levels deep at offset ${at}`);
      expectsKey = character === '{';
    } else if (character === '}' || character === ']') {
      open.pop();
      expectsKey = false;
    } else if (character === ',') {
      expectsKey = open.at(-1) instanceof Set;
    } else if (character === '"') {
      const end = endOfString(text, at);
      checkString(text.slice(at, end), at, expectsKey ? open.at(-1) : null);
      expectsKey = false;
      at = end - 1;
    }
  }
}

function checkString(quoted: string, at: number, keys: Set<string> | null | undefined): void {
  const needsParsing = quoted.includes('\\');
  const content = needsParsing ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
  if (needsParsing && !content.isWellFormed()) throw bad(`half of a surrogate pair at offset ${at}`);
  if (!keys) return;
  if (content === '__proto__') throw bad(`the key "__proto__" at offset ${at} is not allowed`);
  if (keys.has(content))
    throw bad(`the key ${JSON.stringify(content)} stands twice in one object, at offset ${at}`);
  keys.add(content);
}

/** The offset behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
