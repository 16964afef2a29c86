import { describe, expect, it } from 'vitest';
import { backoffMs, longestBackoffMs } from './backoff.ts';

const hour = 3_600_000;
const lowest = () => 0;
const highest = () => 1;

describe('backoffMs', () => {
  it('doubles its ceiling with each attempt in the first hour, up to a minute', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 5000].map((attempts) => backoffMs(attempts, 0, highest));
    expect(ceilings).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('slows down with age after the first hour, up to a quarter of an hour', () => {
    const ceilings = [0.999, 1, 2, 3, 4, 23].map((hours) => backoffMs(40, hours * hour, highest));
    expect(ceilings).toEqual([60_000, 120_000, 240_000, 480_000, longestBackoffMs, longestBackoffMs]);
  });

  it('never waits less than its floor, and takes a clock that was set back for a new start', () => {
    expect([backoffMs(9, 0, lowest), backoffMs(9, 2 * hour, lowest)]).toEqual([1000, 60_000]);
    expect(backoffMs(1, -5 * hour, highest)).toBe(2000);
  });

  it('spreads evenly between floor and ceiling', () => {
    expect(backoffMs(6, 0, () => 0.5)).toBe(30_500);
  });
});
