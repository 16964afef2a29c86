import { PlimsollError, systemCodeOf } from '../../contract/error.ts';
import { hostOf, placeOf } from './url.ts';

/** Explanation and remedy by error code of a failed connection. `HOST` and `PLACE` are placeholders. */
const meanings: Record<string, string> = {
  ENOTFOUND: 'The name HOST is not known. Check how it is spelt, and that this machine can look up names.',
  EAI_AGAIN: 'No name server answered for HOST. Check the network and the name server of this machine.',
  ECONNREFUSED: 'PLACE refused the connection. Check the port, and that the service runs.',
  EHOSTUNREACH: 'There is no route to PLACE. Check the network, and that the other machine is on.',
  ENETUNREACH: 'There is no route to PLACE. Check the network of this machine.',
  ENETDOWN: 'There is no route to PLACE. Check the network of this machine.',
  ETIMEDOUT: 'PLACE did not take the connection. Check that the machine is on, and the firewall between.',
  ECONNRESET: 'PLACE closed the connection before its answer was complete.',
  ECONNABORTED: 'PLACE closed the connection before its answer was complete.',
  ERR_STREAM_PREMATURE_CLOSE: 'PLACE closed the connection before its answer was complete.',
  EPIPE: 'PLACE closed the connection before its answer was complete.',
  EPROTO:
    'PLACE does not speak TLS as we do. Check the port, or whether the address should begin with http://.',
  EADDRNOTAVAIL: 'This machine has no way to PLACE. Check the address.',
  EACCES: 'This system does not let Plimsoll connect to PLACE. Check the firewall.',
  EPERM: 'This system does not let Plimsoll connect to PLACE. Check the firewall.',
  CERT_HAS_EXPIRED: 'The certificate of PLACE has expired. It must be renewed there.',
  CERT_NOT_YET_VALID: 'The certificate of PLACE is not valid yet. Check the clocks of both machines.',
  CERT_REVOKED: 'The certificate of PLACE was revoked. It must be replaced there.',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'The certificate of PLACE is self-signed, so anybody could have made it. Give the service one from an authority that this machine trusts.',
  SELF_SIGNED_CERT_IN_CHAIN:
    'The certificate of PLACE comes from an authority that Plimsoll does not know. NODE_EXTRA_CA_CERTS can name its certificate.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'The certificate of PLACE comes from an authority that Plimsoll does not know. NODE_EXTRA_CA_CERTS can name its certificate.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'The certificate of PLACE comes without those between it and its authority. The service must send the whole chain.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'The certificate of PLACE is for another name. Check how HOST is spelt, or whether something answers in its place.',
};

/**
 * Describes a failed connection: what, where, how to mend it. Always worth a retry: even a wrong certificate disappears
 * together with the captive portal that presented it.
 */
export function connectionError(thrown: unknown, url: URL): PlimsollError {
  if (thrown instanceof PlimsollError) return thrown;
  const code = systemCodeOf(thrown) ?? '';
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new PlimsollError('too_large', `${placeOf(url)} answered with more than 16 KiB of headers.`);
  }
  const message = (meanings[code] ?? otherwise(code))
    .replaceAll('PLACE', () => placeOf(url))
    .replaceAll('HOST', () => hostOf(url));
  return new PlimsollError('unreachable', message, { retry: true, cause: thrown });
}

function otherwise(code: string): string {
  if (code.startsWith('HPE_')) return 'PLACE does not answer in HTTP. Check the port.';
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_'))
    return `${meanings['EPROTO'] ?? ''} (${code})`;
  return `PLACE could not be asked${code === '' ? '' : ` (${code})`}.`;
}
