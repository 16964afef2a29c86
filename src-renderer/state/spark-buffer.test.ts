import { expect, test } from 'vitest';
import {
  fromHistory,
  merged,
  sparkFrom,
  sparkBucketMs,
  sparkSpanMs,
  sparkTo,
  withValue,
} from './spark-buffer.ts';
import type { SparkPoint } from './spark-buffer.ts';

const start = 60_000_000;

test('values of the same half minute share a point that keeps their extremes', () => {
  let points: SparkPoint[] = [];
  for (const [offset, value] of [
    [0, 10],
    [5000, 40],
    [10_000, 10],
    [sparkBucketMs, 7],
  ] as const) {
    points = withValue(points, start + offset, value);
  }
  expect(points).toEqual([
    { at: start, min: 10, avg: 20, max: 40, count: 3 },
    { at: start + sparkBucketMs, min: 7, avg: 7, max: 7, count: 1 },
  ]);
});

test('what is older than an hour leaves, and a late value finds its place', () => {
  let points = withValue([], start, 1);
  points = withValue(points, start + sparkSpanMs + 1, 3);
  points = withValue(points, start + sparkSpanMs - sparkBucketMs, 2);
  expect(points.map((point) => point.avg)).toEqual([2, 3]);
});

test('stored columns and live points become one line, the fuller point winning', () => {
  const stored = fromHistory({
    at: [start, start + 10_000, start + sparkBucketMs],
    min: [1, 3, 9],
    avg: [2, 4, 9],
    max: [3, 8, 9],
  });
  expect(stored[0]).toEqual({ at: start, min: 1, avg: 3, max: 8, count: 2 });
  const live = [
    { at: start, min: 5, avg: 5, max: 5, count: 1 },
    { at: start + 2 * sparkBucketMs, min: 6, avg: 6, max: 6, count: 1 },
  ];
  expect(merged(stored, live).map((point) => point.avg)).toEqual([3, 9, 6]);
});

test('the line stretches over what is known until an hour is full', () => {
  const now = 1_800_000_000_000;
  const point = (ago: number) => ({ at: now - ago * 60_000, min: 1, avg: 1, max: 1, count: 1 });
  const minutes = (...ago: number[]) => (now - sparkFrom(ago.map(point), now)) / 60_000;
  expect([minutes(), minutes(1, 0), minutes(12, 11, 0), minutes(90, 80)]).toEqual([5, 5, 12, 60]);
});

test('its end moves in steps that cannot be seen, and is never before now', () => {
  const now = 1_800_000_000_000;
  const full = [{ at: now - sparkSpanMs, min: 1, avg: 1, max: 1, count: 1 }];
  const ends = Array.from({ length: 60 }, (_, second) => sparkTo(full, now + second * 1000));
  expect(new Set(ends).size).toBe(9);
  for (const [second, end] of ends.entries()) {
    expect(end - (now + second * 1000)).toBeGreaterThanOrEqual(0);
    expect(end - (now + second * 1000)).toBeLessThan(sparkSpanMs / 300);
  }
  expect(sparkTo([], now + 400)).toBe(now + 1000);
});
