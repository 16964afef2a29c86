import { expect, test } from 'vitest';
import { extremesOf, gapsOf, nearest } from './columns.ts';

test('gaps are found inside and at both edges', () => {
  expect(gapsOf([30, 40, 90], 0, 100, 20)).toEqual([
    { from: 0, to: 30 },
    { from: 40, to: 90 },
  ]);
  expect(gapsOf([], 0, 100, 20)).toEqual([{ from: 0, to: 100 }]);
});

test('extremes begin at zero, and follow what is added or changes at the end', () => {
  const columns = { at: [1, 2], min: [3, -4], avg: [3, 5], max: [3, 8] };
  expect(extremesOf(columns)).toEqual({ low: -4, high: 8 });
  columns.max[1] = 9;
  expect(extremesOf(columns)).toEqual({ low: -4, high: 9 });
  columns.at.push(3);
  for (const [list, value] of [
    [columns.min, -6],
    [columns.avg, 0],
    [columns.max, 20],
  ] as const)
    list.push(value);
  expect(extremesOf(columns)).toEqual({ low: -6, high: 20 });
  expect(extremesOf({ at: [1], min: [7], avg: [7], max: [7] })).toEqual({ low: 0, high: 7 });
});

test('the cursor finds the closest entry, and none in a gap', () => {
  const at = [0, 10, 60];
  expect([-4, 4, 6, 58, 500].map((moment) => nearest(at, moment, 5))).toEqual([0, 0, 1, 2, -1]);
  expect(nearest(at, 35, 5)).toBe(-1);
  expect(nearest([], 0, 100)).toBe(-1);
});
