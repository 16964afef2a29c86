import { expect, test } from 'vitest';
import { problemsElsewhere, problemsUnder } from './entry-problems.ts';

const problems = [
  { path: 'destinations[2].url', message: 'is missing' },
  { path: 'destinations[2].url', message: 'again' },
  { path: 'destinations[2].headers.X-A.b', message: 'too long' },
  { path: 'destinations[2].to[1]', message: 'no address' },
  { path: 'destinations[20].name', message: 'of another' },
  { path: 'rules[0].source', message: 'there is no source' },
  { path: '', message: 'as a whole' },
];

test('problems land at their field, and inside of it at the header or the item', () => {
  expect(problemsUnder('destinations[2]', problems)).toEqual({
    url: { own: 'is missing', inside: {} },
    headers: { own: null, inside: { 'X-A.b': 'too long' } },
    to: { own: null, inside: { '1': 'no address' } },
  });
  expect(problemsUnder('', [{ path: 'url', message: 'is missing' }])).toEqual({
    url: { own: 'is missing', inside: {} },
  });
});

test('what no field can show is said with its place', () => {
  expect(problemsElsewhere('destinations[2]', ['url', 'headers', 'to'], problems)).toEqual([
    'destinations[20].name: of another',
    'rules[0].source: there is no source',
    'as a whole',
  ]);
});
