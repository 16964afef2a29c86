import type { Context, MiddlewareHandler } from 'hono';
import { PlimsollError } from '../contract/error.ts';
import type { ApiEnv } from './carrier.ts';
import { parseStrictJson, utf8Text } from './strict-json.ts';

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*(?:utf-8|"utf-8")\s*)?$/i;

const TEXT_TYPE = /^text\/plain\s*(?:;\s*charset\s*=\s*(?:utf-8|us-ascii|"utf-8"|"us-ascii")\s*)?$/i;

interface BodyRules {
  bytesAtMost: number;
  /** The route can do without a body; its type is not looked at then. */
  bodyMayLack?: boolean;
  /** Plain text is taken as well as JSON. */
  bodyMayBeText?: boolean;
  /** How large a body may become that was packed with gzip; without it, none may be packed. */
  unpackedBytes?: number | undefined;
  /** The route reads its body itself, whatever type it is of: only its size is looked at, and gzip taken off. */
  bodyIsRaw?: boolean;
}

/**
 * Stands between the guard and the validators of a route that takes a body: reads it within bounds, demands JSON and
 * checks it more strictly than the validators' own parser does. Where plain text is taken too, that is UTF-8.
 */
export const strictBody =
  ({
    bytesAtMost,
    bodyMayLack = false,
    bodyMayBeText = false,
    unpackedBytes,
    bodyIsRaw = false,
  }: BodyRules): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const type = c.req.header('content-type');
    const isJson = type !== undefined && JSON_TYPE.test(type);
    const isText = bodyMayBeText && type !== undefined && TEXT_TYPE.test(type);
    const refusal = isJson || isText || bodyIsRaw ? undefined : wrongType(type, bodyMayBeText);
    if (refusal !== undefined && !bodyMayLack) throw refusal;
    const encoding = c.req.header('content-encoding')?.toLowerCase() ?? 'identity';
    if (!bodyIsRaw && encoding !== 'identity' && (encoding !== 'gzip' || unpackedBytes === undefined))
      throw new PlimsollError(
        'unsupported',
        unpackedBytes === undefined
          ? 'this route wants a body as it is, without a content encoding'
          : 'this route wants a body as it is, or packed with gzip once',
      );
    const sent = await boundedBody(c, bytesAtMost);
    const bytes = encoding === 'gzip' ? await unpacked(sent, unpackedBytes ?? 0) : sent;
    if (refusal !== undefined && bytes.byteLength > 0) throw refusal;
    if (isJson && !bodyIsRaw) parseStrictJson(bytes);
    else if (!bodyIsRaw) utf8Text(bytes);
    // The body can be read once only, so the validators get the bytes that were just checked.
    const { method, signal } = c.req.raw;
    const headers = new Headers(c.req.raw.headers);
    // Nothing has no type, whatever a client says of it.
    if (refusal !== undefined) headers.delete('content-type');
    if (!bodyIsRaw || encoding === 'gzip') headers.delete('content-encoding');
    c.req.raw = new Request(c.req.url, { method, headers, signal, body: bytes });
    return next();
  };

function wrongType(type: string | undefined, mayBeText: boolean): PlimsollError {
  const wanted = mayBeText ? 'application/json or text/plain' : 'application/json';
  const given = type === undefined ? 'none was given' : `not ${JSON.stringify(type.slice(0, 100))}`;
  return new PlimsollError('unsupported', `this route wants the content type ${wanted} in UTF-8, ${given}`);
}

async function boundedBody(c: Context<ApiEnv>, bytesAtMost: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(c.req.header('content-length') ?? 0) > bytesAtMost) throw tooLarge(bytesAtMost);
  const stream: ReadableStream<Uint8Array> | null = c.req.raw.body;
  if (stream === null) return new Uint8Array();
  // A client that goes away is no bug of ours, and nothing to fill the log with.
  return bounded(stream, bytesAtMost, 'the body ended before it was complete');
}

/** A body that was packed with gzip, as it was before. */
function unpacked(bytes: Uint8Array<ArrayBuffer>, bytesAtMost: number): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return bounded(stream, bytesAtMost, 'the body is not gzip as it says');
}

async function bounded(
  stream: ReadableStream<Uint8Array>,
  bytesAtMost: number,
  otherwise: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.byteLength;
      if (size > bytesAtMost) throw tooLarge(bytesAtMost);
      chunks.push(chunk);
    }
  } catch (thrown) {
    if (thrown instanceof PlimsollError) throw thrown;
    throw new PlimsollError('usage', otherwise, { cause: thrown });
  }
  return Buffer.concat(chunks, size);
}

function tooLarge(bytesAtMost: number): PlimsollError {
  return new PlimsollError('too_large', `a body has at most ${bytesAtMost} bytes here`);
}
