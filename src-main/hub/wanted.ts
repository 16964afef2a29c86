import { resolve } from 'node:path';
import type { Settings } from '../contract/settings.ts';
import type { TlsFiles } from './tls.ts';

const usualHost = '127.0.0.1';
export const usualPort = 8888;

export interface Address {
  host: string;
  port: number;
  /** Another port may be used if this one is taken, because nobody requested it. */
  fallbackToFreePort: boolean;
}

/** The settings that determine it. */
type Listening = Pick<Settings, 'listen' | 'hub'>;

/** Where and how to listen. */
export interface Wanted {
  addresses: readonly Address[];
  tls: TlsFiles | undefined;
  /** Further `Host` headers to accept. */
  names: readonly string[];
}

/** Options that take precedence over the settings. */
export interface Asked {
  host?: string | undefined;
  port?: number | undefined;
  tls?: TlsFiles | undefined;
}

/**
 * The place for a program that always listens: requested options take precedence over the settings, and these over the
 * usual address. `folder` is where relative paths of the settings start.
 */
export function alwaysWanted({ listen, hub }: Listening, folder: string, asked: Asked = {}): Wanted {
  return {
    addresses: addressesOf(asked, listen),
    tls: asked.tls ?? tlsFilesIn(hub, folder),
    names: hub?.names ?? [],
  };
}

/** The place for a program that opens a port only for receiving. Its senders know the port, so no other will do. */
export function wantedWhileReceiving(settings: Listening, folder: string): Wanted {
  const { addresses, ...rest } = alwaysWanted(settings, folder);
  const isOn = settings.hub?.enabled === true;
  return {
    ...rest,
    addresses: isOn ? addresses.map((address) => ({ ...address, fallbackToFreePort: false })) : [],
  };
}

/** Certificate and key as named in the settings, relative to their folder. */
function tlsFilesIn(hub: Listening['hub'], folder: string): TlsFiles | undefined {
  const { tlsCertificate, tlsKey } = hub ?? {};
  if (tlsCertificate === undefined || tlsKey === undefined) return undefined;
  return { certificate: resolve(folder, tlsCertificate), key: resolve(folder, tlsKey) };
}

function addressesOf({ host, port }: Asked, listed: readonly string[] | undefined): Address[] {
  if (port !== undefined) return [{ host: host ?? usualHost, port, fallbackToFreePort: false }];
  if (host !== undefined || listed === undefined)
    return [{ host: host ?? usualHost, port: usualPort, fallbackToFreePort: true }];
  return listed.map((address) => {
    const end = address.lastIndexOf(':');
    const name = address.slice(0, end).replace(/^\[(.*)\]$/, '$1');
    return { host: name, port: Number(address.slice(end + 1)), fallbackToFreePort: false };
  });
}
