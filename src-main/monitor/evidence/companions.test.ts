import { expect, test } from 'vitest';
import type { UsualRange } from '../../contract/alert-context.ts';
import type { Labels, Sample, Series } from '../../contract/sample.ts';
import { Companions } from './companions.ts';

const now = Date.UTC(2026, 0, 5, 12);
const sample = (metric: string, value: number, more: Partial<Sample> = {}): Sample => ({
  host: 'box',
  source: 'cpu',
  metric,
  labels: {},
  value,
  at: now - 1000,
  ...more,
});
const cause: Series = sample('cpu_percent', 95);

function begin(ranges: Record<string, UsualRange | null>) {
  const asked: string[][] = [];
  const companions = new Companions({
    host: 'box',
    titleOf: () => undefined,
    unitOf: ({ metric }) => (metric.endsWith('percent') ? 'percent' : 'none'),
    usual: (series) => {
      asked.push(series.map(({ metric }) => metric));
      return Promise.resolve(series.map(({ metric }) => ranges[metric] ?? null));
    },
  });
  return { companions, asked };
}

test('only what is fresh, of this machine and not the series itself is looked at, shares and what has no labels first', () => {
  const { companions } = begin({});
  const labels: Labels = { mount: '/' };
  const latest = [
    sample('of_part', 1, { labels }),
    sample('of_other_source', 1, { source: 'memory' }),
    sample('memory_percent', 1, { source: 'memory' }),
    sample('cpu_percent', 95),
    sample('load_1', 1),
    sample('stale', 1, { at: now - 300_001 }),
    sample('elsewhere', 1, { host: 'other' }),
  ];
  const found = companions.of(cause, latest, now).map(({ metric }) => metric);
  expect(found).toEqual(['memory_percent', 'load_1', 'of_other_source', 'of_part']);
  expect(companions.of({ ...cause, host: 'other' }, latest, now)).toEqual([]);
});

test('what is clearly out of its usual range comes first, the furthest out before the others', async () => {
  const { companions } = begin({
    inside: { low: 10, high: 20 },
    barely: { low: 10, high: 20 },
    below: { low: 10, high: 20 },
    above: { low: 10, high: 20 },
    constant: { low: 5, high: 5 },
  });
  const samples = [
    sample('unknown', 1),
    sample('inside', 20),
    sample('barely', 21),
    sample('below', 8),
    sample('above', 40),
    sample('constant', 5.01),
  ];
  expect(companions.judged(samples).map(({ isUnusual }) => isUnusual)).toEqual(Array(6).fill(undefined));
  await companions.learn(samples, now);
  const judged = companions.judged(samples);
  expect(judged.map(({ metric, isUnusual }) => [metric, isUnusual])).toEqual([
    ['above', true],
    ['below', true],
    ['unknown', undefined],
    ['inside', false],
    ['barely', false],
    ['constant', false],
  ]);
  expect(judged[0]).toMatchObject({ value: 40, usual: { low: 10, high: 20 }, unit: 'none' });
});

test('history is asked for a series once in ten minutes, whatever it knew', async () => {
  const { companions, asked } = begin({ a: { low: 0, high: 1 } });
  await companions.learn([sample('a', 1), sample('b', 1)], now);
  await companions.learn([sample('a', 2), sample('b', 2), sample('c', 2)], now + 599_999);
  await companions.learn([sample('a', 2)], now + 600_000);
  expect(asked).toEqual([['a', 'b'], ['c'], ['a']]);
});

test('labels that somebody else chose are few and short', () => {
  const { companions } = begin({});
  const labels = Object.fromEntries(Array.from({ length: 30 }, (_, place) => [`l${place}`, '🚢'.repeat(90)]));
  const [judged] = companions.judged([sample('a', 1, { labels })]);
  const kept = Object.values(judged?.labels ?? {});
  expect(kept).toHaveLength(8);
  expect(kept.every((value) => value.length <= 64 && value.isWellFormed())).toBe(true);
});
