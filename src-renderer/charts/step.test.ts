import { expect, test } from 'vitest';
import { stepOf } from './step.ts';

test('a key press moves by a round number of about a hundredth', () => {
  expect([stepOf(0, 100), stepOf(0, 2_000_000), stepOf(-50, 400), stepOf(0, 16)]).toEqual([
    1, 20_000, 2, 0.1,
  ]);
});
