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
        const times = Float64Array.from(samples, ([time]) => time);
        const values = Float64Array.from(samples, ([, sample]) => sample);
        buckets.addSamples(times, values, -5000, 5000);
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
  const largest = Number.MAX_VALUE;
  const buckets = new Buckets(0, 10, 1);
  for (const time of [3, 5]) {
    const values = new Float64Array(3).fill(largest);
    buckets.addSamples(new Float64Array(3).fill(time), values, 0, 10);
  }
  expect(buckets.entries().avg).toEqual([largest]);

  const both = new Buckets(0, 10, 1);
  both.addSamples(new Float64Array(4).fill(5), Float64Array.of(-largest, largest, largest, -largest), 0, 10);
  expect(Math.abs(both.entries().avg[0] ?? NaN) / largest).toBeLessThan(1e-15);
});

test('what is outside of the stretch, and what is no number, is not counted', () => {
  const buckets = new Buckets(0, 100, 2);
  const at = Float64Array.of(-1, 0, 10, 20, 50, 99, 100);
  buckets.addSamples(at, Float64Array.of(1, NaN, 3, 4, NaN, 6, 7), 0, 100);
  expect(buckets.samples).toBe(3);
  expect(buckets.entries()).toEqual({ at: [0, 50], min: [3, 6], avg: [3.5, 6], max: [4, 6] });
});
