import { expect, test } from 'vitest';
import { answerFrom } from './answer.ts';

test('an answer is taken as it is', () => {
  for (const answer of [
    { type: 'collected', collected: [['a', 1]], leftOut: [['b', 'is None']] },
    { type: 'failed', message: 'failed: ValueError' },
  ]) {
    expect(answerFrom(answer)).toEqual(answer);
  }
});

test.each([
  [null],
  [5],
  ['collected'],
  [[]],
  [{}],
  [{ type: 'x' }],
  [{ type: 'collected', collected: 5, leftOut: [] }],
  [{ type: 'collected', collected: [['a', '1']], leftOut: [] }],
  [{ type: 'collected', collected: [['a', Number.NaN]], leftOut: [] }],
  [{ type: 'collected', collected: [['a']], leftOut: [] }],
  [{ type: 'collected', collected: [] }],
  [{ type: 'collected', collected: Array(301).fill(['a', 1]), leftOut: [] }],
  [{ type: 'collected', collected: [['a'.repeat(1001), 1]], leftOut: [] }],
  [{ type: 'failed', message: {} }],
  [{ type: 'failed', message: 'a'.repeat(1001) }],
])('%j is no answer', (said) => {
  expect(answerFrom(said)).toBeUndefined();
});
