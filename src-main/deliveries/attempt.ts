import type { Clock } from '../base/clock.ts';
import { PlimsollError, messageOf, systemCodeOf } from '../contract/error.ts';

/** What came of one attempt. */
export type Outcome =
  | { arrived: true; receipt: string }
  | {
      arrived: false;
      problem: string;
      retry: boolean;
      /** How long the other side asks to wait, in milliseconds. */
      retryAfterMs: number | undefined;
      /** This machine had no network: nobody was asked, so it says nothing about the other side. */
      isOffline: boolean;
    };

/** One try at handing something to one destination. It always ends: by itself, at its deadline, or when abandoned. */
export class Attempt {
  readonly outcome: Promise<Outcome>;
  readonly #controller = new AbortController();

  /** `deliver` returns a receipt or throws. */
  constructor(deliver: (signal: AbortSignal) => Promise<string>, clock: Clock, deadlineMs: number) {
    const { signal } = this.#controller;
    const cancelDeadline = clock.after(deadlineMs, () => {
      this.abandon(`It did not end within ${deadlineMs / 1000} seconds`);
    });
    const aborted = new Promise<Outcome>((resolve) => {
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

async function outcomeOf(
  deliver: (signal: AbortSignal) => Promise<string>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return { arrived: true, receipt: await deliver(signal) };
  } catch (thrown) {
    return failure(thrown);
  }
}

/** Only a `PlimsollError` knows that another attempt may help; whatever else is thrown is a mistake in the kind. */
function failure(thrown: unknown): Outcome {
  const known = thrown instanceof PlimsollError ? thrown : undefined;
  return {
    arrived: false,
    problem: messageOf(thrown),
    retry: known?.retry ?? false,
    retryAfterMs: known?.retryAfterMs,
    isOffline: known?.retry === true && isOffline(known),
  };
}

/** The system's codes for a machine that has no way out, or nobody to ask for names. A name that does not exist is another matter. */
const offlineCodes = new Set(['ENETUNREACH', 'ENETDOWN', 'EAI_AGAIN']);

function isOffline(error: Error): boolean {
  for (let cause: unknown = error.cause, depth = 0; depth < 5 && cause !== undefined; depth++) {
    if (offlineCodes.has(systemCodeOf(cause) ?? '')) return true;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return false;
}
