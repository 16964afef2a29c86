import { expect, test } from 'vitest';
import { commonGaps, gapNameAt, namedGaps } from './gaps.ts';

test('there is a gap only where no series has a sample', () => {
  const series = [
    { at: [0, 10, 50, 60, 100], gapMs: 15 },
    { at: [0, 10, 20, 70, 100], gapMs: 30 },
  ];
  expect(commonGaps(series, 0, 100)).toEqual([
    { from: 20, to: 50 },
    { from: 60, to: 70 },
  ]);
  expect(commonGaps(series.slice(0, 1), 0, 100)).toEqual([
    { from: 10, to: 50 },
    { from: 60, to: 100 },
  ]);
  expect(commonGaps([], 0, 100)).toEqual([]);
});

test('gaps say why they are there: asleep, off, or without a reason', () => {
  const interruptions = [
    { from: 12, to: 38, why: 'asleep' as const },
    { from: 45, to: 60, why: 'off' as const },
    { from: 85, to: 90, why: 'asleep' as const },
  ];
  const named = namedGaps(
    [
      { from: 10, to: 40 },
      { from: 45, to: 80 },
      { from: 82, to: 84 },
    ],
    interruptions,
    5,
    (why) => why.toUpperCase(),
  );
  expect(named.map(({ from, to, name }) => [from, to, name])).toEqual([
    [10, 40, 'ASLEEP'],
    [45, 60, 'OFF'],
    [60, 80, 'NO_DATA'],
    [82, 84, 'NO_DATA'],
  ]);
});

test('the name of a gap stands near the bottom, and elsewhere where a line would cross it', () => {
  const plot = { top: 10, bottom: 210 };
  expect(gapNameAt(plot, [])).toBe(193);
  expect(gapNameAt(plot, [100, 170])).toBe(193);
  expect(gapNameAt(plot, [190])).toBe(27);
  expect(gapNameAt(plot, [190, 30])).toBe(110);
  expect(gapNameAt(plot, [190, 30, 110])).toBe(193);
});
