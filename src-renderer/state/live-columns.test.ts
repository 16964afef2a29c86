import { expect, test } from 'vitest';
import type { SeriesRange } from '../../src-main/contract/history.ts';
import { withSample } from './live-columns.ts';

const series = { host: 'h', source: 's', metric: 'm', labels: {} };
function range(bucketMs: number): SeriesRange {
  return {
    ...{ series, from: 0, to: 100, bucketMs, at: [10, 20], min: [1, 2], avg: [2, 4], max: [3, 6] },
    summary: { min: 1, avg: 3, max: 6, last: 4, lastAt: 22 },
  };
}

test('a live sample stands at the end, and one that is known already changes nothing', () => {
  const before = range(0);
  expect(withSample(before, 22, 9)).toBe(before);
  expect(withSample(before, 30, 9)).toMatchObject({
    at: [10, 20, 30],
    avg: [2, 4, 9],
    summary: { min: 1, max: 9, last: 9, lastAt: 30 },
  });
});

test('it goes into the bucket of its time, or begins the next', () => {
  const within = withSample(range(10), 29, 8);
  expect(within).toMatchObject({ at: [10, 20], min: [1, 2], avg: [2, 6], max: [3, 8] });
  expect(withSample(within, 47, 0)).toMatchObject({ at: [10, 20, 40], min: [1, 2, 0], max: [3, 8, 0] });
  const empty = { ...range(10), at: [], min: [], avg: [], max: [], summary: null };
  expect(withSample(empty, 47, 5)).toMatchObject({ at: [47], summary: { min: 5, avg: 5, last: 5 } });
});
