import type { LookupAddress } from 'node:dns';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { PlimsollError } from '../../contract/error.ts';
import { bodyOf } from './body.ts';
import { connectionError } from './failure.ts';
import { lookupAmong } from './lookup.ts';
import { nodeHttp, nodeHttps } from './node-http.ts';
import { placeOf } from './url.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'HEAD';

/** One request to one address, without redirects. */
export interface Hop {
  url: URL;
  method: HttpMethod;
  /** Names are in lower case. */
  headers: ReadonlyMap<string, string>;
  body: Uint8Array | undefined;
}

/** The answer to one request. The body of a redirect is not read. */
export interface HopAnswer {
  status: number;
  /** Names are in lower case. Repeated headers are joined as in RFC 9110 (5.2). */
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
  /** Target of a redirect; otherwise undefined. */
  location: string | undefined;
}

interface Bounds {
  /** The only addresses to connect to. */
  addresses: LookupAddress[];
  bytesAtMost: number;
  signal: AbortSignal;
  /** PEM certificates of authorities in place of Node's. */
  authorities: readonly string[] | undefined;
  /** Whether the certificate must be trusted. */
  isVerified: boolean;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/**
 * Sends one request on its own connection and reads the answer within the limits. Throws a `PlimsollError` that
 * describes the failure.
 */
export async function exchange(hop: Hop, bounds: Bounds): Promise<HopAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = started(hop, bounds);
  request.on('response', resolve);
  request.on('error', reject);
  request.on('upgrade', (_response, socket) => {
    socket.destroy();
    reject(new PlimsollError('unsupported', `${placeOf(hop.url)} wants to speak something else than HTTP.`));
  });
  request.on('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  request.end(hop.body);
  try {
    return await answerOf(await promise, hop, bounds.bytesAtMost);
  } catch (thrown) {
    throw connectionError(thrown, hop.url);
  } finally {
    request.destroy();
  }
}

function started({ url, method, headers, body }: Hop, bounds: Bounds): ClientRequest {
  const { addresses, signal, authorities, isVerified } = bounds;
  const options: RequestOptions = {
    method,
    headers: {
      ...Object.fromEntries(headers),
      ...(body !== undefined && { 'content-length': body.byteLength }),
    },
    // No agent: a shared connection may lead to an address that only another request may use, and a proxy from the
    // environment is not wanted.
    agent: false,
    lookup: lookupAmong(addresses),
    signal,
  };
  if (url.protocol === 'http:') return nodeHttp().request(url, options);
  return nodeHttps().request(url, {
    ...options,
    // Set explicitly, because an environment variable could otherwise disable it.
    rejectUnauthorized: isVerified,
    ...(authorities !== undefined && { ca: [...authorities] }),
  });
}

async function answerOf(
  response: IncomingMessage,
  { url, method }: Hop,
  bytesAtMost: number,
): Promise<HopAnswer> {
  const status = response.statusCode ?? 0;
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
  const location = redirectStatuses.has(status) ? headers['location'] : undefined;
  const hasBody = location === undefined && method !== 'HEAD';
  const body = hasBody ? await bodyOf(response, bytesAtMost, placeOf(url)) : new Uint8Array();
  return { status, headers, body, location };
}
