import { expect, test } from 'vitest';
import { decimalIn } from './decimal.ts';

test.each<[string, number]>([
  ['42', 42],
  ['-0', 0],
  ['+23.10', 23.1],
  ['007', 7],
  ['1e3', 1000],
  ['1.5E-2', 0.015],
])('%s is %d', (text, value) => expect(decimalIn(text)).toBe(value));

test.each([
  ...[
    '',
    ' 42',
    '42 ',
    '42\n',
    '42 extra',
    '80 %',
    '1,5',
    '1_000',
    '0x10',
    '0o17',
    'nan',
    'NaN',
    'inf',
    'Infinity',
  ],
  ...['1e999', '٤٢', '１２', '.5', '5.', '--1', '1e', 'true', '1'.repeat(401)],
])('%j is no number', (text) => expect(decimalIn(text)).toBeUndefined());
