import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isProblem, parseExpression } from './expression.ts';

const metrics: Record<string, number> = {
  memory_used: 6,
  memory_total: 8,
  zero: 0,
  'web server/latency_ms': 250,
  'web/latency_ms': 20,
  'cpu.load-1': 3,
};

function valueOf(text: string, value = 40): number {
  const parsed = parseExpression(text);
  if (isProblem(parsed)) throw new Error(`${parsed.column}: ${parsed.message}`);
  return parsed.evaluate(value, ({ source, metric }) =>
    source === null ? (metrics[metric] ?? NaN) : (metrics[`${source}/${metric}`] ?? NaN),
  );
}

describe('an expression', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['24 / 4 / 3', 2],
    ['-2 * -3', 6],
    ['--2', 2],
    ['2 - -2', 4],
    ['.5 + 1.5e1', 15.5],
    ['value / 2', 20],
    ['memory_used / memory_total * 100', 75],
    ['web.latency_ms', 20],
    ['"web server".latency_ms / 1000', 0.25],
    ['"cpu.load-1" * 2', 6],
    ['min(value, 7, 9) + max(1, 2)', 9],
    ['abs(3 - value)', 37],
    ['  value  ', 40],
  ])('%s is %d', (text, result) => {
    expect(valueOf(text)).toBe(result);
  });

  it.each([
    '1 / 0',
    'value / zero',
    '1 / (1 / 0)',
    '0 / zero',
    'nothing + 1',
    'min(1, nothing)',
    '1e308 * 10',
  ])('%s is absent, never 0 and never infinite', (text) => {
    expect(valueOf(text)).toBeNaN();
  });

  it.each<[string, number, string]>([
    ['', 1, 'is empty'],
    ['   ', 1, 'is empty'],
    ['1 +', 4, 'ends where a number, a metric or a parenthesis is expected'],
    ['* 2', 1, 'a number, a metric or a parenthesis is expected, not "*"'],
    ['1 2', 3, 'an operator is missing before 2'],
    ['value memory_used', 7, 'an operator is missing before "memory_used"'],
    ['(1 + 2', 1, 'a parenthesis is opened here and not closed'],
    ['(1 2)', 4, 'an operator or ) is expected, not 2'],
    ['1 + 2)', 6, 'a parenthesis is closed that was not opened'],
    ['()', 2, 'a number, a metric or a parenthesis is expected, not ")"'],
    ['sqrt(2)', 1, 'there is no function sqrt; there are min, max, abs'],
    ['abs()', 1, 'abs takes 1 values, not 0'],
    ['abs(1, 2)', 1, 'abs takes 1 values, not 2'],
    ['min()', 1, 'min takes 1 to 20 values, not 0'],
    ['min(1,)', 7, 'a number, a metric or a parenthesis is expected, not ")"'],
    ['web.', 5, 'the name of a metric is expected after web.'],
    ['80%', 3, 'a number has no unit; write 80 and not 80%'],
    ['5m', 1, 'a number is followed by m; a name that begins with a digit stands in double quotes'],
    ['1e999', 1, '1e999 is no finite number'],
    ['value ^ 2', 7, '"^" means nothing here: write a * a for a power'],
    ['value > 2', 7, '">" means nothing here: the comparison stands in its own key'],
    ['a && b', 3, '"&" means nothing here: write all: for "and"'],
    ["'a'", 1, `"'" means nothing here: names stand in double quotes`],
    ['a; b', 2, '";" means nothing here'],
    ['"a', 1, 'a quote is not closed'],
    ['"" + 1', 1, 'a name in quotes is empty'],
    [`${'('.repeat(40)}1${')'.repeat(40)}`, 34, 'stands deeper than 32 levels in each other'],
    [`${'-'.repeat(40)}1`, 34, 'stands deeper than 32 levels in each other'],
    ['1+'.repeat(300), 501, 'has 600 characters; at most 500 are allowed'],
  ])('says where %j is wrong', (text, column, message) => {
    expect(parseExpression(text)).toEqual({ column, message });
  });

  it('reaches nothing but metrics', () => {
    expect(valueOf('constructor + 1')).toBeNaN();
    expect(parseExpression('constructor(1)')).toMatchObject({ column: 1 });
    expect(parseExpression('a.b.c')).toMatchObject({ column: 4 });
  });

  it('reads any text or says a column of it, and never hangs or throws', () => {
    const signs = fc.constantFrom(
      ...'0123456789.eE+-*/(),"abz_ \t;%\u00e4\ud83d\ude00'.split(''),
      'min(',
      'value',
    );
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 200 }), (parts) => {
        const text = parts.join('');
        const parsed = parseExpression(text);
        if (!isProblem(parsed)) return;
        expect(parsed.column).toBeGreaterThanOrEqual(1);
        expect(parsed.column).toBeLessThanOrEqual(text.length + 1);
      }),
      { numRuns: 2000 },
    );
  });
});
