import type { Clock } from '../base/clock.ts';
import type { Message } from '../contract/delivery.ts';
import { PlimsollError, messageOf } from '../contract/error.ts';
import type { Destination } from './destination-kind.ts';

/** What came of one attempt. */
export type Outcome =
  { arrived: true; receipt: string } | { arrived: false; problem: string; retry: boolean };

/** One try at handing one message to one destination. It always ends: by itself, at its deadline, or when abandoned. */
export class Attempt {
  readonly outcome: Promise<Outcome>;
  readonly #controller = new AbortController();

  constructor(destination: Destination, message: Message, clock: Clock, deadlineMs: number) {
    const { signal } = this.#controller;
    const cancelDeadline = clock.after(deadlineMs, () => {
      this.abandon(`It did not end within ${deadlineMs / 1000} seconds`);
    });
    const aborted = new Promise<Outcome>((resolve) => {
      signal.addEventListener('abort', () => resolve(failure(signal.reason)), { once: true });
    });
    // A destination that ignores its signal goes on alone; nobody listens to it any more.
    this.outcome = Promise.race([aborted, deliver(destination, message, signal)]).finally(cancelDeadline);
  }

  /** Ends the attempt now, as a failure that is worth another. */
  abandon(why: string): void {
    this.#controller.abort(new PlimsollError('deadline', `${why}.`, { retry: true }));
  }
}

async function deliver(destination: Destination, message: Message, signal: AbortSignal): Promise<Outcome> {
  try {
    return { arrived: true, receipt: await destination.deliver(message, signal) };
  } catch (thrown) {
    return failure(thrown);
  }
}

/** Only a `PlimsollError` knows that another attempt may help; whatever else is thrown is a mistake in the kind. */
function failure(thrown: unknown): Outcome {
  return {
    arrived: false,
    problem: messageOf(thrown),
    retry: thrown instanceof PlimsollError && thrown.retry,
  };
}
