import type { Interruption } from '../../src-main/contract/history.ts';

/** A part of the day that was not monitored, and why. */
export interface Unwatched {
  from: number;
  to: number;
  why: Interruption['why'] | 'before';
}

/**
 * Times without monitoring between two times: asleep, off, or before the oldest kept sample. Each lies within the
 * range. A restart of a few seconds is included too.
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
