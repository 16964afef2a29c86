import type { Context, MiddlewareHandler } from 'hono';
import { PlimsollError } from '../contract/error.ts';
import type { ApiEnv } from './carrier.ts';
import { parseStrictJson } from './strict-json.ts';

/** Wire size of a request's body where its route declares no other. Batches of samples are cut to fit. */
export const BODY_BYTES_AT_MOST = 1024 * 1024;

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*(?:utf-8|"utf-8")\s*)?$/i;

/**
 * Stands between the guard and the validators of a route that takes a body: reads it within bounds, demands JSON and
 * checks it more strictly than the validators' own parser does.
 */
export const strictBody =
  (bytesAtMost: number): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const type = c.req.header('content-type');
    if (type === undefined || !JSON_TYPE.test(type)) {
      const given = type === undefined ? 'none was given' : `not ${JSON.stringify(type.slice(0, 100))}`;
      throw new PlimsollError(
        'unsupported',
        `this route wants the content type application/json in UTF-8, ${given}`,
      );
    }
    const encoding = c.req.header('content-encoding')?.toLowerCase() ?? 'identity';
    if (encoding !== 'identity')
      throw new PlimsollError('unsupported', 'this route wants a body as it is, without a content encoding');
    const bytes = await boundedBody(c, bytesAtMost);
    parseStrictJson(bytes);
    // The body can be read once only, so the validators get the bytes that were just checked.
    const { method, headers, signal } = c.req.raw;
    c.req.raw = new Request(c.req.url, { method, headers, signal, body: bytes });
    return next();
  };

async function boundedBody(c: Context<ApiEnv>, bytesAtMost: number): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = new PlimsollError('too_large', `a body has at most ${bytesAtMost} bytes here`);
  if (Number(c.req.header('content-length') ?? 0) > bytesAtMost) throw tooLarge;
  const stream: ReadableStream<Uint8Array> | null = c.req.raw.body;
  if (stream === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.byteLength;
      if (size > bytesAtMost) throw tooLarge;
      chunks.push(chunk);
    }
  } catch (thrown) {
    if (thrown === tooLarge) throw thrown;
    // A client that goes away is no bug of ours, and nothing to fill the log with.
    throw new PlimsollError('usage', 'the body ended before it was complete', { cause: thrown });
  }
  return Buffer.concat(chunks, size);
}
