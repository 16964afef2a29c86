import { expect, test } from 'vitest';
import { Envelope } from './envelope.ts';

const folding = { perMs: 0.1, shiftMs: 0, gapMs: 1000 };

function columns(points: readonly [at: number, value: number][]) {
  const values = points.map(([, value]) => value);
  return { at: points.map(([at]) => at), min: [...values], avg: values, max: [...values] };
}

function entries({ x, min, avg, max, breaks, length }: Envelope) {
  return Array.from({ length }, (_, i) => [x[i], min[i], avg[i], max[i], breaks[i]]);
}

test('no peak is lost where many values share a pixel', () => {
  const points = Array.from({ length: 1000 }, (_, i): [number, number] => [i, i === 777 ? 99 : i % 2]);
  const envelope = entries(new Envelope(columns(points), { ...folding, perMs: 0.01 }));
  expect(envelope).toHaveLength(10);
  expect(envelope[7]?.slice(1, 4)).toEqual([0, expect.closeTo(1.48, 1), 99]);
  expect(envelope[0]).toEqual([0.5, 0, 0.5, 1, 1]);
});

test('lone values keep their place, also when they are drawn later than they were', () => {
  const lone = columns([
    [-50, 2],
    [250, 3],
    [1200, 4],
  ]);
  expect(entries(new Envelope(lone, folding))).toEqual([
    [-5, 2, 2, 2, 1],
    [25, 3, 3, 3, 0],
    [120, 4, 4, 4, 0],
  ]);
  const later = new Envelope(lone, { ...folding, shiftMs: 100 });
  expect(entries(later).map(([x]) => x)).toEqual([5, 35, 130]);
});

test('a gap is a break, also inside of one pixel', () => {
  const broken = columns([
    [100, 1],
    [110, 2],
    [140, 3],
    [600, 4],
  ]);
  const envelope = new Envelope(broken, { ...folding, perMs: 0.01, gapMs: 20 });
  expect(entries(envelope).map((entry) => entry[4])).toEqual([1, 1, 1]);
  expect(entries(new Envelope(columns([]), folding))).toEqual([]);
});

test('what is added, and a last entry that changes, is what folding all of it gives', () => {
  const known = columns([]);
  const envelope = new Envelope(known, { ...folding, gapMs: 60 });
  const add = (at: number, value: number): void => {
    known.at.push(at);
    for (const list of [known.min, known.avg, known.max]) list.push(value);
  };
  const changes: [change: () => void, from: number][] = [
    [() => undefined, Infinity],
    [() => add(3, 5), -Infinity],
    [() => add(8, 1), -Infinity],
    [() => add(21, 7), -Infinity],
    [() => (known.max[2] = 9), 0.5],
    [() => undefined, Infinity],
    [() => add(24, 3), 0.5],
    [() => add(95, 4), 0.5],
    [() => add(97, 8), 2.5],
  ];
  for (const [change, from] of changes) {
    change();
    expect(envelope.follow()).toBe(from);
    expect(entries(envelope)).toEqual(entries(new Envelope(known, envelope.folding)));
  }
});
