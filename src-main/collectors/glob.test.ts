import { expect, test } from 'vitest';
import { fitsGlob, isGlob } from './glob.ts';

test.each<[string, string, boolean]>([
  ['node_cpu_*', 'node_cpu_seconds_total', true],
  ['node_cpu_*', 'xnode_cpu_', false],
  ['*.tar.gz', 'a.tar.gz', true],
  ['*.tar.gz', 'a-tar.gz', false],
  ['a?c', 'a😀c', true],
  ['a?c', 'ac', false],
  ['(a|b)[c]{2}', '(a|b)[c]{2}', true],
  ['(a|b)', 'a', false],
  ['a', 'a\n', false],
  ['*', '', true],
  ['*ab*b', 'aabab', true],
  ['**a', 'ba', true],
  ['', '', true],
])('%j and %j: %s', (glob, name, fits) => expect(fitsGlob(glob, name)).toBe(fits));

test('many stars take no time', () => {
  const started = performance.now();
  expect(fitsGlob('*a*a*a*a*a*a*b', 'a'.repeat(4000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(2000);
  expect([isGlob('a*'), isGlob('a?'), isGlob('[a]')]).toEqual([true, true, false]);
});
