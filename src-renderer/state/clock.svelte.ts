import { createSubscriber } from 'svelte/reactivity';

/**
 * The engine's wall clock as the interface sees it: one timer for everything that shows a span, ticking each second
 * only while something shows one. The engine may run on another machine, whose clock its answers are stamped with.
 */
export class LiveClock {
  #offsetMs = 0;
  readonly #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, 1000);
    return () => clearInterval(timer);
  });

  /** Epoch milliseconds; whoever reads it in an effect is run again each second. */
  get now(): number {
    this.#subscribe();
    return this.at();
  }

  /** The same without following it. */
  at(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Learns the engine's time from an answer. Less than two seconds is the line's delay, not a difference. */
  learn(engineNow: number): void {
    const offset = engineNow - Date.now();
    this.#offsetMs = Math.abs(offset) < 2000 ? 0 : offset;
  }
}
