import { expect, test } from 'vitest';
import { beginningOf, stretchAround } from './stretch.ts';

const minute = 60_000;
const noon = 1_800_000_000_000;

test('an hour around a short alert, more around a long one, never the future', () => {
  expect(stretchAround({ since: noon, resolvedAt: noon + 5 * minute }, noon + 500 * minute)).toEqual({
    from: noon - 30 * minute,
    to: noon + 30 * minute,
  });
  expect(stretchAround({ since: noon, resolvedAt: null }, noon + 4 * minute)).toEqual({
    from: noon - 56 * minute,
    to: noon + 4 * minute,
  });
  expect(stretchAround({ since: noon, resolvedAt: noon + 90 * minute }, noon + 500 * minute).to).toBe(
    noon + 95 * minute,
  );
  const days = stretchAround({ since: noon, resolvedAt: null }, noon + 5000 * minute);
  expect(days.to - days.from).toBe(24 * 60 * minute);
});

test('a chart begins with what is known, and is never shorter than ten minutes', () => {
  const to = 100 * 3_600_000;
  const day = to - 24 * 3_600_000;
  const begins = (first?: number) => (to - beginningOf(day, to, first)) / 60_000;
  expect([undefined, to - 5000, to - 12 * 60_000, day - 1].map(begins)).toEqual([10, 10, 12, 24 * 60]);
});
