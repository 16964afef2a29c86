import { PlimsollError } from '../../contract/error.ts';
import { ownVersion } from '../built.ts';
import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import { acceptedEncodings } from './body.ts';
import { exchange } from './exchange.ts';
import type { Hop, HopAnswer, HttpMethod } from './exchange.ts';
import { connectionError } from './failure.ts';
import { requestHeaders } from './headers.ts';
import type { HttpAuthorization, HttpHeaders } from './headers.ts';
import { allowedAddresses, systemResolve } from './lookup.ts';
import type { PrivateAddresses, ResolveName } from './lookup.ts';
import { redirected } from './redirect.ts';
import { httpUrlProblem, placeOf } from './url.ts';

/** What is to be asked, and how far that may go. */
export interface HttpRequest {
  /** http or https, without a user name and password: those go into `authorization`. */
  url: string;
  /** GET where nothing is said. */
  method?: HttpMethod | undefined;
  headers?: HttpHeaders | undefined;
  authorization?: HttpAuthorization | undefined;
  body?: string | Uint8Array | undefined;
  /** Whether this machine and its networks may be asked. */
  privateAddresses: PrivateAddresses;
  /** How many redirects are followed, 3 where nothing is said. One more is `forbidden`. */
  redirectsAtMost?: number;
  /**
   * The body is what matters, as in a message: a redirect by which it would be lost without having been taken (301 and 302
   * after POST) is `forbidden`, and worth another attempt, because captive portals do that.
   */
  mustKeepBody?: boolean;
  /** Size of the answer's body on the wire and decoded, 1 MiB where nothing is said. */
  bytesAtMost?: number;
  /** For everything together: looking up the name, all redirects, the last byte. 10 s where nothing is said. */
  deadlineMs?: number;
  /** Ends the request; what it was aborted with is thrown, if that is a `PlimsollError`. */
  signal?: AbortSignal;
  /** Certificates of authorities, PEM, to trust in place of those that Node knows. */
  authorities?: readonly string[] | undefined;
  /** False for a certificate that nobody vouches for; only at the first origin, and never where nothing is said. */
  verifyCertificate?: boolean;
}

/** The last answer, whatever its status. */
export interface HttpAnswer {
  status: number;
  /** By small names. */
  headers: Readonly<Record<string, string | undefined>>;
  /** Decoded. */
  body: Uint8Array;
  /** From the call to the last byte, monotonic milliseconds, all redirects included. */
  timeMs: number;
  /** Who answered in the end. */
  url: URL;
  /** How it was asked in the end: a redirect may have made a GET of it. */
  method: HttpMethod;
  /** How many redirects were followed. */
  redirects: number;
}

/** What a test hands in: time, and where names lead. */
export interface HttpSurroundings {
  clock?: Clock;
  resolve?: ResolveName;
}

const standardRedirects = 3;
const standardBytes = 1024 ** 2;
const standardDeadlineMs = 10_000;

let userAgent: string | undefined;

/**
 * Asks one address of the web, within bounds: only http and https, never a metadata address, an answer of limited size in
 * limited time, few redirects, each checked like the first. Every answer is returned, 500 too. Throws a `PlimsollError`:
 * `unreachable` (worth another attempt), `deadline`, `forbidden`, `too_large`, `unreadable`, `unsupported`, or
 * `invalid_settings` for what was wrong before anything was sent. No message holds a path, a query or a header's value.
 */
export async function httpRequest(
  request: HttpRequest,
  { clock = systemClock, resolve = systemResolve }: HttpSurroundings = {},
): Promise<HttpAnswer> {
  const start = clock.monotonic();
  const first = firstHop(request);
  const deadlineMs = request.deadlineMs ?? standardDeadlineMs;
  const deadline = new AbortController();
  const signals = [deadline.signal, ...(request.signal === undefined ? [] : [request.signal])];
  const signal = AbortSignal.any(signals);
  const cancel = clock.after(deadlineMs, () => {
    const message = `${placeOf(first.url)} has not answered completely within ${deadlineMs / 1000} s.`;
    deadline.abort(new PlimsollError('deadline', message, { retry: true }));
  });
  try {
    signal.throwIfAborted();
    const { hop, answer, redirects } = await untilAborted(follow(first, request, signal, resolve), signal);
    const { status, headers, body } = answer;
    const timeMs = clock.monotonic() - start;
    return { status, headers, body, timeMs, url: hop.url, method: hop.method, redirects };
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    if (signal.reason instanceof PlimsollError) throw signal.reason;
    throw new PlimsollError('deadline', `${placeOf(first.url)} was not waited for any longer.`, {
      retry: true,
      cause: thrown,
    });
  } finally {
    cancel();
  }
}

function firstHop({ url, method = 'GET', headers = {}, authorization, body }: HttpRequest): Hop {
  const problem = httpUrlProblem(url);
  if (problem !== undefined) throw new PlimsollError('invalid_settings', `The address ${problem}.`);
  userAgent ??= `Plimsoll/${ownVersion()}`;
  const defaults = { accept: '*/*', 'accept-encoding': acceptedEncodings, 'user-agent': userAgent };
  return {
    url: new URL(url),
    method,
    headers: requestHeaders(defaults, headers, authorization),
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
}

async function follow(
  first: Hop,
  request: HttpRequest,
  signal: AbortSignal,
  resolve: ResolveName,
): Promise<{ hop: Hop; answer: HopAnswer; redirects: number }> {
  const {
    redirectsAtMost = standardRedirects,
    bytesAtMost = standardBytes,
    authorities,
    mustKeepBody = false,
    verifyCertificate = true,
  } = request;
  let hop = first;
  for (let redirects = 0; ; redirects++) {
    const { url } = hop;
    const addresses = await allowedAddresses(url, request.privateAddresses, resolve).catch(
      (thrown: unknown) => {
        throw connectionError(thrown, url);
      },
    );
    signal.throwIfAborted();
    const isVerified = verifyCertificate || url.origin !== first.url.origin;
    const answer = await exchange(hop, { addresses, bytesAtMost, signal, authorities, isVerified });
    if (answer.location === undefined) return { hop, answer, redirects };
    if (redirects === redirectsAtMost) {
      const followed = redirectsAtMost === 0 ? 'and is not followed' : `more than ${redirectsAtMost} times`;
      throw new PlimsollError(
        'forbidden',
        `${placeOf(first.url)} redirects ${followed}. Name the last address.`,
      );
    }
    hop = redirected(hop, answer.status, answer.location, mustKeepBody);
  }
}

/** Looking up a name and decompressing can not be ended; their result is thrown away instead. */
async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new Error('aborted'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
