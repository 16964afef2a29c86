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

const stepMs = 5_000;
/** Of a shorter wait, half a step would be too large a part. */
const shortestMs = 2 * stepMs;

/**
 * `clock.after` for waits that need not be exact: those of ten seconds and more end on a multiple of five seconds, at most two and a
 * half earlier or later. What is done now and then is then done together, and the process wakes once for all of it.
 */
export function afterAbout(clock: Clock, ms: number, callback: () => void): () => void {
  if (ms < shortestMs) return clock.after(ms, callback);
  const now = clock.monotonic();
  const due = Math.round((now + ms) / stepMs) * stepMs;
  return clock.after(Math.ceil(due - now), callback);
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
