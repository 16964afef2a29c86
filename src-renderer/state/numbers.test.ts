import { expect, test } from 'vitest';
import { parseNumber } from './numbers.ts';

const value = (text: string, locale: string) => {
  const parsed = parseNumber(text, locale);
  return parsed.ok ? parsed.value : parsed.problem;
};

test('numbers are read the way the locale writes them', () => {
  expect(['80,5', '1.200', '1.234.567,25', '-3,5', '−7', ',5'].map((text) => value(text, 'de'))).toEqual([
    80.5, 1200, 1_234_567.25, -3.5, -7, 0.5,
  ]);
  expect(['80.5', '1,200', '1,234,567.25', ' 42 ', '.5'].map((text) => value(text, 'en'))).toEqual([
    80.5, 1200, 1_234_567.25, 42, 0.5,
  ]);
});

test('a separator of the other habit counts where it cannot mean thousands', () => {
  expect(value('80.5', 'de')).toBe(80.5);
  expect(value('80,5', 'en')).toBe(80.5);
});

test('nothing is guessed', () => {
  expect(
    ['80.5.1', '-', '１２', '1e9', '0x10', '80 %', '1,2,3', 'NaN'].map((text) => value(text, 'en')),
  ).toEqual(Array(8).fill('not_a_number'));
  expect(value('   ', 'en')).toBe('empty');
  expect(value('9007199254740993', 'en')).toBe('too_large');
  expect(value('1'.repeat(400), 'en')).toBe('too_large');
});
