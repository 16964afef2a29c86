/** What is typed of an address to listen on. */
export interface ListenAddress {
  host: string;
  /** As it was typed, so that what is no port stays to be mended. */
  port: string;
}

/** Where a Plimsoll listens that is not told otherwise. */
export const usualAddress: ListenAddress = { host: '127.0.0.1', port: '8888' };

/** `127.0.0.1:8888` or `[::1]:8888`, taken apart. */
export function parted(address: string): ListenAddress {
  const end = address.lastIndexOf(':');
  return { host: address.slice(0, end).replace(/^\[(.*)\]$/, '$1'), port: address.slice(end + 1) };
}

export function joined({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** The port of an address that names none. */
export function usualPortOf(url: string): string {
  return url.startsWith('https:') ? '443' : '80';
}

/** Whether an address can only be reached from the machine itself. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}

/**
 * Where whoever is at `origin` now finds it when it listens there, and whether they can: an address of every network is the one they
 * are at already.
 */
export function movedTo(
  origin: string,
  { host, port }: ListenAddress,
  isTls: boolean,
): { url: string; reachable: boolean } {
  const now = new URL(origin);
  const here = now.hostname.replace(/^\[(.*)\]$/, '$1');
  const isEverywhere = host === '0.0.0.0' || host === '::';
  const next = joined({ host: isEverywhere ? here : host, port });
  return {
    // As an origin is written: without the port that is usual.
    url: new URL(`${isTls ? 'https' : 'http'}://${next}`).origin,
    reachable: isLoopback(here) || !isLoopback(host),
  };
}
