import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import {
  brotliDecompress,
  constants,
  gunzip,
  inflate,
  inflateRaw,
  zstdDecompress,
  type InputType,
} from 'node:zlib';
import { PlimsollError, systemCodeOf } from '../../contract/error.ts';

/** Encodings we can decode, for the header Accept-Encoding. */
export const acceptedEncodings = 'gzip, deflate, br, zstd';

type Decode = (bytes: InputType, options: { maxOutputLength: number }) => Promise<Uint8Array>;

const [unzip, unwrap, unwrapRaw] = [promisify(gunzip), promisify(inflate), promisify(inflateRaw)];
const [unbrotli, unzstd] = [promisify(brotliDecompress), promisify(zstdDecompress)];

/**
 * "deflate" is the zlib format, but some servers send the bare stream. In the zlib format the low four bits of the
 * first byte are 8 (RFC 1950).
 */
const inflateEither: Decode = (bytes, options) =>
  bytes instanceof Uint8Array && ((bytes[0] ?? 0) & 15) !== 8
    ? unwrapRaw(bytes, options)
    : unwrap(bytes, options);

/** RFC 9659 allows windows of 8 MiB; only an attack on memory needs a larger one. */
const zstdWindow = { [constants.ZSTD_d_windowLogMax]: 23 };

const decoders = new Map<string, Decode>([
  ['gzip', unzip],
  ['x-gzip', unzip],
  ['deflate', inflateEither],
  ['br', unbrotli],
  ['zstd', (bytes, options) => unzstd(bytes, { ...options, params: zstdWindow })],
]);

/**
 * Reads and decodes the body of an answer. `bytesAtMost` limits its size on the wire and its decoded size; reading
 * stops at the first byte beyond. Throws `too_large`, `unsupported` for several or unknown encodings, and `unreadable`
 * for a damaged body.
 */
export async function bodyOf(
  response: IncomingMessage,
  bytesAtMost: number,
  place: string,
): Promise<Uint8Array> {
  const tooLarge = () =>
    new PlimsollError(
      'too_large',
      `${place} answered with more than ${sizeText(bytesAtMost)}. Ask for less.`,
    );
  const decode = decoderFor(response.headers['content-encoding'] ?? '', place);
  if (Number(response.headers['content-length'] ?? 0) > bytesAtMost) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > bytesAtMost) throw tooLarge();
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks, size);
  if (decode === undefined || size === 0) return bytes;
  try {
    return await decode(bytes, { maxOutputLength: bytesAtMost });
  } catch (thrown) {
    if (systemCodeOf(thrown) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new PlimsollError('unreadable', `${place} sent a body that cannot be decompressed.`, {
      cause: thrown,
    });
  }
}

function decoderFor(header: string, place: string): Decode | undefined {
  const layers = header
    .split(',')
    .map((layer) => layer.trim().toLowerCase())
    .filter((layer) => layer !== '' && layer !== 'identity');
  const [layer] = layers;
  if (layer === undefined) return undefined;
  const decode = decoders.get(layer);
  if (layers.length === 1 && decode !== undefined) return decode;
  const what = layers.length > 1 ? `${layers.length} times over` : `as ${JSON.stringify(layer.slice(0, 30))}`;
  throw new PlimsollError(
    'unsupported',
    `${place} encoded its answer ${what}; ${acceptedEncodings} are understood, one at a time.`,
  );
}

function sizeText(bytes: number): string {
  return bytes % 1024 ** 2 === 0 ? `${bytes / 1024 ** 2} MiB` : `${bytes} bytes`;
}
