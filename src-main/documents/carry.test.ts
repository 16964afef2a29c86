import { expect, test } from 'vitest';
import { carried } from './carry.ts';

const document = {
  version: 1.1,
  theme: 'new',
  rules: [
    { id: 'a', threshold: 1, colour: 'red' },
    { id: 'b', threshold: 2, colour: 'blue' },
  ],
};
const before = {
  version: 1.1,
  rules: [
    { id: 'a', threshold: 1, enabled: true },
    { id: 'b', threshold: 2, enabled: true },
  ],
};

test('keys of a newer program stay with what they belong to, wherever that moves', () => {
  const after = {
    version: 1.1,
    rules: [
      { ...before.rules[1], threshold: 3 },
      { id: 'c', threshold: 9 },
    ],
  };
  expect(carried(document, before, after)).toEqual({
    version: 1.1,
    theme: 'new',
    rules: [
      { id: 'b', threshold: 3, enabled: true, colour: 'blue' },
      { id: 'c', threshold: 9 },
    ],
  });
});

test('a key that is taken away is gone, and a list of another length is taken as it is', () => {
  expect(carried({ a: 1, b: 2 }, { a: 1, b: 2 }, { a: 1 })).toEqual({ a: 1 });
  expect(carried([1, 2, 3], [1, 2], [2])).toEqual([2]);
});
