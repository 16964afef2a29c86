import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeColumn, encodeColumn } from './column-codec.ts';

const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const length = { minLength: 0, maxLength: 200 };
/** Kinds of numbers that collectors return, and some that they never should. */
const columns = fc.oneof(
  fc.array(double, length),
  fc.array(
    fc.integer({ min: 0, max: 1000 }).map((value) => value / 10),
    length,
  ),
  fc.array(
    fc.integer({ min: -1e6, max: 1e6 }).map((value) => value / 100),
    length,
  ),
  fc.array(
    fc.integer({ min: 0, max: 2 ** 40 }).map((value) => value * 4096),
    length,
  ),
  fc.array(fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), length),
  fc.array(fc.maxSafeInteger(), length),
  fc.array(fc.constantFrom(0, -0, 1, 0.1, 2 ** 53, Number.MIN_VALUE, Number.MAX_VALUE, 5e-324, 1e22), length),
  fc.tuple(double, fc.array(fc.constantFrom(0, 0, 0, 1, -1), length)).map(([first, steps]) => {
    let value = Math.round(first % 1e6);
    return steps.map((step) => (value += step));
  }),
  fc
    .array(
      fc.tuple(fc.oneof(double, fc.constantFrom(0, -0, 7, 1 / 3)), fc.integer({ min: 1, max: 60 })),
      length,
    )
    .map((runs) => runs.flatMap(([value, count]) => Array.from({ length: count }, () => value))),
);

const example = (values: number[]): [number[]] => [values];

test('every column of finite doubles comes back bit for bit', () => {
  fc.assert(
    fc.property(columns, (values) => {
      const back = decodeColumn(encodeColumn(Float64Array.from(values)));
      expect(back.length).toBe(values.length);
      expect(values.every((value, place) => Object.is(value, back[place]))).toBe(true);
    }),
    {
      numRuns: 2000,
      examples: [
        example([0.5, -0, 0.5]),
        example([2 ** 50, -(2 ** 50), 2 ** 50]),
        example([1e15, 1e15 + 0.5, 1e15 + 0.25]),
        example([Math.PI, -Math.PI, Math.E, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324]),
        example(Array.from({ length: 33 }, (_, place) => place)),
      ],
    },
  );
});

test('what numbers have in common is not written again and again', () => {
  const bytes = (values: number[]) => encodeColumn(Float64Array.from(values)).length;
  const day = Array.from({ length: 720 }, (_, place) => place);
  expect(bytes(day.map(() => 8_589_934_592))).toBe(11);
  expect(bytes(day.map((place) => 1_767_614_400_000 + 5000 * place))).toBeLessThan(60);
  // Tenths of a percent from 0 to 100 need ten bits.
  expect(bytes(day.map((place) => ((place * 7919) % 1001) / 10))).toBeLessThan(720 * 1.35);
  // For rarely changing values: the numbers, and how long each stays.
  expect(bytes(day.map((place) => (place % 60 < 59 ? 0 : 50 / 3)))).toBeLessThan(45);
  expect(bytes(day.map((place) => Math.floor(place / 50) / 3))).toBeLessThan(150);
  // Sign, exponent and first digits are nearly those of the previous number.
  expect(bytes(day.map((place) => 40 + Math.sin(place) / 3))).toBeLessThan(720 * 6.5);
});

test('columns that older versions wrote are read: XOR of what does not repeat, and plain doubles', () => {
  const column = (hex: string) => [...decodeColumn(Buffer.from(hex, 'hex'))];
  expect(
    column('0306555555555555d53f56ea999999999999b999999999999961e04f06a9ea4e8b950eaeb30e009187fcc61f'),
  ).toEqual([1 / 3, 1 / 3, 0.7, 2 / 3, -1e300, 5e-324]);
  expect(column('0403182d4454fb21094059f3f8c21f6ea5819c7500883ce4377e')).toEqual([Math.PI, -1e-300, 1e300]);
});

test('a column that says of itself what cannot be is none, and takes no room', () => {
  const [four, lengths] = [
    encodeColumn(Float64Array.of(1, 2, 3, 4)),
    encodeColumn(Float64Array.of(1, 1, 1, 2)),
  ];
  const runs = (length: number) => Uint8Array.of(6, length, four.length, ...four, ...lengths);
  expect([...decodeColumn(runs(5))]).toEqual([1, 2, 3, 4, 4]);
  for (const length of [4, 6]) expect(() => decodeColumn(runs(length))).toThrow(RangeError);
  expect(() =>
    decodeColumn(Uint8Array.of(5, 4, four.length, ...four, ...encodeColumn(Float64Array.of(1, 2)))),
  ).toThrow(RangeError);
  // A constant, two billion times.
  expect(() => decodeColumn(Uint8Array.of(0, 255, 255, 255, 255, 7, ...new Uint8Array(8)))).toThrow(
    RangeError,
  );
});

test('bytes that are no column throw, whatever they are, and never become numbers that are none', () => {
  const good = encodeColumn(Float64Array.from([1, 2, 3.5, 1 / 3]));
  expect(() => decodeColumn(good.subarray(0, 5))).toThrow(RangeError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        expect(
          decodeColumn(bytes.map((byte, place) => (place === 1 ? byte & 0x7f : byte))).every(Number.isFinite),
        ).toBe(true);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Error);
      }
    }),
  );
});
