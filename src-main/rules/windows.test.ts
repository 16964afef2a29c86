import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WindowFunction } from '../contract/rule.ts';
import { quantile, SampleWindow } from './windows.ts';

const intervalMs = 10_000;

/** What the window says after each value, ten seconds apart; null is a missing sample. */
function results(windowFunction: WindowFunction, seconds: number, values: (number | null)[]): number[] {
  const window = new SampleWindow({ function: windowFunction, seconds });
  let elapsedMs = 0;
  return values.map((value) => {
    elapsedMs += intervalMs;
    if (value === null) return NaN;
    window.add(value, elapsedMs);
    elapsedMs = 0;
    return window.result(intervalMs);
  });
}

describe('a window', () => {
  it.each<[WindowFunction, number]>([
    ['avg', 4],
    ['min', 1],
    ['max', 9],
    ['sum', 12],
    ['p95', 9],
    ['delta', 8],
    ['rate', 0.4],
  ])('%s of 30 seconds', (windowFunction, last) => {
    const [first, second, ...rest] = results(windowFunction, 30, [100, 1, 2, 9]);
    // It says nothing before it is filled.
    expect([first, second]).toEqual([NaN, NaN]);
    expect(rest.at(-1)).toBeCloseTo(last, 9);
  });

  it('does not let one spike be the average of five minutes', () => {
    expect(results('avg', 300, [100])).toEqual([NaN]);
    expect(results('avg', 300, Array<number>(29).fill(0)).every(Number.isNaN)).toBe(true);
    expect(results('avg', 300, [...Array<number>(29).fill(0), 100]).at(-1)).toBeCloseTo(100 / 30, 9);
  });

  it('begins anew after a gap, and bridges a missing sample', () => {
    const window = new SampleWindow({ function: 'sum', seconds: 20 });
    window.add(1, 0);
    window.add(2, 10_000);
    expect(window.result(intervalMs)).toBe(3);
    window.clear();
    window.add(5, 90_000);
    expect(window.result(intervalMs)).toBeNaN();
    window.add(6, 10_000);
    expect(window.result(intervalMs)).toBe(11);
    expect(results('avg', 30, [3, null, 6]).at(-1)).toBe(4.5);
  });

  it('judges a window that is shorter than the interval by its one sample', () => {
    expect(results('avg', 5, [3, 4])).toEqual([3, 4]);
    expect(results('rate', 5, [3, 4])).toEqual([NaN, NaN]);
  });

  it('agrees with looking at all samples again, however many pass through it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 400 }), (values) => {
        const expected = values.map((_, index) =>
          index < 8 ? NaN : values.slice(index - 8, index + 1).reduce((a, b) => Math.max(a, b)),
        );
        expect(results('max', 90, values)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});

it('takes a quantile by its nearest rank', () => {
  const twenty = Array.from({ length: 20 }, (_, index) => index + 1);
  expect([0, 0.05, 0.5, 0.95, 1].map((q) => quantile(twenty, q))).toEqual([1, 1, 10, 19, 20]);
  expect(quantile([], 0.5)).toBeNaN();
});
