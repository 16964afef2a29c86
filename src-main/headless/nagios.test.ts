import { describe, expect, it } from 'vitest';
import { isAlarm, probeLine, rangeOf, worstOf } from './nagios.ts';

describe('a range', () => {
  it.each([
    ['10', [-1, 11], [0, 5, 10]],
    ['10:', [9.9, -5], [10, 1e9]],
    ['~:10', [10.1], [-1e9, 10]],
    ['10:20', [9, 21], [10, 20]],
    ['@10:20', [10, 15, 20], [9.9, 20.1]],
    ['-5:-1.5', [0, -6], [-5, -2]],
  ])('%s is an alarm for %j and none for %j', (text, alarms, calm) => {
    const range = rangeOf('--warning', text);
    expect(alarms.filter((value) => !isAlarm(range, value))).toEqual([]);
    expect(calm.filter((value) => isAlarm(range, value))).toEqual([]);
  });

  it.each(['', 'x', ':', '@', '20:10', '1:2:3', '80%'])('%j is none', (text) => {
    expect(() => rangeOf('--warning', text)).toThrow('--warning takes a number or a range');
  });
});

it('critical weighs more than warning, and both more than what is not known', () => {
  expect(worstOf(['ok', 'unknown', 'warning'])).toBe('warning');
  expect(worstOf(['critical', 'warning'])).toBe('critical');
  expect(worstOf(['ok', 'unknown'])).toBe('unknown');
  expect(worstOf([])).toBe('ok');
});

it('a line has its performance data behind a bar, and nothing in a name breaks it', () => {
  const values = [
    { label: 'cpu_percent', value: 97.6, unit: 'percent', warning: '80', critical: '90' },
    { label: "it's a=b|c\n", value: 1e-7, unit: 'none', warning: '', critical: '5:' },
    { label: 'net', value: 12_345_678_901_234, unit: 'bytes' },
  ];
  expect(probeLine('critical', 'two | alerts\nfire', values)).toBe(
    "PLIMSOLL CRITICAL - two / alerts\\u{a}fire | 'cpu_percent'=97.6%;80;90;0;100 'it''s a_b/c\\u{a}'=0;;5: 'net'=12345678901234B",
  );
  const many = Array.from({ length: 500 }, (_, index) => ({ label: `m${index}`, value: 1, unit: 'none' }));
  const line = probeLine('ok', 'calm', many);
  expect(Buffer.byteLength(line)).toBeLessThanOrEqual(4000);
  expect(line).toMatch(/'m\d+'=1$/);
});
