import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzip } from 'node:zlib';
import { errorAnswer } from '../api/error-answer.ts';
import { BODY_BYTES_AT_MOST, UNPACKED_BYTES } from '../api/body-sizes.ts';
import type { ShortAnswer, ShortIngest, WholePost } from '../api/short-ingest.ts';
import { nodeHttp } from '../base/http/node-http.ts';
import type { RequestHead } from './request-checks.ts';
import { securityHeaders } from './security-headers.ts';

/** The route that goes the short way. */
export const shortPath = '/api/v1/ingest';
const shortType = 'application/json';
/** Bodies that are unpacked at once; the others wait for being read the long way, one piece after the other. */
const unpackedAtOnce = 8;
let unpacking = 0;

/** What is to be known of a request beside its body. */
interface ShortHead {
  authorization: string;
  /** Its body is packed with gzip. */
  isPacked: boolean;
  /** The length of its body. */
  bytes: number;
}

/** Headers that say how the body is to be read, or who sends it: where one stands twice, or says something unusual, the long way is taken. */
const telling: ReadonlySet<string> = new Set([
  'authorization',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
]);

/** The head of a request that may go the short way; undefined for any other request. */
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

/** Hands over the body when all of it is there. Of a client that goes away before nothing is heard. */
export function onWholeBody(incoming: IncomingMessage, then: (body: Buffer) => void): void {
  const parts: Buffer[] = [];
  incoming.on('data', (part: Buffer) => parts.push(part));
  // It is cut off then, and whoever had sent it does not read an answer.
  incoming.on('error', () => undefined);
  incoming.on('end', () =>
    then(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)),
  );
}

/** Unpacks a gzipped body; one that is not gzip, or becomes too large, is left to the long way. */
export function unpack(sent: Buffer, then: (body: Buffer | undefined) => void): void {
  if (unpacking >= unpackedAtOnce) return then(undefined);
  unpacking++;
  gunzip(sent, { maxOutputLength: UNPACKED_BYTES, rejectGarbageAfterEnd: true }, (error, body) => {
    unpacking--;
    then(error === null ? body : undefined);
  });
}

/** More arrives than can be read. The wait is random, so that not everybody comes back at once. */
export function tooBusy(): ShortAnswer {
  const message = 'more is sent than can be taken now; send it again a little later';
  const retryAfter = String(1 + Math.floor(Math.random() * 5));
  return { status: 503, retryAfter, body: JSON.stringify(errorAnswer('busy', message)) };
}

/** What cannot be looked up is asked the long way, which says so and goes on. */
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
/** Of this second. */
let date = { second: 0, text: '' };

/** An answer as Node's server writes it, as one text. The connection stays open for so long, and is closed where that is null. */
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
