import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeBlock,
  decodeRollups,
  decodeTimes,
  encodeBlock,
  encodeRollups,
  encodeTimes,
} from './blocks.ts';

const double = fc.double({ noNaN: true, noDefaultInfinity: true });

test('a block has each number at its time, and nothing where the series was absent', () => {
  const some = fc.array(fc.option(double, { nil: NaN, freq: 3 }), { minLength: 1, maxLength: 150 });
  fc.assert(
    fc.property(
      some.filter((values) => values.some((value) => !Number.isNaN(value))),
      (values) => {
        const back = decodeBlock(encodeBlock(Float64Array.from(values)).bytes, values.length);
        expect(back && values.every((value, place) => Object.is(value, back[place]))).toBe(true);
      },
    ),
    { examples: [[[1, NaN, 2, NaN, NaN, 3]], [[NaN, 1]], [[1, NaN]], [[-0, -0]]] },
  );
});

test('times come back as they were, with gaps and changed intervals', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: -9e14, max: 9e14 }), { maxLength: 100 }), (times) => {
      const sorted = Float64Array.from(times).sort();
      expect(decodeTimes(encodeTimes(sorted))).toEqual(sorted);
    }),
  );
});

test('roll-ups keep count, smallest and largest exactly, and the average to a 65,535th of the span', () => {
  const entry = fc.record({
    slot: fc.nat(1439),
    count: fc.integer({ min: 1, max: 60_000 }),
    ends: fc.tuple(double, double),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(entry, { selector: ({ slot }) => slot, minLength: 1, maxLength: 80 }),
      (entries) => {
        const list = [...entries].sort((a, b) => a.slot - b.slot);
        const min = Float64Array.from(list, ({ ends }) => Math.min(...ends));
        const max = Float64Array.from(list, ({ ends }) => Math.max(...ends));
        const avg = Float64Array.from(list, ({ part }, i) => {
          const [low, high] = [min[i] ?? 0, max[i] ?? 0];
          return Math.min(high, Math.max(low, low * (1 - part) + high * part));
        });
        const written = {
          slots: Float64Array.from(list, ({ slot }) => slot),
          count: Float64Array.from(list, ({ count }) => count),
          min,
          avg,
          max,
        };
        const back = decodeRollups(encodeRollups(written));
        expect({ ...back, avg }).toEqual(written);
        avg.forEach((value, i) => {
          const [low, high, read] = [min[i] ?? 0, max[i] ?? 0, back?.avg[i] ?? NaN];
          expect(read >= low && read <= high).toBe(true);
          expect(Math.abs(read / 4 - value / 4)).toBeLessThanOrEqual(
            (high / 4 - low / 4) / 65_535 +
              Math.abs(high - low > 0 ? Math.max(Math.abs(low), Math.abs(high)) / 4 : 0) * 1e-15,
          );
        });
      },
    ),
  );
});

test('a flipped bit anywhere is noticed', () => {
  const values = Float64Array.from({ length: 100 }, (_, place) => (place % 7 === 0 ? NaN : place / 10));
  const good = encodeBlock(values).bytes;
  for (let bit = 0; bit < 8 * good.length; bit++) {
    const bad = good.slice();
    bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(decodeBlock(bad, values.length)).toBeUndefined();
  }
  const others: unknown[] = [good.subarray(0, 20), new Uint8Array(), null, 'text'];
  expect(others.map((bytes) => decodeBlock(bytes, values.length))).toEqual(others.map(() => undefined));
  // Blocks of another hour, which has fewer times, have no values here.
  expect(decodeBlock(good, 50)).toBeUndefined();
});
