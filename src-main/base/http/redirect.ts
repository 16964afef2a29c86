import { PlimsollError } from '../../contract/error.ts';
import type { Hop } from './exchange.ts';
import { headersForOthers, headersWithoutBody } from './headers.ts';
import { httpUrlProblem, placeOf } from './url.ts';

/**
 * The request that follows a redirect, as in the Fetch standard: 303, and 301 and 302 after a POST, become a GET
 * without a body. Another origin gets no credentials. Throws `forbidden` for an address that is not allowed, and for
 * 301 and 302 after a POST if the body must not be lost: only 303 says that the server accepted it.
 */
export function redirected(
  { url, method, headers, body }: Hop,
  status: number,
  location: string,
  mustKeepBody: boolean,
): Hop {
  const refuse = (why: string) =>
    new PlimsollError(
      'forbidden',
      `${placeOf(url)} redirects to an address that ${why}. Nothing was asked there.`,
    );
  const target = URL.parse(location, url.href);
  if (target === null) throw refuse('cannot be read');
  const problem = httpUrlProblem(target.href);
  if (problem !== undefined) throw refuse(`is not allowed: it ${problem}`);
  if (url.protocol === 'https:' && target.protocol === 'http:')
    throw refuse('is not encrypted, and this one is');
  const kept = target.origin === url.origin ? headers : headersForOthers(headers);
  const becomesGet = status === 303 ? method !== 'HEAD' : status <= 302 && method === 'POST';
  if (becomesGet && mustKeepBody && status !== 303) {
    throw new PlimsollError(
      'forbidden',
      `${placeOf(url)} redirects (${status}) to ${placeOf(target)} in a way that loses what was sent. ` +
        'Name the last address, or look whether a captive portal stands between.',
      { retry: true },
    );
  }
  return becomesGet
    ? { url: target, method: 'GET', headers: headersWithoutBody(kept), body: undefined }
    : { url: target, method, headers: kept, body };
}
