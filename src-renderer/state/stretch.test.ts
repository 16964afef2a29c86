import { expect, test } from 'vitest';
import { stretchAround } from './stretch.ts';

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
