import { expect, test } from 'vitest';
import { judgedUnit } from './judged-unit.ts';

test.each([
  [{}, 'percent', 'percent'],
  [{ expression: 'value / 2' }, 'bytes', 'none'],
  [{ expression: null, window: null }, 'bytes', 'bytes'],
  [{ window: { function: 'avg' } }, 'bytes', 'bytes'],
  [{ window: { function: 'rate' } }, 'bytes', 'bytes_per_second'],
  [{ window: { function: 'rate' } }, 'count', 'per_second'],
  [{ window: { function: 'rate' } }, 'percent', 'none'],
] as const)('%j of %s is compared in %s', (judged, unit, expected) => {
  expect(judgedUnit(judged, unit)).toBe(expected);
});
