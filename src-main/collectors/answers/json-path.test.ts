import { expect, test } from 'vitest';
import { findByPath, parseJsonPath } from './json-path.ts';

const value: unknown = JSON.parse(
  `{"a":{"b":[10,{"c d":1}]},"q'\\"":3,"ü":4,"list":[1,2,3],"constructor":{"x":5}}`,
);

function find(path: string): Record<string, unknown> {
  const steps = parseJsonPath(path);
  if (typeof steps === 'string') throw new Error(steps);
  return Object.fromEntries(findByPath(value, steps).map(({ place, value: there }) => [place, there]));
}

test.each<[string, Record<string, unknown>]>([
  ['$.a.b[0]', { 'a.b.0': 10 }],
  ["$['a'].b[1]['c d']", { 'a.b.1.c d': 1 }],
  ['$.list[-1]', { 'list.2': 3 }],
  ['$.list[*]', { 'list.0': 1, 'list.1': 2, 'list.2': 3 }],
  ['$.list.*', { 'list.0': 1, 'list.1': 2, 'list.2': 3 }],
  [`$['q\\'"']`, { [`q'"`]: 3 }],
  ['$.ü', { ü: 4 }],
  ['$.constructor.x', { 'constructor.x': 5 }],
  ['$.toString', {}],
  ['$.list.length', {}],
  ['$.list[3]', {}],
  ['$.a[0]', {}],
  ['$.list[0][0]', {}],
])('%s finds its own members and nothing else', (path, found) => expect(find(path)).toEqual(found));

test.each([
  ['', 'must begin with $'],
  ['a.b', 'must begin with $'],
  ['$a', 'at 2'],
  ['$..a', '`..` is not supported'],
  ['$.a[?(@.b>1)]', 'filters are not supported'],
  ['$.a[0:2]', 'slices'],
  ['$.a[0,1]', 'slices'],
  ['$.a[01]', 'at 4'],
  ['$.a[-0]', 'at 4'],
  ['$.a b', "['like this']"],
  ["$['a", 'at 2'],
  ['$.', 'at 2'],
  [`$${'.a'.repeat(300)}`, 'more than 500'],
])('%s says what is wrong: %s', (path, words) => expect(parseJsonPath(path)).toContain(words));

test('a long quoted name that never ends takes no time', () => {
  const started = performance.now();
  expect(parseJsonPath(`$['${'\\'.repeat(400)}`)).toContain('at 2');
  expect(performance.now() - started).toBeLessThan(200);
});
