import type { LookupAddress } from 'node:dns';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { PlimsollError } from '../../contract/error.ts';
import { bodyOf } from './body.ts';
import { connectionError } from './failure.ts';
import { lookupAmong } from './lookup.ts';
import { nodeHttp, nodeHttps } from './node-http.ts';
import { placeOf } from './url.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'HEAD';

/** One request to one address. */
export interface Hop {
  url: URL;
  method: HttpMethod;
  /** By small names. */
  headers: ReadonlyMap<string, string>;
  body: Uint8Array | undefined;
}

/** What one request got. The body of a redirect is not read. */
export interface HopAnswer {
  status: number;
  /** By small names; one that came several times is joined as RFC 9110 (5.2) says. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
  /** Where it leads instead, when it is a redirect. */
  location: string | undefined;
}

interface Bounds {
  /** The only addresses that are connected to. */
  addresses: LookupAddress[];
  bytesAtMost: number;
  signal: AbortSignal;
  /** Certificates of authorities, PEM, in place of those that Node knows. */
  authorities: readonly string[] | undefined;
  /** Whether a certificate must be one that is trusted. */
  isVerified: boolean;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);

/** Asks once, on a connection of its own, and reads the answer within bounds. Throws what went wrong, in words. */
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
    // Nothing is shared: no connection to an address that was allowed for another request, and no proxy of the environment.
    agent: false,
    lookup: lookupAmong(addresses),
    signal,
  };
  if (url.protocol === 'http:') return nodeHttp().request(url, options);
  return nodeHttps().request(url, {
    ...options,
    // Stands here because an environment variable could otherwise switch it off.
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
