import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Buckets } from './buckets.ts';

test('buckets agree with folding each stretch by hand, in any order of samples', () => {
  const value = fc.double({ noNaN: true, min: -1e9, max: 1e9 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -5000, max: 4999 }), value), { maxLength: 200 }),
      fc.integer({ min: 1, max: 60 }),
      (samples, points) => {
        const buckets = new Buckets(-5000, 5000, points);
        for (const [at, sample] of samples) buckets.add(at, sample);
        const { at, min, avg, max } = buckets.entries();

        const byBegin = new Map<number, number[]>();
        for (const [time, sample] of samples) {
          const begin = time - ((time + 5000) % buckets.bucketMs);
          byBegin.set(begin, [...(byBegin.get(begin) ?? []), sample]);
        }
        const begins = [...byBegin.keys()].sort((a, b) => a - b);
        expect(at).toEqual(begins);
        expect(at.length).toBeLessThanOrEqual(points);
        begins.forEach((begin, entry) => {
          const inside = byBegin.get(begin) ?? [];
          expect(min[entry]).toBe(Math.min(...inside));
          expect(max[entry]).toBe(Math.max(...inside));
          expect(avg[entry]).toBeCloseTo(inside.reduce((a, b) => a + b, 0) / inside.length, 4);
        });
      },
    ),
  );
});

test('the average of the largest doubles is one of them and does not overflow', () => {
  const buckets = new Buckets(0, 10, 1);
  for (const value of [Number.MAX_VALUE, Number.MAX_VALUE, Number.MAX_VALUE]) buckets.add(5, value);
  expect(buckets.entries().avg).toEqual([Number.MAX_VALUE]);
});
