import { expect, test } from 'vitest';
import { envelopeOf } from './envelope.ts';

function columns(points: readonly [at: number, value: number][]) {
  const values = points.map(([, value]) => value);
  return { at: points.map(([at]) => at), min: values, avg: values, max: values };
}

function shown(points: readonly [number, number][], width: number, gapMs = 1000) {
  const { x, min, avg, max, breaks, length } = envelopeOf(columns(points), {
    from: 0,
    to: 1000,
    width,
    gapMs,
  });
  return Array.from({ length }, (_, i) => [x[i], min[i], avg[i], max[i], breaks[i]]);
}

test('no peak is lost where many values share a pixel', () => {
  const points = Array.from({ length: 1000 }, (_, i): [number, number] => [i, i === 777 ? 99 : i % 2]);
  const envelope = shown(points, 10);
  expect(envelope).toHaveLength(10);
  expect(envelope[7]?.slice(1, 4)).toEqual([0, expect.closeTo(1.48, 1), 99]);
  expect(envelope[0]).toEqual([0.5, 0, 0.5, 1, 1]);
});

test('lone values keep their place, and lines lead out of the picture on both sides', () => {
  expect(
    shown(
      [
        [-500, 1],
        [-50, 2],
        [250, 3],
        [1200, 4],
        [1300, 5],
      ],
      100,
    ),
  ).toEqual([
    [-5, 2, 2, 2, 1],
    [25, 3, 3, 3, 0],
    [120, 4, 4, 4, 0],
  ]);
});

test('a gap is a break, also inside of one pixel', () => {
  expect(
    shown(
      [
        [100, 1],
        [110, 2],
        [140, 3],
        [600, 4],
      ],
      10,
      20,
    ).map((entry) => entry[4]),
  ).toEqual([1, 1, 1]);
  expect(shown([], 10)).toEqual([]);
});
