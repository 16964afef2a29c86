import { TextDecoder } from 'node:util';
import type { HttpAnswer } from '../../base/http/client.ts';
import { placeOf } from '../../base/http/url.ts';
import { strictJsonProblem } from '../../base/strict-json.ts';
import { PlimsollError } from '../../contract/error.ts';

/**
 * Parses the answer to a request for `asked` as JSON. Throws `unreadable` with the offset of the first error and a
 * guess at what the answer is instead. The message never quotes the body, because it may hold secrets.
 */
export function jsonIn(answer: HttpAnswer, asked: URL): unknown {
  const place = placeOf(answer.url);
  if (answer.body.byteLength === 0)
    throw unreadable(`${place} answered ${answer.status} without a body, which is not JSON.`);
  const text = textOf(answer, place);
  const problem = strictJsonProblem(text);
  if (problem === undefined) return JSON.parse(text);
  throw unreadable(
    `${place} answered ${kindOf(answer, text)} not JSON: ${problem.what} at offset ${problem.offset}.${hint(answer, asked, text)}`,
  );
}

function unreadable(message: string, cause?: unknown): PlimsollError {
  return new PlimsollError('unreadable', message, { cause });
}

/**
 * JSON is UTF-8 (RFC 8259) whatever a header says, so the header's charset is used only if the bytes are not UTF-8.
 * UTF-16 is tried first because its bytes can also be valid UTF-8.
 */
function textOf({ headers, body }: HttpAnswer, place: string): string {
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(headers['content-type'] ?? '')?.[1]?.toLowerCase();
  const declared = charset === undefined || charset === 'utf-8' ? [] : [decoder(charset, place)];
  const utf8 = decoder('utf-8', place);
  const decoders = charset?.startsWith('utf-16') === true ? [...declared, utf8] : [utf8, ...declared];
  for (const candidate of decoders) {
    try {
      return candidate.decode(body);
    } catch {
      // The next charset may fit.
    }
  }
  throw unreadable(`${place} answered with bytes that are not text in ${charset ?? 'utf-8'}.`);
}

function decoder(charset: string, place: string): TextDecoder {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true });
  } catch (cause) {
    const shown = JSON.stringify(charset.slice(0, 40));
    throw unreadable(`${place} answered in the character set ${shown}, which is not known here.`, cause);
  }
}

function isHtml({ headers }: HttpAnswer, text: string): boolean {
  return /^\s*text\/html/i.test(headers['content-type'] ?? '') || /^\s*<(!doctype|html)/i.test(text);
}

function kindOf(answer: HttpAnswer, text: string): string {
  return isHtml(answer, text) ? 'with HTML,' : 'with something that is';
}

/** Being redirected to a page elsewhere usually means a log-in page, of a service or of a network. */
function hint(answer: HttpAnswer, asked: URL, text: string): string {
  if (!isHtml(answer, text)) return '';
  return answer.url.host === asked.host
    ? ' Is it a login page? HEAD asks for status and time only.'
    : ` ${placeOf(asked)} had redirected there: is it a captive portal or a login page?`;
}
