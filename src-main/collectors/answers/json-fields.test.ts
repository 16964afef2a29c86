import { describe, expect, test } from 'vitest';
import { fieldsAtMost, numberFields } from './json-fields.ts';

const fieldsOf = (value: unknown, taken: string[] = []) =>
  Object.fromEntries(numberFields(value, taken).map(({ metric, value: number }) => [metric, number]));

describe('numbers in JSON', () => {
  test('are named by their place', () => {
    const answer = { up: 1, memory: { used: 2.5, of: { it: -3 } }, disks: [{ used: 4 }, [5, 6]], none: 0 };
    expect(fieldsOf(answer)).toEqual({
      up: 1,
      'memory.used': 2.5,
      'memory.of.it': -3,
      'disks.0.used': 4,
      'disks.1.0': 5,
      'disks.1.1': 6,
      none: 0,
    });
    expect(fieldsOf([7, { a: 8 }])).toEqual({ 0: 7, '1.a': 8 });
  });

  test('are the only thing that counts: nothing else becomes a number, least of all 0', () => {
    const others: unknown = JSON.parse(
      '{"a":null,"b":"80","c":"80 %","d":true,"e":{},"f":[],"g":1e999,"h":""}',
    );
    expect(fieldsOf(others)).toEqual({});
    for (const lone of [1, 'x', null, true]) expect(fieldsOf(lone)).toEqual({});
  });

  test('know one zero', () => {
    expect(numberFields({ a: -0 }, [])).toStrictEqual([{ metric: 'a', labels: {}, value: 0 }]);
  });

  test('without a name of their own are absent', () => {
    expect(fieldsOf({ 'a.b': 1, a: { b: 2 }, c: 3 })).toEqual({ c: 3 });
    expect(fieldsOf({ status_code: 1, ok: 2 }, ['status_code'])).toEqual({ ok: 2 });
    expect(fieldsOf({ '': 1, ['x'.repeat(201)]: 2, 'a\nb': 3, 'a\u202Eb': 4, '<b>': 5 })).toEqual({
      '<b>': 5,
    });
  });

  test('are counted, and refused when they are too many', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`key${at}`, at]));
    expect(numberFields(many(fieldsAtMost), [])).toHaveLength(500);
    expect(() => numberFields({ a: many(100_000) }, [])).toThrow(/has 100000 numeric fields; at most 500/);
  });
});
