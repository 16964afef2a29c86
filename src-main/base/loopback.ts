import { isIP } from 'node:net';

/** Whether a host, as written, is certainly this machine. No name is looked up. */
export function isLoopback(host: string): boolean {
  return (
    host.toLowerCase() === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
  );
}
