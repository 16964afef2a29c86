import { strictJsonProblem } from '../base/strict-json.ts';
import { PlimsollError } from '../contract/error.ts';

/**
 * Parses the body of a request strictly: it must be well-formed UTF-8, and JSON without any problem that
 * `strictJsonProblem` finds. Throws `usage` with the position in the text.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = utf8Text(bytes);
  if (text.trim() === '') throw bad('the body is empty, and this route needs JSON');
  const problem = strictJsonProblem(text);
  if (problem !== undefined)
    throw bad(`the body is not JSON as it is wanted: ${problem.what} at offset ${problem.offset}`);
  return JSON.parse(text);
}

function bad(message: string): PlimsollError {
  return new PlimsollError('usage', message);
}

/** Decodes a body as text. Throws `usage` if it is not UTF-8. */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw bad('the body is not UTF-8 text');
  }
}
