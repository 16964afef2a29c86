import type { Interruption } from '../../src-main/contract/history.ts';

/** A stretch of the day of which nothing is known, and why. */
export interface Unwatched {
  from: number;
  to: number;
  why: Interruption['why'] | 'before';
}

/**
 * When nothing was watched between two times: asleep, off, or before the first sample that is kept. Each lies within the
 * stretch; a restart that took seconds is one, too.
 */
export function unwatched(
  interruptions: readonly Interruption[],
  oldestAt: number | null,
  from: number,
  to: number,
): Unwatched[] {
  const before: Unwatched[] =
    oldestAt !== null && oldestAt > from ? [{ from, to: Math.min(oldestAt, to), why: 'before' }] : [];
  const start = before[0]?.to ?? from;
  const rest = interruptions
    .map((one) => ({ ...one, from: Math.max(one.from, start), to: Math.min(one.to, to) }))
    .filter((one) => one.to > one.from);
  return [...before, ...rest];
}
