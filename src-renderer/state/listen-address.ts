/** A listening address while it is typed. */
export interface ListenAddress {
  host: string;
  /** As typed, so that an invalid port can be corrected. */
  port: string;
}

/** The default listening address. */
export const usualAddress: ListenAddress = { host: '127.0.0.1', port: '8888' };

/** Splits `127.0.0.1:8888` or `[::1]:8888`. */
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

/** The default port of a URL's scheme. */
export function usualPortOf(url: string): string {
  return url.startsWith('https:') ? '443' : '80';
}

/** Whether only the machine itself can reach an address. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}

/**
 * The address of the page after the listener moves, for a reader who is at `origin` now, and whether they can reach it.
 * For a wildcard address the host stays the same.
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
    // In the form of an origin: without the scheme's default port.
    url: new URL(`${isTls ? 'https' : 'http'}://${next}`).origin,
    reachable: isLoopback(here) || !isLoopback(host),
  };
}
