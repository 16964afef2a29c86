import { expect, test } from 'vitest';
import { rowMs, timeRows } from './time-rows.ts';

test('rows have round times, and at most as many as asked for', () => {
  expect([3_600_000, 86_400_000, 30 * 86_400_000, 4000 * 86_400_000].map((span) => rowMs(span, 150))).toEqual(
    [30_000, 600_000, 6 * 3_600_000, 27 * 86_400_000],
  );
});

test('each series stands in its column, and what was not sampled is absent', () => {
  const one = { at: [0, 5, 12], min: [1, 2, 3], avg: [2, 4, 3], max: [3, 9, 3] };
  const other = { at: [31], min: [7], avg: [7], max: [7] };
  expect(timeRows([one, undefined, other], { from: 0, to: 40, stepMs: 10 })).toEqual([
    { at: 30, values: [null, null, { min: 7, avg: 7, max: 7, count: 1 }] },
    { at: 10, values: [{ min: 3, avg: 3, max: 3, count: 1 }, null, null] },
    { at: 0, values: [{ min: 1, avg: 3, max: 9, count: 2 }, null, null] },
  ]);
});
