import { expect, test } from 'vitest';
import { matching } from './palette.ts';

const entries = ['Overview', 'Memory above 85 %', 'Über Plimsoll', 'Go to memory'].map((title) => ({
  id: title,
  title,
  group: title.startsWith('Mem') ? 'Rule' : 'View',
  run: () => undefined,
}));
const found = (text: string) => matching(entries, text).map((entry) => entry.title);

test('every word has to occur, titles that begin with the text come first', () => {
  expect(found('memory')).toEqual(['Memory above 85 %', 'Go to memory']);
  expect(found('rule 85')).toEqual(['Memory above 85 %']);
  expect(found('uber')).toEqual(['Über Plimsoll']);
  expect(found('')).toHaveLength(4);
  expect(found('nothing like it')).toEqual([]);
});
