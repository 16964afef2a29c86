import { expect, test } from 'vitest';
import { ratesOf } from './rates.ts';

test.each([
  ['growth per second', { a: 10, b: 0 }, { a: 30, b: 1 }, 2000, { a: 10, b: 0.5 }],
  ['one counter wrapped or was reset', { a: 10, b: 2 ** 32 - 1 }, { a: 30, b: 4 }, 2000, null],
  ['one counter was not told before', { a: 10, b: Number.NaN }, { a: 30, b: 4 }, 2000, null],
  ['no time passed', { a: 10, b: 0 }, { a: 30, b: 1 }, 0, null],
  ['time went backwards', { a: 10, b: 0 }, { a: 30, b: 1 }, -5, null],
])('%s', (_name, before, after, elapsedMs, rates) => {
  expect(ratesOf(before, after, ['a', 'b'], elapsedMs)).toEqual(rates);
});
