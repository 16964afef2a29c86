import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzip } from 'node:zlib';
import { errorAnswer } from '../api/error-answer.ts';
import { BODY_BYTES_AT_MOST, UNPACKED_BYTES } from '../api/body-sizes.ts';
import type { ShortAnswer, ShortIngest, WholePost } from '../api/short-ingest.ts';
import { nodeHttp } from '../base/http/node-http.ts';
import type { RequestHead } from './request-checks.ts';
import { securityHeaders } from './security-headers.ts';

/** The route with the short path. */
export const shortPath = '/api/v1/ingest';
const shortType = 'application/json';
/** How many bodies are unpacked at the same time; others take the normal path, one piece after the other. */
const unpackedAtOnce = 8;
let unpacking = 0;

/** What the short path needs to know of a request besides its body. */
interface ShortHead {
  authorization: string;
  /** Whether its body is compressed with gzip. */
  isPacked: boolean;
  /** The length of its body. */
  bytes: number;
}

/**
 * Headers that determine how the body is read, or who sends it: if one occurs twice, or has an unusual value, the
 * normal path is used.
 */
const telling: ReadonlySet<string> = new Set([
  'authorization',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
]);

/** The head of a request that can use the short path; undefined for any other. */
export function shortHeadOf({ method, url, rawHeaders }: RequestHead): ShortHead | undefined {
  if (method !== 'POST' || url !== shortPath) return undefined;
  let authorization: string | undefined;
  let type: string | undefined;
  let length: string | undefined;
  let encoding: string | undefined;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!telling.has(name)) continue;
    const value = rawHeaders[at + 1];
    if (name === 'authorization' && authorization === undefined) authorization = value;
    else if (name === 'content-type' && type === undefined) type = value;
    else if (name === 'content-length' && length === undefined) length = value;
    else if (name === 'content-encoding' && encoding === undefined && value === 'gzip') encoding = value;
    else return undefined;
  }
  const bytes = Number(length);
  if (authorization === undefined || type !== shortType || !(bytes > 0 && bytes <= BODY_BYTES_AT_MOST))
    return undefined;
  return { authorization, isPacked: encoding !== undefined, bytes };
}

/** Passes on the complete body. If a client leaves before the end, nothing happens. */
export function onWholeBody(incoming: IncomingMessage, then: (body: Buffer) => void): void {
  const parts: Buffer[] = [];
  incoming.on('data', (part: Buffer) => parts.push(part));
  // The connection was cut, so the sender reads no answer.
  incoming.on('error', () => undefined);
  incoming.on('end', () =>
    then(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)),
  );
}

/** Decompresses a gzipped body; one that is invalid or becomes too large is left to the normal path. */
export function unpack(sent: Buffer, then: (body: Buffer | undefined) => void): void {
  if (unpacking >= unpackedAtOnce) return then(undefined);
  unpacking++;
  gunzip(sent, { maxOutputLength: UNPACKED_BYTES, rejectGarbageAfterEnd: true }, (error, body) => {
    unpacking--;
    then(error === null ? body : undefined);
  });
}

/** More arrives than can be handled. The wait is random, so that not all clients return at once. */
export function tooBusy(): ShortAnswer {
  const message = 'more is sent than can be taken now; send it again a little later';
  const retryAfter = String(1 + Math.floor(Math.random() * 5));
  return { status: 503, retryAfter, body: JSON.stringify(errorAnswer('busy', message)) };
}

/** If the look-up fails, the request takes the normal path, which reports the error and continues. */
export function maySend(short: ShortIngest, authorization: string): boolean {
  try {
    return short.may(authorization);
  } catch {
    return false;
  }
}

export function taken(short: ShortIngest, post: WholePost): Promise<ShortAnswer> | undefined {
  try {
    return short.take(post);
  } catch {
    return undefined;
  }
}

const alwaysHeaders = Object.entries({
  ...securityHeaders,
  'Content-Type': shortType,
  'Cache-Control': 'no-store',
});

export function writeShort(
  outgoing: ServerResponse,
  { status, retryAfter, body }: ShortAnswer,
  isClosing: boolean,
): void {
  const headers = [...alwaysHeaders.flat(), 'Content-Length', String(Buffer.byteLength(body))];
  if (retryAfter !== undefined) headers.push('Retry-After', retryAfter);
  if (isClosing) headers.push('Connection', 'close');
  outgoing.writeHead(status, headers).end(body);
}

const alwaysText = alwaysHeaders.map(([name, value]) => `${name}: ${value}\r\n`).join('');
/** The date of the current second. */
let date = { second: 0, text: '' };

/**
 * An answer in the format of Node's server, as one text. The connection stays open for `idleMs`, and is closed if that
 * is null.
 */
export function answerText({ status, retryAfter, body }: ShortAnswer, idleMs: number | null): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== date.second) date = { second, text: new Date(second * 1000).toUTCString() };
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const later = retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`;
  const ending =
    idleMs === null
      ? 'Connection: close\r\n'
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleMs / 1000)}\r\n`;
  const start = `HTTP/1.1 ${status} ${nodeHttp().STATUS_CODES[status] ?? 'Unknown'}\r\n`;
  return `${start}${alwaysText}${length}${later}Date: ${date.text}\r\n${ending}\r\n${body}`;
}
