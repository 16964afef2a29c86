const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** The longest pause that `backoffMs` ever returns, in milliseconds. */
export const longestBackoffMs = 15 * minute;

/**
 * How long to wait before the next attempt, in milliseconds, after `attempts` failed ones at something that is `ageMs`
 * old. Exponential with full jitter: anywhere between a floor and a ceiling, so that many who failed together do not come back
 * together.
 *
 * - In the first hour the floor is 1 s and the ceiling doubles with each attempt: 2 s, 4 s … 60 s.
 * - After it the floor is 60 s and the ceiling doubles with each hour, 2 min … 15 min: what was away for an hour is
 *   not back in a second.
 *
 * `random` returns numbers in [0, 1). An age below zero (a clock that was set back) counts as new.
 */
export function backoffMs(attempts: number, ageMs: number, random: () => number): number {
  const early = ageMs < hour;
  const floor = early ? second : minute;
  const ceiling = early
    ? Math.min(minute, second * 2 ** Math.max(1, attempts))
    : Math.min(longestBackoffMs, minute * 2 ** Math.floor(ageMs / hour));
  return Math.round(floor + random() * (ceiling - floor));
}
