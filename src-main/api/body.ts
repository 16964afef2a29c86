import type { Context, MiddlewareHandler } from 'hono';
import { PlimsollError } from '../contract/error.ts';
import type { ApiEnv } from './carrier.ts';
import { parseStrictJson, utf8Text } from './strict-json.ts';

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*(?:utf-8|"utf-8")\s*)?$/i;

const TEXT_TYPE = /^text\/plain\s*(?:;\s*charset\s*=\s*(?:utf-8|us-ascii|"utf-8"|"us-ascii")\s*)?$/i;

interface BodyRules {
  bytesAtMost: number;
  /** The body is optional; if it is missing, its content type is ignored. */
  bodyMayLack?: boolean;
  /** Plain text is accepted as well as JSON. */
  bodyMayBeText?: boolean;
  /** Largest size of a gzipped body after decompression, in bytes. If undefined, gzip is refused. */
  unpackedBytes?: number | undefined;
  /** The route parses the body itself, whatever its type. Only its size is checked and gzip removed. */
  bodyIsRaw?: boolean;
}

/**
 * Middleware between the guard and the validators of routes with a body. It limits the size, requires JSON and parses
 * more strictly than the validators do. If a route also accepts plain text, that must be UTF-8.
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
    // A body can be read only once, so the validators get the bytes that were checked here.
    const { method, signal } = c.req.raw;
    const headers = new Headers(c.req.raw.headers);
    // An empty body has no content type, even if the client names one.
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
  // An aborted upload is not our bug: it is an expected error and not logged.
  return bounded(stream, bytesAtMost, 'the body ended before it was complete');
}

/** Decompresses a gzipped body. */
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
