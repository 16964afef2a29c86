import { createSubscriber } from 'svelte/reactivity';

/**
 * The engine's wall clock: one timer for all displayed durations, which ticks every second only while something
 * displays one. The engine may run on another machine, so its clock is learned from the time stamps of its answers.
 */
export class LiveClock {
  #offsetMs = 0;
  readonly #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, 1000);
    return () => clearInterval(timer);
  });

  /** Epoch milliseconds. An effect that reads it runs again every second. */
  get now(): number {
    this.#subscribe();
    return this.at();
  }

  /** The same without subscribing. */
  at(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Learns the engine's time from an answer. Differences below two seconds are network delay and ignored. */
  learn(engineNow: number): void {
    const offset = engineNow - Date.now();
    this.#offsetMs = Math.abs(offset) < 2000 ? 0 : offset;
  }
}
