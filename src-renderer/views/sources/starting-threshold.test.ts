import { expect, test } from 'vitest';
import { startingThreshold } from './starting-threshold.ts';

test('a new line begins where it would not be crossed at once, as far as one value can tell', () => {
  const of = (unit: 'percent' | 'milliseconds' | 'count', full?: number) => ({
    title: '',
    help: '',
    unit,
    ...(full === undefined ? {} : { full }),
  });
  expect(startingThreshold(12.34, of('percent', 100))).toBe(80);
  expect(startingThreshold(182.7, of('milliseconds'))).toBe(370);
  expect(startingThreshold(200, of('count'))).toBe(200);
  expect(startingThreshold(-3.5, null)).toBe(-3.5);
  expect(startingThreshold(Number.NaN, null)).toBeNull();
});
