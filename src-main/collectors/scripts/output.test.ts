import { describe, expect, test } from 'vitest';
import { formatOf, readOutput } from './output.ts';
import type { OutputFormat } from './output.ts';

function read(output: string, format: OutputFormat = 'auto', code = 0) {
  try {
    const { samples, leftOut } = readOutput(output, { format, code, stem: 'stem', complaint: 'why\nmore' });
    return { values: Object.fromEntries(samples.map(({ metric, value }) => [metric, value])), leftOut };
  } catch (thrown) {
    return String(thrown);
  }
}

test.each([
  ['{"a": 1}', 'json'],
  ['\n {"a": 1}\n', 'json'],
  ['42\n', 'number'],
  ['-0.5e3', 'number'],
  ['OK - all is well', 'nagios'],
  ['DISK CRITICAL: /data is full', 'nagios'],
  ['load average: 0.2|load1=0.2;5;10;0;', 'nagios'],
  ['# HELP a b\na 1\n', 'prometheus'],
  ['a{b="c"} 1', 'prometheus'],
  ['a 1', 'prometheus'],
  ['nonsense', 'number'],
  ['', 'number'],
])('%j is taken for %s', (output, format) => expect(formatOf(output)).toBe(format));

describe('a number', () => {
  test.each([
    ['42', 42],
    ['42\n', 42],
    ['42\r\n', 42],
    ['-1.5e3\n', -1500],
    ['007', 7],
  ])('%j is %d, named after the file', (output, value) =>
    expect(read(output, 'number')).toEqual({ values: { stem: value }, leftOut: [] }),
  );

  test.each([
    'nan',
    'inf',
    '1e999',
    '1,5',
    '٤٢',
    '0x10',
    ' 42 \n',
    '42 extra',
    '42 %',
    '1_000',
    '42\n43\n',
    '42\n\n',
  ])('D-10: %j is none', (output) =>
    expect(read(output, 'number')).toMatch(/which is no number|lines where one number/),
  );
});

describe('JSON', () => {
  test('is a flat object of numbers; what is none is left out and said', () =>
    expect(read('{"a": 1, "b": "2", "c": null, "d": true, "e": {"f": 1}, "g": [1], "": 3}')).toEqual({
      values: { a: 1 },
      leftOut: [
        ['b', 'is "2", which is no number'],
        ['c', 'is null'],
        ['d', 'is true, which is no number'],
        ['e', 'is an object; numbers stand in one flat object'],
        ['g', 'is a list'],
        ['', 'has no name'],
      ],
    }));

  test.each([
    ['{"a": 1, "a": 2}', 'for the second time'],
    ['{"__proto__": 1}', '"__proto__", which is not allowed'],
    ['{"a": NaN}', 'unexpected "N"'],
    ['{"a": 1}\n{"a": 2}\n', 'unexpected "{"'],
    [`{"a": ${'['.repeat(20)}`, 'levels of nesting'],
    ['{"a": 1e999}', ''],
  ])('D-11: %s is refused', (output, why) => {
    const answer = read(output);
    if (why === '') expect(answer).toEqual({ values: {}, leftOut: [['a', 'is no finite number']] });
    else expect(answer).toContain(why);
  });
});

describe('Nagios', () => {
  test('reads the state and performance data in every place that the guidelines have', () =>
    expect(
      read(
        "DISK WARNING - low | /=2643MB;5948;5958;0;5968 'C:\\ used %'=81%;80;90 'it''s'=1\n/home 10%\n/data 20% | /data=5.5s /x=U bad=1,5 state=3\n",
        'auto',
        1,
      ),
    ).toEqual({
      values: { state: 1, '/': 2643, 'C:\\ used %': 81, "it's": 1, '/data': 5.5 },
      leftOut: [
        ['bad', 'is "1,5", which is no number'],
        ['state', 'is the name of the exit code'],
      ],
    }));

  test('a text alone has the state alone, and every code from 0 to 3 is one', () =>
    expect([0, 1, 2, 3].map((code) => read('OK', 'nagios', code))).toEqual(
      [0, 1, 2, 3].map((state) => ({ values: { state }, leftOut: [] })),
    ));

  test.each([4, 126, 127, 255])('D-5: code %d is an error', (code) =>
    expect(read('OK | a=1', 'nagios', code)).toMatch(new RegExp(`ended with code ${code}.*: why$`)),
  );
});

test('Prometheus text keeps its labels, and one bad line hides no good one', () => {
  const { samples, leftOut } = readOutput('a{b="c"} 1\nbad\nd 2\n', {
    format: 'prometheus',
    code: 0,
    stem: 's',
    complaint: '',
  });
  expect(samples).toEqual([
    { metric: 'a', labels: { b: 'c' }, value: 1 },
    { metric: 'd', labels: {}, value: 2 },
  ]);
  expect(leftOut).toEqual([['line 2', 'has no number as its value']]);
});

test('a program that fails says nothing, whatever it printed', () =>
  expect(read('42', 'auto', 1)).toContain('ended with code 1: why'));

test.each<[OutputFormat, string]>([
  ['nagios', `OK | ${'a'.repeat(65_000)}`],
  ['nagios', `OK | ${"'".repeat(65_000)}`],
  ['nagios', `OK | ${" 'a''".repeat(13_000)}`],
  ['nagios', `OK | a=${'.'.repeat(65_000)}`],
  ['prometheus', `a ${'#'.repeat(65_000)}\u2028x`],
  ['prometheus', `a ${'1'.repeat(65_000)}x`],
  ['prometheus', `a 1${' '.repeat(65_000)}x`],
  ['prometheus', `a{b="${'c\\\\'.repeat(20_000)}`],
  ['number', `${'1'.repeat(65_000)}x`],
])('%s: as much as is read, and none of it right, takes no time', (format, output) => {
  const started = performance.now();
  for (const how of [format, 'auto'] as const) read(output, how);
  expect(performance.now() - started).toBeLessThan(5000);
});
