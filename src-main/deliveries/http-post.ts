import { httpRequest } from '../base/http/client.ts';
import type { HttpRequest } from '../base/http/client.ts';
import { nodeHttp } from '../base/http/node-http.ts';
import { httpUrlProblem, placeOf } from '../base/http/url.ts';
import { redactor } from '../base/redact.ts';
import { isSecretName, secretParameters } from '../base/secret-names.ts';
import { PlimsollError } from '../contract/error.ts';
import type { ErrorCode } from '../contract/error.ts';
import { oneLine } from './words.ts';

interface Post {
  url: string;
  /** Whoever knows the address may post there, as with Slack: messages show only the host. */
  isUrlSecret: boolean;
  method: 'POST' | 'PUT';
  headers: Record<string, string>;
  body: string | Uint8Array;
  /** Struck out wherever they appear in an answer. */
  secrets: readonly string[];
  /** 3 by default. */
  redirectsAtMost?: number;
  /** As in `HttpRequest`. */
  authorities?: readonly string[] | undefined;
  signal: AbortSignal;
  trace: ((line: string) => void) | undefined;
}

/** The other side's answer, safe to show. */
export interface PostAnswer {
  /** Scheme, host and port. */
  place: string;
  status: number;
  /** Such as `HTTP 200 OK`. The phrase is the standard one, because the server's could be anything. */
  statusText: string;
  /** The beginning of the body as one line, without control characters and secrets. */
  said: string;
  /**
   * The body parsed as JSON; undefined if it is not JSON. For decisions only, never to be shown: it may contain
   * secrets.
   */
  json: unknown;
  /** The whole body, without secrets, for further parsing. */
  text: string;
  /** The other side's clock when it answered, as written in the header. */
  date: string | undefined;
  /** How long the server asks us to wait before the next attempt, as written in the header. */
  retryAfter: string | undefined;
  /** The same in milliseconds; undefined also if it cannot be understood. */
  retryAfterMs: number | undefined;
}

const answerBytesAtMost = 64 * 1024;

/**
 * Posts one body to an address and returns any answer. Throws like `httpRequest`; a redirect that would lose the body
 * is also a failure.
 */
export async function post(sent: Post): Promise<PostAnswer> {
  const { url, method, headers, body, signal, redirectsAtMost, authorities, trace } = sent;
  const problem = httpUrlProblem(url);
  if (problem !== undefined) throw new PlimsollError('invalid_settings', `The address ${problem}.`);
  const ofUrl = sent.isUrlSecret ? secretParts(url) : secretParameters(url);
  const redact = redactor([...sent.secrets, ...ofUrl]);
  for (const line of requestLines(sent)) trace?.(`> ${redact(line)}`);
  const request: HttpRequest = {
    ...{ url, method, headers, body, signal },
    privateAddresses: 'allowed',
    mustKeepBody: true,
    bytesAtMost: answerBytesAtMost,
    ...(redirectsAtMost !== undefined && { redirectsAtMost }),
    ...(authorities !== undefined && { authorities }),
  };
  const answer = await httpRequest(request);
  const phrase = nodeHttp().STATUS_CODES[answer.status];
  const asSaid = new TextDecoder().decode(answer.body);
  const text = redact(asSaid);
  const said = excerpt(text);
  const statusText = `HTTP ${answer.status}${phrase === undefined ? '' : ` ${phrase}`}`;
  for (const line of [statusText, said]) trace?.(`< ${line}`);
  const retryAfter = answer.headers['retry-after']?.replace(/[^\w :,+-]/g, '').slice(0, 40);
  const retryAfterMs = retryAfter === undefined ? undefined : waitMs(retryAfter, answer.headers['date']);
  const date = answer.headers['date'];
  const place = placeOf(answer.url);
  const json = jsonOf(asSaid);
  return { place, status: answer.status, statusText, said, text, json, date, retryAfter, retryAfterMs };
}

/**
 * The parts of an address that give access by themselves: the whole address, its path, and anything in it that is too
 * long to be a word.
 */
function secretParts(url: string): string[] {
  const { pathname, search } = new URL(url);
  const words = pathname.split('/').filter(({ length }) => length >= 16);
  return [url, pathname + search, ...(pathname.length > 1 ? [pathname] : []), ...words];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value in an answer under these nested keys; undefined if there is none. */
export function inAnswer({ json }: Pick<PostAnswer, 'json'>, ...keys: string[]): unknown {
  return keys.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null && Object.hasOwn(found, key)
        ? (found as Record<string, unknown>)[key]
        : undefined,
    json,
  );
}

