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

/** A request and its limits. */
export interface HttpRequest {
  /** http or https, without user name and password, which belong in `authorization`. */
  url: string;
  /** Default: GET. */
  method?: HttpMethod | undefined;
  headers?: HttpHeaders | undefined;
  authorization?: HttpAuthorization | undefined;
  body?: string | Uint8Array | undefined;
  /** Whether requests to this machine and its local networks are allowed. */
  privateAddresses: PrivateAddresses;
  /** Most redirects to follow, 3 by default. One more throws `forbidden`. */
  redirectsAtMost?: number;
  /**
   * True if the body must reach the server, as for a message. A redirect that would drop it (301 and 302 after POST)
   * then throws `forbidden` and is worth a retry, because captive portals answer like that.
   */
  mustKeepBody?: boolean;
  /** Largest body of the answer in bytes, on the wire and decoded; 1 MiB by default. */
  bytesAtMost?: number;
  /** Time limit for everything, from the name look-up over all redirects to the last byte, in milliseconds; 10 s by default. */
  deadlineMs?: number;
  /** Aborts the request. If the abort reason is a `PlimsollError`, it is thrown. */
  signal?: AbortSignal;
  /** PEM certificates of authorities to trust in place of Node's. */
  authorities?: readonly string[] | undefined;
  /** False accepts any certificate, but only at the first origin. Default: true. */
  verifyCertificate?: boolean;
}

/** The final answer, whatever its status. */
export interface HttpAnswer {
  status: number;
  /** Names are in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  /** Decoded. */
  body: Uint8Array;
  /** Time from the call to the last byte, including redirects, in monotonic milliseconds. */
  timeMs: number;
  /** Address of the final request. */
  url: URL;
  /** Method of the final request: a redirect may have changed it to GET. */
  method: HttpMethod;
  /** Number of redirects followed. */
  redirects: number;
}

/** Dependencies that a test replaces: the clock and name resolution. */
export interface HttpSurroundings {
  clock?: Clock;
  resolve?: ResolveName;
}

const standardRedirects = 3;
const standardBytes = 1024 ** 2;
const standardDeadlineMs = 10_000;

let userAgent: string | undefined;

/**
 * Sends an HTTP request within limits: only http and https, never to a metadata address, a limited size of the answer,
 * a time limit, and few redirects, each checked like the first address. Every answer is returned, 500 too. Throws a
 * `PlimsollError`: `unreachable` (worth a retry), `deadline`, `forbidden`, `too_large`, `unreadable`, `unsupported`, or
 * `invalid_settings` if the request was wrong before anything was sent. No message contains a path, a query or the
 * value of a header.
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

/** Name look-ups and decompression cannot be cancelled; their result is ignored instead. */
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
