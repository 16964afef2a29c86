import { expect, test } from 'vitest';
import { usualRange } from './usual.ts';

const minuteMs = 60_000;
const day = (value: (minute: number) => number): [number, number][] =>
  Array.from({ length: 24 * 60 }, (_, minute) => [minute * minuteMs, value(minute)]);

test('usual is where nearly all values of the day were, whatever a few minutes of it did', () => {
  const sawtooth = day((minute) => (minute < 20 ? 100 : minute % 10));
  expect(usualRange(sawtooth)).toEqual({ low: 0, high: 9 });
  expect(usualRange(sawtooth.toReversed())).toEqual({ low: 0, high: 9 });
});

test('a value that never changes has a range without width', () => {
  expect(usualRange(day(() => 7))).toEqual({ low: 7, high: 7 });
});

test('nothing is usual of a past that is too short, has too few values, or only grows', () => {
  const uneven = day((minute) => minute % 3);
  expect(usualRange(uneven.slice(0, 239))).toBeNull();
  expect(usualRange(uneven.filter((_, minute) => minute % 60 === 0))).toBeNull();
  expect(usualRange(day((minute) => Math.floor(minute / 7)))).toBeNull();
  expect(usualRange([])).toBeNull();
});
