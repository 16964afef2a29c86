import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnKey, encodeTick, tickValue } from './codec.ts';

const double = fc.double({ noNaN: true, noDefaultInfinity: true });

test('every finite double comes back bit for bit, from its own column', () => {
  fc.assert(
    fc.property(fc.array(double, { minLength: 1, maxLength: 40 }), (values) => {
      const bytes = encodeTick(values, values.length);
      const back = values.map((_, column) => tickValue(bytes, values.length, column));
      expect(back.every((value, column) => Object.is(value, values[column]))).toBe(true);
    }),
    {
      examples: [
        [[Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, -0, 0, 2 ** 53 + 2, 0.1]],
      ],
    },
  );
});

test('bytes that are no tick of this layout hold no number', () => {
  const good = encodeTick([1, 2], 2);
  const newer = Uint8Array.from(good, (byte, place) => (place === 0 ? 2 : byte));
  const notANumber = encodeTick([NaN, Infinity], 2);
  const readings: unknown[] = [good.subarray(0, 16), new Uint8Array(), newer, notANumber, null, 'text'];
  expect(readings.map((bytes) => tickValue(bytes, 2, 1))).toEqual(readings.map(() => undefined));
});

test('the order of labels does not make another column, and any text may be a label', () => {
  expect(columnKey('m', { b: '2', a: '1' })).toBe(columnKey('m', { a: '1', b: '2' }));
  const hostile = JSON.parse('{"__proto__":"x","]":"\\"\\n"}') as Record<string, string>;
  expect(JSON.parse(columnKey('m', hostile))).toEqual(['m', hostile]);
  expect(columnKey('m', hostile)).toContain('__proto__');
});
