import { expect, test } from 'vitest';
import { stepOf } from './step.ts';

test('a key press moves by a round number of about a hundredth', () => {
  const steps = [
    stepOf(0, 100, 'percent'),
    stepOf(0, 2_000_000, 'bytes_per_second'),
    stepOf(-50, 400, 'celsius'),
    stepOf(0, 16, 'gibibytes'),
  ];
  expect(steps).toEqual([1, 20_000, 2, 0.1]);
});

test('of bytes the number is round in the units in which bytes are said', () => {
  expect(stepOf(0, 32 * 1024 ** 3, 'bytes')).toBe(0.2 * 1024 ** 3);
  expect(stepOf(0, 500, 'bytes')).toBe(5);
});
