/**
 * A clock, passed in as a dependency. `now` is the wall clock in epoch milliseconds and may jump; `monotonic` counts
 * milliseconds from an arbitrary start and never jumps. Tests use a clock that they advance by hand.
 */
export interface Clock {
  now(): number;
  monotonic(): number;
  /** Calls back once after `ms` milliseconds of monotonic time; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
