import { expect, it } from 'vitest';
import { closest, didYouMean } from './did-you-mean.ts';

it('finds what was meant, and nothing where nothing is near', () => {
  const words = ['greater_than', 'less_than', 'equals'];
  expect(
    ['greater_then', 'GREATER_THAN', 'equal', 'between', ''].map((word) => closest(word, words)),
  ).toEqual(['greater_than', 'greater_than', 'equals', undefined, undefined]);
  expect(didYouMean('les_than', words)).toBe(' Did you mean less_than?');
  expect(didYouMean('x', words)).toBe('');
  const keys = ['name', 'intervalSeconds', 'checkIntervalSeconds', 'maxWorkers', 'maxBytes'];
  expect(['intervall', 'interval', 'intervals', 'maxi', 'int'].map((word) => closest(word, keys))).toEqual([
    ...['intervalSeconds', 'intervalSeconds', 'intervalSeconds'],
    ...[undefined, undefined],
  ]);
});
