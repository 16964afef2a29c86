import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';
import { PlimsollError } from '../../contract/error.ts';
import { addressKind } from './address.ts';
import { hostOf, placeOf } from './url.ts';

/** Resolves a name to all its addresses; rejects with the system's error code if there are none. */
export type ResolveName = (name: string) => Promise<LookupAddress[]>;

/** Whether addresses of this machine and its local networks may be used. */
export type PrivateAddresses = 'allowed' | 'refused';

/** Only the first addresses of a name are tried: an answer with hundreds must not cause hundreds of connections. */
const addressesAtMost = 10;

export const systemResolve: ResolveName = (name) => lookup(name, { all: true });

/** `checkedAddresses` for a URL. */
export function allowedAddresses(
  url: URL,
  privateAddresses: PrivateAddresses,
  resolve: ResolveName,
): Promise<LookupAddress[]> {
  return checkedAddresses(hostOf(url), placeOf(url), privateAddresses, resolve);
}

/**
 * The addresses of a host to which connections are allowed; `place` is its name in messages. The name is resolved only
 * once and callers must use only the result, so a later change of the DNS entry has no effect. Throws `forbidden` if no
 * address is allowed, `unreachable` for a name without addresses, and the errors of `resolve`.
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

/** A look-up function for sockets that always returns these addresses, whatever the name. */
export function lookupAmong(addresses: LookupAddress[]): LookupFunction {
  const [first] = addresses;
  return (_name, options, done) => {
    if (options.all === true) done(null, addresses);
    else done(null, first?.address ?? '', first?.family);
  };
}
