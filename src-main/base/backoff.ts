const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** The longest wait that `backoffMs` returns, in milliseconds. */
export const longestBackoffMs = 15 * minute;

/**
 * How long to wait before the next attempt, in milliseconds, after `attempts` failures at something that is `ageMs`
 * old. Exponential back-off with full jitter: a random time between a floor and a ceiling, so that clients which failed
 * together do not retry together.
 *
 * - In the first hour the floor is 1 s and the ceiling doubles with each attempt: 2 s, 4 s … 60 s.
 * - After it the floor is 60 s and the ceiling doubles with each hour, 2 min … 15 min: a service that was away
 *   for an hour will not be back in a second.
 *
 * `random` returns numbers in [0, 1). A negative age (the clock was set back) counts as new.
 */
export function backoffMs(attempts: number, ageMs: number, random: () => number): number {
  const early = ageMs < hour;
  const floor = early ? second : minute;
  const ceiling = early
    ? Math.min(minute, second * 2 ** Math.max(1, attempts))
    : Math.min(longestBackoffMs, minute * 2 ** Math.floor(ageMs / hour));
  return Math.round(floor + random() * (ceiling - floor));
}
