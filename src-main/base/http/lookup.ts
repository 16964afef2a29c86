import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { PlimsollError } from '../../contract/error.ts';
import { addressKind } from './address.ts';
import { hostOf, placeOf } from './url.ts';

/** Finds all addresses of a name; rejects with the system's code where there are none. */
export type ResolveName = (name: string) => Promise<LookupAddress[]>;

/** Whether addresses of this machine and its networks may be asked. */
export type PrivateAddresses = 'allowed' | 'refused';

/** A name that has more is asked at the first of them only: an answer of hundreds must not become hundreds of connections. */
const addressesAtMost = 10;

export const systemResolve: ResolveName = (name) => lookup(name, { all: true });

/** `checkedAddresses` of an address of the web. */
export function allowedAddresses(
  url: URL,
  privateAddresses: PrivateAddresses,
  resolve: ResolveName,
): Promise<LookupAddress[]> {
  return checkedAddresses(hostOf(url), placeOf(url), privateAddresses, resolve);
}

/**
 * The addresses of a host that may be connected to; `place` is what messages call it. The name is looked up once, and what
 * is returned is all that may be used: a name that leads elsewhere a moment later changes nothing. Throws `forbidden` when
 * none is left, `unreachable` for a name without addresses, and whatever `resolve` rejects with.
 */
export async function checkedAddresses(
  host: string,
  place: string,
  privateAddresses: PrivateAddresses,
  resolve: ResolveName,
): Promise<LookupAddress[]> {
  const family = isIP(host);
  const found = family === 0 ? await resolve(host) : [{ address: host, family }];
  if (found.length === 0) {
    throw new PlimsollError(
      'unreachable',
      `The name ${host} exists, but has no address. Check its DNS records.`,
      { retry: true },
    );
  }
  const kinds = new Set<string>(['public', ...(privateAddresses === 'allowed' ? ['private'] : [])]);
  const allowed = found.filter(({ address }) => kinds.has(addressKind(address)));
  if (allowed.length > 0) return allowed.slice(0, addressesAtMost);
  throw new PlimsollError(
    'forbidden',
    `${place} leads to ${found
      .slice(0, 3)
      .map(({ address }) => address)
      .join(', ')}. ${
      found.some(({ address }) => addressKind(address) === 'private')
        ? 'Addresses of this machine and its networks are not allowed here. Name a public address, or allow them.'
        : 'Link-local and cloud metadata addresses are never asked: they give credentials away. Name another address.'
    }`,
  );
}

/** A look-up for sockets that knows these addresses and no others, whatever name it is asked for. */
export function lookupAmong(addresses: LookupAddress[]): LookupFunction {
  const [first] = addresses;
  return (_name, options, done) => {
    if (options.all === true) done(null, addresses);
    else done(null, first?.address ?? '', first?.family);
  };
}
