import { resolve } from 'node:path';
import type { Settings } from '../contract/settings.ts';
import type { TlsFiles } from './tls.ts';

const usualHost = '127.0.0.1';
export const usualPort = 8888;

export interface Address {
  host: string;
  port: number;
  /** Another port will do when this one is taken, because nobody asked for it. */
  fallbackToFreePort: boolean;
}

/** What of the settings says so. */
type Listening = Pick<Settings, 'listen' | 'hub'>;

/** Where and how to listen. */
export interface Wanted {
  addresses: readonly Address[];
  tls: TlsFiles | undefined;
  /** Further `Host` headers to answer to. */
  names: readonly string[];
}

/** What goes before the settings. */
export interface Asked {
  host?: string | undefined;
  port?: number | undefined;
  tls?: TlsFiles | undefined;
}

/**
 * How a program that always listens does it: what was asked for goes before the settings, and those before the usual address.
 * `folder` is the one that relative paths of the settings start in.
 */
export function alwaysWanted({ listen, hub }: Listening, folder: string, asked: Asked = {}): Wanted {
  return {
    addresses: addressesOf(asked, listen),
    tls: asked.tls ?? tlsFilesIn(hub, folder),
    names: hub?.names ?? [],
  };
}

/** How one does it that opens no port unless it receives. Its port is known to those that send, so that no other will do. */
export function wantedWhileReceiving(settings: Listening, folder: string): Wanted {
  const { addresses, ...rest } = alwaysWanted(settings, folder);
  const isOn = settings.hub?.enabled === true;
  return {
    ...rest,
    addresses: isOn ? addresses.map((address) => ({ ...address, fallbackToFreePort: false })) : [],
  };
}

/** Certificate and key as the settings name them, relative to their folder. */
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
