import { readFileSync } from 'node:fs';
import { nodeTls } from '../base/http/node-http.ts';
import { messageOf, PlimsollError } from '../contract/error.ts';

/** The paths of certificate and key. */
export interface TlsFiles {
  certificate: string;
  key: string;
}

/** Certificate and key of a listener, in PEM format. */
export interface Tls {
  cert: string;
  key: string;
}

/**
 * Reads certificate and key. Throws `unreadable` for a file that cannot be read, and `usage` if they do not belong
 * together.
 */
export function readTls({ certificate, key }: TlsFiles): Tls {
  const tls = { cert: read(certificate, 'certificate'), key: read(key, 'key') };
  try {
    nodeTls().createSecureContext(tls);
    return tls;
  } catch (cause) {
    throw new PlimsollError(
      'usage',
      `${certificate} and ${key} are no certificate and key that belong together, both in PEM: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new PlimsollError('unreadable', `The TLS ${what} ${path} cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  }
}
