import { expect, test } from 'vitest';
import { readInvented } from './invented-series.ts';

test.each([
  ['1 2.5 -3 1e3', [1, 2.5, -3, 1000]],
  ['80x3', [80, 80, 80]],
  ['0+10x5', [0, 10, 20, 30, 40]],
  ['1-0.1x4', [1, 0.9, 0.8, 0.7]],
  ['-5-5x2', [-5, -10]],
  ['70 _ 71 _x2', [70, 'missing', 71, 'missing', 'missing']],
  ['70\n  stale', [70, 'stale']],
])('%s', (text, values) => {
  expect(readInvented(text)).toEqual(values);
});

test.each([
  ['', 1, 'there are no values'],
  ['1 2 eighty', 5, 'eighty is no value; write a number, 80x12, 0+10x5, _ or stale'],
  ['1 80x0', 3, '80x0 stands for no value at all'],
  ['stale 1', 7, '1 comes after stale, which is the end'],
  ['1x9999999', 1, 'more than 3000000 values'],
  ['0+10', 1, '0+10 is no value; write a number, 80x12, 0+10x5, _ or stale'],
])('%j is refused, with its place', (text, column, message) => {
  expect(readInvented(text)).toEqual({ column, message });
});
