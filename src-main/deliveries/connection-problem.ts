import { connectionError } from '../base/http/failure.ts';
import { PlimsollError, systemCodeOf } from '../contract/error.ts';

/**
 * Why a server that is not asked in HTTP could not be reached, in words; `place` is an address of any scheme. Always worth another
 * attempt, as for HTTP.
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
