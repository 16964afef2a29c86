import type { IncomingMessage } from 'node:http';
import type { ErrorCode } from '../contract/error.ts';

/** Why a request is refused before anything else examines it. */
export interface Refusal {
  status: number;
  code: ErrorCode;
  message: string;
  retryAfterSeconds?: number;
}

/** The part of a request before its body. */
export type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders' | 'socket'>;

/** The names that a listener accepts: its own `host:port`, and those that its owner configured. */
export interface OwnNames {
  port: number;
  names: readonly string[];
  /** Whether it serves TLS. */
  isTls?: boolean;
}

/**
 * Protects against DNS rebinding and cross-site requests: the request must name this listener as its host, and a page's
 * request must come from this listener's own origin.
 *
 * An address cannot be rebound, so the address at which the connection arrived is always accepted.
 */
export function refusalOf(incoming: RequestHead, own: OwnNames): Refusal | undefined {
  const hosts = valuesOf(incoming, 'host');
  const [host = ''] = hosts;
  if (hosts.length !== 1 || host === '') {
    return { status: 400, code: 'usage', message: 'a request names its host exactly once' };
  }
  const target = incoming.url ?? '';
  // Only Windows separates folders with backslashes, so none of our paths contains one.
  if (target.split('?', 1)[0]?.includes('\\') === true) {
    return { status: 404, code: 'not_found', message: 'there is nothing here' };
  }
  if (!target.startsWith('/')) {
    const refusal = absoluteTarget(incoming, target, own);
    if (refusal !== undefined) return refusal;
  }
  if (!isOwn(host, incoming, own)) {
    const message = `this listener does not answer to the host ${JSON.stringify(host.slice(0, 255))}; where that is a name of this hub, say so in hub.names of its settings`;
    return { status: 421, code: 'misdirected', message };
  }
  return crossSite(incoming, host, own);
}

/** Handles `GET http://host/path`, as proxies send it: its host counts, and later steps see only the path. */
function absoluteTarget(incoming: RequestHead, target: string, own: OwnNames): Refusal | undefined {
  const match = /^http:\/\/([^/?#@]+)([/?].*)?$/i.exec(target);
  if (match === null)
    return { status: 400, code: 'usage', message: 'the request target is neither a path nor a URL' };
  const [, authority = '', rest = '/'] = match;
  if (!isOwn(authority, incoming, own)) {
    return {
      status: 421,
      code: 'misdirected',
      message: 'this listener does not answer to the host in the URL',
    };
  }
  incoming.url = rest.startsWith('/') ? rest : `/${rest}`;
  return undefined;
}

function crossSite(
  incoming: RequestHead,
  host: string,
  { names, isTls = false }: OwnNames,
): Refusal | undefined {
  const path = (incoming.url ?? '').split('?', 1)[0] ?? '';
  const refusal = {
    status: 403,
    code: 'forbidden',
    message: 'pages of other origins may not ask here',
  } as const;
  const site = valuesOf(incoming, 'sec-fetch-site')[0];
  if (path.startsWith('/api/') && site !== undefined && site !== 'same-origin' && site !== 'none')
    return refusal;
  const changes = incoming.method !== 'GET' && incoming.method !== 'HEAD';
  if (!changes && path !== '/api/v1/events') return undefined;
  const asked = host.toLowerCase();
  // A configured name may belong to a proxy that serves TLS although we do not.
  const isProxied = names.some((name) => name.toLowerCase() === asked);
  const schemes = isProxied ? ['http', 'https'] : [isTls ? 'https' : 'http'];
  const own = schemes.map((scheme) => `${scheme}://${asked}`);
  const origins = valuesOf(incoming, 'origin');
  return origins.every((origin) => own.includes(origin.toLowerCase())) ? undefined : refusal;
}

function isOwn(host: string, incoming: RequestHead, own: OwnNames): boolean {
  const asked = host.toLowerCase();
  const local = incoming.socket.localAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? '';
  const addresses = ['127.0.0.1', 'localhost', '[::1]', local.includes(':') ? `[${local}]` : local];
  const withPort = addresses.map((address) => `${address}:${own.port}`);
  const good = [
    ...withPort,
    ...(own.port === 80 ? addresses : []),
    ...own.names.map((name) => name.toLowerCase()),
  ];
  return good.includes(asked);
}

/** All values of a header, in their original order and number. */
function valuesOf(incoming: RequestHead, name: string): string[] {
  return incoming.rawHeaders.filter((_, at, raw) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === name);
}
