import { expect, test } from 'vitest';
import { betterName } from './rule-names.ts';

const at = (limit: number) => ({ suggested: `CPU above ${limit}\u00a0%`, limit: `${limit}\u00a0%` });

test('a name that was made for another limit gets the limit that holds', () => {
  expect(betterName('CPU above 80 %', at(80), at(90))).toBe('CPU above 90 %');
  // Saved before with a name that did not follow.
  expect(betterName('CPU above 80 %', at(90), at(90))).toBe('CPU above 90 %');
  expect(betterName('CPU above 80 %', at(80), { suggested: 'CPU below 80 %', limit: '80 %' })).toBe(
    'CPU below 80 %',
  );
});

test('a name that somebody found keeps its words', () => {
  expect(betterName('Builds: over 80% for long', at(80), at(90))).toBe('Builds: over 90 % for long');
  expect(betterName('CPU über 80 %', at(80), at(90))).toBe('CPU über 90 %');
});

test('a name that says nothing of the limit, or the right thing, stays', () => {
  expect(betterName('Processor too busy', at(80), at(90))).toBeNull();
  expect(betterName('CPU above 90 %', at(80), at(90))).toBeNull();
  expect(betterName('Rack 180 %', at(80), at(90))).toBeNull();
  expect(betterName('Rack 80 %', at(80), at(80))).toBeNull();
  expect(betterName('Any', at(80), { suggested: '', limit: '' })).toBeNull();
});
