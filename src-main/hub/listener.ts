import type { AddressInfo } from 'node:net';
import { isIPv4 } from 'node:net';
import { once } from 'node:events';
import type { ShortIngest } from '../api/short-ingest.ts';
import { isLoopback } from '../base/loopback.ts';
import { messageOf, PlimsollError, systemCodeOf } from '../contract/error.ts';
import { httpServer } from './http-server.ts';
import type { HttpServer } from './http-server.ts';
import { defaultLimits } from './limits.ts';
import type { Limits } from './limits.ts';
import type { Answer } from './ways.ts';
import { refusalOf } from './request-checks.ts';
import type { Tls } from './tls.ts';

export interface ListenOptions {
  answer: Answer;
  /** Address or name to listen on. */
  host: string;
  port: number;
  /** Whether another port may be used if this one is taken: true for the default port, false for a requested one. */
  fallbackToFreePort: boolean;
  /** Further `Host` headers to accept, with port if they have one: the names that a proxy or the network uses. */
  names?: readonly string[];
  limits?: Partial<Limits>;
  /** As in `HttpServerOptions`. */
  short?: ShortIngest | undefined;
  /** As in `HttpServerOptions`. */
  onUnexpected?: ((error: unknown) => void) | undefined;
  /** Serve TLS with these. */
  tls?: Tls | undefined;
}

export interface Listener {
  address: { host: string; port: number };
  /** Its address for a browser on this machine, such as `http://127.0.0.1:8888`. */
  url: string;
  /** Accepts these names from now on; new connections over TLS get this certificate. */
  renew(next: { names: readonly string[]; tls: Tls | undefined }): void;
  /** Ends live streams, lets requests finish, closes every connection; takes at most two seconds. */
  close(): Promise<void>;
}

/**
 * Listens on TCP. Throws `address_in_use` if the port is taken and no other may be used, `no_permission` if the system
 * refuses it, and `usage` if this machine has no such address.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { answer, host, names = [], short, tls, onUnexpected } = options;
  const own = { port: options.port, names, isTls: tls !== undefined };
  const http = httpServer({
    answer,
    carrierOf: (incoming) => ({
      kind: 'listener',
      address: incoming.socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '') ?? 'unknown',
      port: own.port,
      isTls: own.isTls,
    }),
    check: (incoming) => refusalOf(incoming, own),
    limits: { ...defaultLimits, ...options.limits },
    ...{ short, tls, onUnexpected },
  });
  const address = await bound(http, options);
  own.port = address.port;
  const local = isWildcard(host) ? '127.0.0.1' : host;
  return {
    address: { host, port: address.port },
    url: `${tls === undefined ? 'http' : 'https'}://${local.includes(':') ? `[${local}]` : local}:${address.port}`,
    renew: (next) => {
      own.names = next.names;
      if (next.tls !== undefined) http.renew(next.tls);
    },
    close: () => http.close(),
  };
}

async function bound(
  { server }: HttpServer,
  { host, port, fallbackToFreePort }: ListenOptions,
): Promise<AddressInfo> {
  for (const candidate of fallbackToFreePort ? [port, 0] : [port]) {
    server.listen({ host, port: candidate, backlog: 511 });
    try {
      await once(server, 'listening');
    } catch (thrown) {
      if (candidate !== 0 && fallbackToFreePort && systemCodeOf(thrown) === 'EADDRINUSE') continue;
      throw listenError(thrown, host, port);
    }
    const address = server.address();
    if (address !== null && typeof address === 'object') return address;
  }
  throw new PlimsollError('internal', `listening on ${host}, port ${port}, gave no address`);
}

function listenError(thrown: unknown, host: string, port: number): PlimsollError {
  const options = { cause: thrown };
  switch (systemCodeOf(thrown)) {
    case 'EADDRINUSE':
      return new PlimsollError(
        'address_in_use',
        `port ${port} on ${host} is in use by another program; choose another one, with --port or in the settings`,
        options,
      );
    case 'EACCES':
      return new PlimsollError(
        'no_permission',
        `the system does not permit listening on port ${port}; ports from 1024 on need no rights`,
        options,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new PlimsollError('usage', `this machine has no address ${host} to listen on`, options);
    default:
      return new PlimsollError(
        'internal',
        `cannot listen on ${host}, port ${port}: ${messageOf(thrown)}`,
        options,
      );
  }
}

/**
 * Throws `usage` for an invalid address, and `forbidden` if listening on this host would admit other machines although
 * there is no token yet: the first visitor could not be distinguished from the owner.
 */
export function refuseExposure(host: string, hasToken: boolean): void {
  // Text that looks like an IP address must be one: no machine is called 999.1.1.1.
  if (/^[\d.]+$/.test(host) && !isIPv4(host))
    throw new PlimsollError('usage', `${host} is no IP address; one is written like 127.0.0.1 or ::1`);
  if (hasToken || isLoopback(host)) return;
  throw new PlimsollError(
    'forbidden',
    `listening on ${host} lets other machines in, and there is no token yet; make one first: plimsoll token create`,
  );
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}
