import { expect, test } from 'vitest';
import { splitPasted } from './split-pasted.ts';

test('pasted texts are taken apart at commas and lines, and a megabyte costs nothing', () => {
  expect(splitPasted('a@b.c, d@e.f;\r\n g@h.i\n\n', 50, 320)).toEqual(['a@b.c', 'd@e.f', 'g@h.i']);
  expect(splitPasted('one alone', 50, 320)).toEqual(['one alone']);
  expect(splitPasted('-w 20,30; 40\r\n-v\n', 50, 320, true)).toEqual(['-w 20,30; 40', '-v']);
  const began = performance.now();
  expect(splitPasted('x,'.repeat(500_000), 50, 320)).toHaveLength(50);
  expect(splitPasted('x'.repeat(1_000_000), 50, 320)).toEqual(['x'.repeat(320)]);
  expect(performance.now() - began).toBeLessThan(100);
});
