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
  const cases: [string, string | Uint8Array, string][] = [
    ['nothing', '', 'the body is empty, and this route needs JSON'],
    ['blanks', ' \n', 'the body is empty, and this route needs JSON'],
    ['text', 'hello', 'the body is not JSON'],
    ['two documents', '{}{}', 'the body is not JSON'],
    ['NaN', '{"a":NaN}', 'the body is not JSON'],
    ['a byte order mark', '\uFEFF{}', 'the body is not JSON'],
    ['invalid UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'the body is not UTF-8 text'],
    ['overlong UTF-8', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), 'the body is not UTF-8 text'],
    ['a surrogate as bytes', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 'the body is not UTF-8 text'],
    ['an escaped lone surrogate', '{"a":"\\ud800"}', 'half of a surrogate pair at offset 5'],
    ['one in a key', '{"\\udfff":1}', 'half of a surrogate pair at offset 1'],
    ['a key twice', '{"a":1,"b":{"a":2},"a":3}', 'the key "a" stands twice in one object, at offset 19'],
    [
      'a key twice, once escaped',
      '{"a":1,"\\u0061":2}',
      'the key "a" stands twice in one object, at offset 7',
    ],
    ['__proto__', '{"x":[{"__proto__":{"admin":true}}]}', 'the key "__proto__" at offset 7 is not allowed'],
    ['__proto__, escaped', '{"__pr\\u006fto__":1}', 'the key "__proto__" at offset 1 is not allowed'],
    [
      '17 levels',
      '['.repeat(17) + ']'.repeat(17),
      'the body is nested more than 16 levels deep at offset 16',
    ],
    [
      '100,000 levels',
      '['.repeat(100_000) + ']'.repeat(100_000),
      'the body is nested more than 16 levels deep at offset 16',
    ],
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
