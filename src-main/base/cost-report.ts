import type { Clock } from './clock.ts';

/** What is sent after so long takes the report along; when nothing is, it goes alone a little later. Milliseconds. */
const earliestMs = 9_500;
const latestMs = 11_500;

/**
 * Tells main about every ten seconds what this process costs, which is also the sign that it has not hung. It goes along with what
 * is sent anyway: a message of its own wakes both processes.
 */
export class CostReport {
  readonly #clock: Clock;
  readonly #send: () => void;
  #sentMonotonic = -Infinity;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, send: () => void) {
    this.#clock = clock;
    this.#send = send;
  }

  send(): void {
    this.#cancel();
    this.#sentMonotonic = this.#clock.monotonic();
    this.#cancel = this.#clock.after(latestMs, () => this.send());
    this.#send();
  }

  /** Something else has just been sent. */
  goAlong(): void {
    if (this.#clock.monotonic() - this.#sentMonotonic >= earliestMs) this.send();
  }
}
