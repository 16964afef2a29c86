import type { Clock } from '../base/clock.ts';
import { PlimsollError, messageOf, systemCodeOf } from '../contract/error.ts';
import type { ErrorCode } from '../contract/error.ts';

/** The result of one attempt. */
export type Outcome<Receipt = string> = { arrived: true; receipt: Receipt } | Failure;

export interface Failure {
  arrived: false;
  problem: string;
  /** Undefined for a bug in the kind. */
  code: ErrorCode | undefined;
  retry: boolean;
  /** How long the other side asks us to wait, in milliseconds. */
  retryAfterMs: number | undefined;
  /** This machine had no network, so the failure says nothing about the other side. */
  isOffline: boolean;
  /** It may have arrived: something was sent, but what the other side did with it is unknown. */
  isUnclear: boolean;
}

/**
 * One attempt to deliver something to one destination. It always ends: by itself, at its deadline, or when abandoned.
 */
export class Attempt<Receipt = string> {
  readonly outcome: Promise<Outcome<Receipt>>;
  readonly #controller = new AbortController();

  /** `deliver` returns a receipt or throws. */
  constructor(deliver: (signal: AbortSignal) => Promise<Receipt>, clock: Clock, deadlineMs: number) {
    const { signal } = this.#controller;
    const cancelDeadline = clock.after(deadlineMs, () => {
      this.abandon(`It did not end within ${deadlineMs / 1000} seconds`);
    });
    const aborted = new Promise<Failure>((resolve) => {
      signal.addEventListener('abort', () => resolve(failure(signal.reason)), { once: true });
    });
    // A destination that ignores its signal continues alone; nobody waits for it any more.
    this.outcome = Promise.race([aborted, outcomeOf(deliver, signal)]).finally(cancelDeadline);
  }

  /** Ends the attempt now, as a failure that may be retried. */
  abandon(why: string): void {
    this.#controller.abort(new PlimsollError('deadline', `${why}.`, { retry: true }));
  }
}

async function outcomeOf<Receipt>(
  deliver: (signal: AbortSignal) => Promise<Receipt>,
  signal: AbortSignal,
): Promise<Outcome<Receipt>> {
  try {
    return { arrived: true, receipt: await deliver(signal) };
  } catch (thrown) {
    return failure(thrown);
  }
}

/** Only a `PlimsollError` says that another attempt may help; anything else that is thrown is a bug in the kind. */
function failure(thrown: unknown): Failure {
  const known = thrown instanceof PlimsollError ? thrown : undefined;
  return {
    arrived: false,
    problem: messageOf(thrown),
    code: known?.code,
    retry: known?.retry ?? false,
    retryAfterMs: known?.retryAfterMs,
    isOffline: known?.retry === true && hasCause(known, offlineCodes),
    isUnclear: isUnclear(known),
  };
}

/** The system's codes for a machine without a route or name server. A name that does not exist is another matter. */
const offlineCodes = new Set(['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN']);

/** The system's codes for failures in which nothing was sent. */
const unsentCodes = new Set([
  ...offlineCodes,
  ...['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'EHOSTDOWN', 'EADDRNOTAVAIL'],
]);

function isUnclear(error: PlimsollError | undefined): boolean {
  if (error?.code !== 'unreachable' && error?.code !== 'deadline') return false;
  return !hasCause(error, unsentCodes);
}

function hasCause(error: Error, codes: ReadonlySet<string>): boolean {
  for (let cause: unknown = error.cause, depth = 0; depth < 5 && cause !== undefined; depth++) {
    if (codes.has(systemCodeOf(cause) ?? '')) return true;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return false;
}
