import { expect, test } from 'vitest';
import { finds, placesOf, wordsOf } from './finding.ts';

test('every word counts, in any order; accents and case do not', () => {
  expect(finds('behalten MESSWERTE', 'Messwerte behalten', 'rawRetentionHours')).toBe(true);
  expect(finds('uberwach', 'Überwachung')).toBe(true);
  expect(finds('rawret', 'Messwerte behalten', 'rawRetentionHours')).toBe(true);
  expect(finds('messwerte loschen', 'Messwerte behalten')).toBe(false);
  expect(finds('  ', 'anything')).toBe(true);
});

test('places are those of the text as it is written', () => {
  const text = 'Größe: 😀 Öl, ÖL';
  const places = placesOf(wordsOf('ol große'), text);
  expect(places.map(([from, to]) => text.slice(from, to))).toEqual(['Öl', 'ÖL', 'Größe']);
});