/**
 * How long the body of an answer asks to wait, converted from seconds to milliseconds; undefined if it contains nothing
 * sensible.
 */
export function askedWaitMs(answer: Pick<PostAnswer, 'json'>, ...keys: string[]): number | undefined {
  const seconds = inAnswer(answer, ...keys);
  return typeof seconds === 'number' && seconds >= 0 ? Math.ceil(seconds * 1000) : undefined;
}

/** Posts a body to a public service that has one fixed address. */
export function postJson(
  sent: Pick<Post, 'url' | 'isUrlSecret' | 'secrets' | 'signal' | 'trace'> & {
    headers?: Record<string, string>;
    payload: unknown;
    /**
     * A user's own server may have moved, so redirects are followed; a public service's redirect is not from the
     * service.
     */
    isOwnServer?: boolean;
  },
): Promise<PostAnswer> {
  const { headers = {}, payload, isOwnServer = false, ...rest } = sent;
  return post({
    ...rest,
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(payload),
    ...(!isOwnServer && { redirectsAtMost: 0 }),
  });
}

/** RFC 9110, 10.2.3: seconds, or a date, which is relative to the server's own clock. */
function waitMs(retryAfter: string, date: string | undefined): number | undefined {
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const ms = retryAfter.endsWith(' GMT') ? Date.parse(retryAfter) - Date.parse(date ?? '') : NaN;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

function requestLines({ url, isUrlSecret, method, headers }: Post): string[] {
  const { host, pathname, search } = new URL(url);
  const target = isUrlSecret ? '[secret]' : `${pathname}${search === '' ? '' : '?[secret]'}`;
  const shown = Object.entries(headers).map(
    ([name, value]) => `${name}: ${isSecretName(name) ? '[secret]' : value}`,
  );
  return [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...shown];
}

/** The beginning of a text from elsewhere, as one line. */
export function excerpt(text: string): string {
  const line = oneLine(text);
  // By code points: half a surrogate pair is not valid text.
  const [start = ''] = /^.{0,200}/su.exec(line) ?? [];
  return start === line ? line : `${start}…`;
}

/** The answer as one line: `HTTP 200 OK: done`. */
export function answerText({ statusText, said }: PostAnswer): string {
  return said === '' ? statusText : `${statusText}: ${said}`;
}

const codes: Record<number, ErrorCode> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  408: 'deadline',
  409: 'conflict',
  410: 'not_found',
  413: 'too_large',
  429: 'too_many_requests',
};

/**
 * The error for an answer with an error status: worth a retry for 408, 425, 429 and 5xx, unless a service uses them
 * differently. `why` follows the answer. A wait in the body takes precedence over the header.
 */
export function refusal(
  answer: PostAnswer,
  why = '',
  meant: { retry?: boolean | undefined; waitMs?: number | undefined } = {},
): PlimsollError {
  const { place, status, retryAfter } = answer;
  const retry = meant.retry ?? ([408, 425, 429].includes(status) || status >= 500);
  const retryAfterMs = meant.waitMs ?? answer.retryAfterMs;
  const asked =
    meant.waitMs !== undefined
      ? ` It asks to wait ${Math.ceil(meant.waitMs / 1000)} s.`
      : retryAfter !== undefined
        ? ` It asks to wait (Retry-After: ${retryAfter}).`
        : '';
  const wait = retry ? asked : '';
  return new PlimsollError(
    codes[status] ?? (status >= 500 ? 'unreachable' : 'invalid_request'),
    `${place} answered ${answerText(answer)}.${why === '' ? '' : ` ${why}`}${wait}`,
    { retry, retryAfterMs: retry ? retryAfterMs : undefined },
  );
}

/**
 * The error for an answer with a success status whose content is a refusal: nobody got the message, and usually a retry
 * would not help.
 */
export function notTaken(
  { place, said }: PostAnswer,
  inPlaceOf: string,
  advice: string,
  retry = false,
): PlimsollError {
  return new PlimsollError(
    'invalid_request',
    `${place} answered ${said === '' ? 'nothing' : said} in place of ${inPlaceOf}, so nothing was posted. ${advice}`,
    { retry },
  );
}

/** A path below a user's server, whose address may itself have a path. */
export function addressUnder(server: string, path: string): string {
  const url = new URL(server);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return url.href;
}
