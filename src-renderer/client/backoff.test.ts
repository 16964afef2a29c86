import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('waits twice as long each time, up to thirty seconds, spread over the upper half', () => {
  expect([1, 2, 3, 4, 5, 6, 60].map((failures) => backoffMs(failures, 0))).toEqual([
    1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
  ]);
  expect(backoffMs(3, 0.999)).toBeGreaterThanOrEqual(2000);
  expect(backoffMs(3, 0.5)).toBe(3000);
});
