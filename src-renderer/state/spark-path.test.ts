import { expect, test } from 'vitest';
import { sparkPaths } from './spark-path.ts';
import type { SparkFrame } from './spark-path.ts';

const frame: SparkFrame = {
  width: 100,
  height: 12,
  from: 0,
  to: 100,
  low: 0,
  high: 10,
  bucketMs: 0,
  gapMs: 20,
};
const point = (at: number, avg: number, min = avg, max = avg) => ({ at, min, avg, max, count: 1 });

test('points are joined, gaps are not', () => {
  const { line, area } = sparkPaths([point(0, 0), point(10, 10), point(50, 5), point(60, 5)], frame);
  expect(line).toBe('M0 11L10 1M50 6L60 6');
  expect(area).toBe('M0 12L0 11L10 1L10 12ZM50 12L50 6L60 6L60 12Z');
});

test('the band spans the extremes, and values outside the frame stay at its edge', () => {
  const { band } = sparkPaths([point(0, 5, 0, 99), point(10, 5, 4, 6), point(-5, 1)], frame);
  expect(band).toBe('M0 1L10 5L10 7L0 11Z');
});

test('a lone point can be seen, and nothing gives nothing', () => {
  expect(sparkPaths([point(40, 5)], frame).line).toBe('M40 6h1.5');
  expect(sparkPaths([], frame)).toEqual({ line: '', band: '', area: '' });
});

test('the newest point reaches as far as it speaks for, the oldest begins with the frame', () => {
  const wide = { ...frame, bucketMs: 10 };
  const { line } = sparkPaths([point(-5, 0), point(5, 5), point(15, 10)], wide);
  expect(line).toBe('M0 11L5 6L25 1');
  expect(sparkPaths([point(-11, 0), point(frame.to - 2, 5)], wide).line).toBe('M98 6h2');
});
