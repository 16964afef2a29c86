import fc from 'fast-check';
import { expect, test } from 'vitest';
import { strictJsonProblem } from './strict-json.ts';

test.each<[string, string, string, number]>([
  ['nothing', '', 'an early end', 0],
  ['blanks', ' \n', 'an early end', 2],
  ['a byte order mark', '\uFEFF{}', 'a byte order mark', 0],
  ['HTML', '<!doctype html>', 'unexpected "<"', 0],
  ['two documents', '{}{}', 'unexpected "{"', 2],
  ['NaN', '{"a":NaN}', 'unexpected "N"', 5],
  ['-Infinity', '[-Infinity]', 'unexpected "-"', 1],
  ['a comma too many', '{"a":1,}', 'unexpected "}"', 7],
  ['a comma too many in a list', '[1,]', 'unexpected "]"', 3],
  ['a comment', '{/* hm */}', 'unexpected "/"', 1],
  ['JSONP', 'call({"a":1})', 'unexpected "c"', 0],
  ['single quotes', "{'a':1}", 'unexpected "\'"', 1],
  ['a leading zero', '[01]', 'unexpected "1"', 2],
  ['hexadecimal', '[0x10]', 'unexpected "x"', 2],
  ['half a number', '[1.]', 'unexpected "."', 2],
  ['a no-break space', '[\u00A01]', 'unexpected U+00A0', 1],
  ['a line end in a text', '["a\nb"]', 'unexpected U+000A', 3],
  ['an escape that is none', '["\\x41"]', 'unexpected "\\"', 2],
  ['half a text', '["a', 'an early end', 3],
  ['half an object', '{"a":1', 'an early end', 6],
  ['a key twice', '{"a":1,"b":{"a":2},"a":3}', 'the key "a" for the second time in one object', 19],
  ['… once escaped', '{"a":1,"\\u0061":2}', 'the key "a" for the second time in one object', 7],
  ['__proto__', '{"x":[{"__proto__":{}}]}', 'the key "__proto__", which is not allowed', 7],
  ['… escaped', '{"__pr\\u006fto__":1}', 'the key "__proto__", which is not allowed', 1],
  ['half of a pair', '{"a":"\\ud800"}', 'half of a surrogate pair', 5],
  ['… in a key', '{"\\udfff":1}', 'half of a surrogate pair', 1],
  ['17 levels', '['.repeat(17), 'more than 16 levels of nesting', 16],
  ['100,000 levels', '{"a":'.repeat(100_000), 'more than 16 levels of nesting', 80],
])('finds %s', (_, text, what, offset) => {
  expect(strictJsonProblem(text)).toEqual({ what, offset });
});

test('finds nothing in what JSON.stringify writes', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 8, stringUnit: 'grapheme' }),
      fc.constantFrom(0, 2),
      (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(!text.includes('__proto__'));
        expect(strictJsonProblem(text)).toBeUndefined();
      },
    ),
  );
});

test('agrees with JSON.parse on texts that are nearly JSON', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b\\n"',
    '0',
    '-1.5e3',
    '01',
    'true',
    'nul',
    ' ',
    '\\',
    '"',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 9 }), (chosen) => {
      const text = chosen.join('');
      const problem = strictJsonProblem(text);
      fc.pre(problem?.what.includes('second time') !== true);
      expect(problem === undefined).toBe(isReadable(text));
    }),
    { numRuns: 20_000 },
  );
});

function isReadable(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('takes its time in proportion to the text', () => {
  const text = `{${Array.from({ length: 100_000 }, (_, index) => `"key${index}":${index}`).join()}}`;
  const start = performance.now();
  expect(strictJsonProblem(text)).toBeUndefined();
  expect(strictJsonProblem(`"${'\\n'.repeat(500_000)}"`)).toBeUndefined();
  expect(performance.now() - start).toBeLessThan(2_000);
});
