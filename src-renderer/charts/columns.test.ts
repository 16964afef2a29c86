import { expect, test } from 'vitest';
import { gapsOf, nearest, pointsOf } from './columns.ts';

test('gaps are found inside and at both edges', () => {
  expect(gapsOf([30, 40, 90], 0, 100, 20)).toEqual([
    { from: 0, to: 30 },
    { from: 40, to: 90 },
  ]);
  expect(gapsOf([], 0, 100, 20)).toEqual([{ from: 0, to: 100 }]);
});

test('a gap interrupts the line', () => {
  expect(pointsOf([0, 10, 60], [1, 2, 3], 20)).toEqual([
    { x: 0, y: 1 },
    { x: 10, y: 2 },
    { x: 35, y: Number.NaN },
    { x: 60, y: 3 },
  ]);
});

test('the cursor finds the closest entry, and none in a gap', () => {
  const at = [0, 10, 60];
  expect([-4, 4, 6, 58, 500].map((moment) => nearest(at, moment, 5))).toEqual([0, 0, 1, 2, -1]);
  expect(nearest(at, 35, 5)).toBe(-1);
  expect(nearest([], 0, 100)).toBe(-1);
});
