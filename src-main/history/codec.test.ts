import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnKey, encodeTick, numberIn, tickNumbers } from './codec.ts';

const double = fc.double({ noNaN: true, noDefaultInfinity: true });

test('every finite double comes back bit for bit, from its own column', () => {
  fc.assert(
    fc.property(fc.array(double, { minLength: 1, maxLength: 40 }), (values) => {
      const bytes = encodeTick(values, 1000);
      const numbers = tickNumbers(bytes, values.length, 1000);
      const back = values.map((_, column) => numbers && numberIn(numbers, column));
      expect(back.every((value, column) => Object.is(value, values[column]))).toBe(true);
    }),
    {
      examples: [
        [[Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE, -0, 0, 2 ** 53 + 2, 0.1]],
      ],
    },
  );
});

test('bytes that are no tick of this layout and this time hold no number', () => {
  const good = encodeTick([1, 2], 1000);
  const newer = Uint8Array.from(good, (byte, place) => (place === 0 ? 3 : byte));
  const flipped = Uint8Array.from(good, (byte, place) => (place === 5 ? byte ^ 4 : byte));
  const readings: unknown[] = [good.subarray(0, 16), new Uint8Array(), newer, flipped, null, 'text'];
  expect(readings.map((bytes) => tickNumbers(bytes, 2, 1000))).toEqual(readings.map(() => undefined));
  expect(tickNumbers(good, 2, 1001)).toBeUndefined();
  const notANumber = tickNumbers(encodeTick([NaN, Infinity], 1000), 2, 1000);
  expect(notANumber && [0, 1].map((column) => numberIn(notANumber, column))).toEqual([undefined, undefined]);
});

test('a tick of an older format has no checksum, and is read', () => {
  const bytes = Buffer.concat([Buffer.from([1]), Buffer.from(new Float64Array([1, 2.5]).buffer)]);
  const numbers = tickNumbers(bytes, 2, 1000);
  expect(numbers && [0, 1].map((column) => numberIn(numbers, column))).toEqual([1, 2.5]);
});

test('the order of labels does not make another column, and any text may be a label', () => {
  expect(columnKey('m', { b: '2', a: '1' })).toBe(columnKey('m', { a: '1', b: '2' }));
  const hostile = JSON.parse('{"__proto__":"x","]":"\\"\\n"}') as Record<string, string>;
  expect(JSON.parse(columnKey('m', hostile))).toEqual(['m', hostile]);
  expect(columnKey('m', hostile)).toContain('__proto__');
});
