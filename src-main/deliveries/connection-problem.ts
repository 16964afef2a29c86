import { connectionError } from '../base/http/failure.ts';
import { PlimsollError, systemCodeOf } from '../contract/error.ts';

/**
 * The error for a server that does not use HTTP and could not be reached; `place` is an address of any scheme. It may
 * always be retried, as with HTTP.
 */
export function connectionProblem(thrown: unknown, place: URL): PlimsollError {
  if (thrown instanceof PlimsollError) return thrown;
  const code = systemCodeOf(thrown) ?? '';
  const host = `${place.protocol}//${place.host}`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_'))
    return new PlimsollError(
      'unreachable',
      `${host} does not speak TLS as we do (${code}). Check the port, and whether it encrypts at all.`,
      { retry: true, cause: thrown },
    );
  return connectionError(thrown, place);
}
