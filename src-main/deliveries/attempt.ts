import type { Clock } from '../base/clock.ts';
import { PlimsollError, messageOf, systemCodeOf } from '../contract/error.ts';
import type { ErrorCode } from '../contract/error.ts';

/** What came of one attempt. */
export type Outcome<Receipt = string> = { arrived: true; receipt: Receipt } | Failure;

export interface Failure {
  arrived: false;
  problem: string;
  /** Undefined for a mistake in the kind. */
  code: ErrorCode | undefined;
  retry: boolean;
  /** How long the other side asks to wait, in milliseconds. */
  retryAfterMs: number | undefined;
  /** This machine had no network: nobody was asked, so it says nothing about the other side. */
  isOffline: boolean;
  /** It may have arrived all the same: something was sent, and what the other side did with it is not known. */
  isUnclear: boolean;
}

/** One try at handing something to one destination. It always ends: by itself, at its deadline, or when abandoned. */
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
    // A destination that ignores its signal goes on alone; nobody listens to it any more.
    this.outcome = Promise.race([aborted, outcomeOf(deliver, signal)]).finally(cancelDeadline);
  }

  /** Ends the attempt now, as a failure that is worth another. */
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

/** Only a `PlimsollError` knows that another attempt may help; whatever else is thrown is a mistake in the kind. */
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

/** The system's codes for a machine that has no way out, or nobody to ask for names. A name that does not exist is another matter. */
const offlineCodes = new Set(['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN']);

/** What the system says where nobody was there to take anything. */
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
