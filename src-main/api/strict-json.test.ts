import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import { parseStrictJson } from './strict-json.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function refusal(bytes: Uint8Array): string {
  try {
    parseStrictJson(bytes);
  } catch (thrown) {
    if (thrown instanceof PlimsollError && thrown.code === 'usage') return thrown.message;
    throw thrown;
  }
  return 'accepted';
}

describe('what is refused (B-13, B-14, B-17)', () => {
  const unwanted = (what: string, offset: number) =>
    `the body is not JSON as it is wanted: ${what} at offset ${offset}`;
  const cases: [string, string | Uint8Array, string][] = [
    ['nothing', '', 'the body is empty, and this route needs JSON'],
    ['blanks', ' \n', 'the body is empty, and this route needs JSON'],
    ['NaN', '{"a":NaN}', unwanted('unexpected "N"', 5)],
    ['a byte order mark', '\uFEFF{}', unwanted('a byte order mark', 0)],
    ['invalid UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'the body is not UTF-8 text'],
    ['overlong UTF-8', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), 'the body is not UTF-8 text'],
    ['a surrogate as bytes', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 'the body is not UTF-8 text'],
    ['a key twice', '{"a":1,"a":2}', unwanted('the key "a" for the second time in one object', 7)],
    ['__proto__', '{"__proto__":{"admin":true}}', unwanted('the key "__proto__", which is not allowed', 1)],
    ['100,000 levels', '['.repeat(100_000), unwanted('more than 16 levels of nesting', 16)],
  ];
  test.each(cases)('%s', (_, body, message) => {
    expect(refusal(typeof body === 'string' ? bytesOf(body) : body)).toBe(message);
  });
});

test('accepts whatever else JSON.parse reads, and reads the same', () => {
  expect(
    parseStrictJson(bytesOf('{"a":"a","b":["a","a",{"a":"\\ud83d\\ude00\\"}{,"}],"":"__proto__"}')),
  ).toEqual({
    a: 'a',
    b: ['a', 'a', { a: '😀"}{,' }],
    '': '__proto__',
  });
  const values = fc.jsonValue({ maxDepth: 8, stringUnit: 'grapheme' });
  fc.assert(
    fc.property(values, fc.constantFrom(0, 2), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      fc.pre(!text.includes('__proto__'));
      expect(parseStrictJson(bytesOf(text))).toEqual(JSON.parse(text));
    }),
  );
});
