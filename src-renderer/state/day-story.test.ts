import { expect, test } from 'vitest';
import { unwatched } from './day-story.ts';

const hour = 3_600_000;

test('what was not watched lies within the day, and begins before the first sample', () => {
  const off = { from: -2 * hour, to: hour, why: 'off' } as const;
  const asleep = { from: 20 * hour, to: 30 * hour, why: 'asleep' } as const;
  expect(unwatched([off, asleep], -5 * hour, 0, 24 * hour)).toEqual([
    { from: 0, to: hour, why: 'off' },
    { from: 20 * hour, to: 24 * hour, why: 'asleep' },
  ]);
  expect(unwatched([off], 3 * hour, 0, 24 * hour)).toEqual([{ from: 0, to: 3 * hour, why: 'before' }]);
  expect(unwatched([], null, 0, 24 * hour)).toEqual([]);
});
