import { expect, test } from 'vitest';
import { oneLine } from './words.ts';

test('text of others is one line, in which nothing hides or turns around', () => {
  expect(oneLine(' a\r\nb\u001b[31m\u0085c\u2028d\u202ee\u200bf\u2066 g\u200f ')).toBe('a b [31m c d e f g');
  expect(oneLine('half \ud83d of it, 🚢 whole')).toBe('half \ufffd of it, 🚢 whole');
});
