import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { inColumns } from '../contract/columns.ts';
import type { Interruption, SamplesPage, SeriesRange, TopSeries } from '../contract/history.ts';
import type { Measurement, Reading } from '../contract/sample.ts';
import { HandClock } from '../testing/hand-clock.ts';
import type { SteppedAnswer, SteppedAsk } from './messages.ts';
import { openHistory } from './open.ts';
import type { HistoryStore } from './store.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 5);

async function begin(readings: readonly Reading[]): Promise<HistoryStore> {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-steps-'));
  const { store } = await openHistory(path, new HandClock());
  onTestFinished(() => {
    store.close();
    rmSync(path, { recursive: true, force: true });
  });
  store.append(readings.map(inColumns));
  return store;
}

function reading(source: string, at: number, samples: readonly Measurement[]): Reading {
  return { host: 'here', source, at, durationMs: 1, samples: [...samples], error: null };
}

const mount = (name: string, value: number): Measurement => ({
  metric: 'mount_percent',
  labels: { mount: name },
  value,
});
const series = (name: string) => ({
  host: 'here',
  source: 'mounts',
  metric: 'mount_percent',
  labels: { mount: name },
});

function wholeAnswer(store: HistoryStore, asked: SteppedAsk): { answer: SteppedAnswer; steps: number } {
  const pending = store.answer(asked);
  for (let steps = 1; ; steps++) {
    const { done, value } = pending.next();
    if (done === true) return { answer: value, steps };
  }
}

test('several series come in one answer, each with what it was in the whole stretch', async () => {
  const store = await begin(
    Array.from({ length: 600 }, (_, i) =>
      reading('mounts', start + i * 10_000, [mount('/', i), mount('/data', 1)]),
    ),
  );
  const ask = { from: start, to: start + 2 * hour, points: 10 };
  const { answer, steps } = wholeAnswer(store, {
    question: 'ranges',
    ask: { ...ask, series: [series('/'), series('/nowhere'), series('/data')] },
  });
  const [root, nowhere, data] = answer as SeriesRange[];
  expect(root).toMatchObject({
    ...store.range({ ...series('/'), ...ask }),
    summary: { min: 0, max: 599, last: 599, lastAt: start + 5_990_000 },
  });
  expect(root?.summary?.avg).toBeCloseTo(299.5);
  expect(nowhere).toMatchObject({ at: [], summary: null });
  expect(data?.summary).toEqual({ min: 1, avg: 1, max: 1, last: 1, lastAt: start + 5_990_000 });
  expect(steps).toBeGreaterThan(3);
});

test('pages of samples follow one another without a sample lost or told twice', async () => {
  const count = 60_000;
  const store = await begin(
    Array.from({ length: count }, (_, i) =>
      reading('mounts', start + i * 1000, [mount('/', i), mount('/data', -i)]),
    ),
  );
  const to = start + count * 1000;
  const got: number[] = [];
  const sizes: number[] = [];
  for (let from: number | null = start; from !== null;) {
    const { answer } = wholeAnswer(store, {
      question: 'samples',
      ask: { series: [series('/'), series('/data')], from, to },
    });
    const page = answer as SamplesPage;
    got.push(...(page.series[0]?.values ?? []));
    sizes.push(page.series.reduce((sum, { at }) => sum + at.length, 0));
    expect(page.series[1]?.at).toEqual(page.series[0]?.at);
    from = page.next;
  }
  expect(got).toEqual(Array.from({ length: count }, (_, i) => i));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(50_000);
  expect(sizes).toHaveLength(3);
});

test('the highest series of a metric come first, by what was asked for', async () => {
  const store = await begin([
    reading('mounts', start, [mount('/', 10), mount('/a', 90), mount('/b', 50)]),
    reading('mounts', start + 1000, [mount('/', 70), mount('/a', 1), mount('/b', 50)]),
  ]);
  const highest = (by: 'avg' | 'max' | 'last') => {
    const ask = { metric: 'mount_percent', by, from: start, to: start + 2000, limit: 2 };
    const { answer } = wholeAnswer(store, { question: 'top', ask });
    const { entries, total } = answer as TopSeries;
    return [...entries.map((entry) => entry.series.labels['mount']), total];
  };
  expect(highest('avg')).toEqual(['/b', '/a', 3]);
  expect(highest('max')).toEqual(['/a', '/', 3]);
  expect(highest('last')).toEqual(['/', '/b', 3]);
});

test('sleep, an end of Plimsoll and missing samples are told apart, also where the stretch lies inside of one', async () => {
  const own = (at: number, samples: Record<string, number>): Reading =>
    reading(
      'plimsoll',
      at,
      Object.entries(samples).map(([metric, value]) => ({ metric, labels: {}, value })),
    );
  const readings: Reading[] = [];
  const runs = (from: number, to: number, startedAt: number) => {
    for (let at = from; at <= to; at += 10_000)
      readings.push(own(at, { running_seconds: (at - startedAt) / 1000 }));
  };
  runs(start, start + hour, start - hour);
  // Asleep from one to three; the monotonic clock stood still meanwhile.
  readings.push(own(start + 3 * hour, { time_lost_seconds: 7200 }));
  runs(start + 3 * hour, start + 4 * hour, start + hour);
  // Off from four to six.
  runs(start + 6 * hour + 10_000, start + 7 * hour, start + 6 * hour);
  // The history was unavailable from seven to eight.
  runs(start + 8 * hour, start + 9 * hour, start + 6 * hour);
  const store = await begin(readings);
  const between = (from: number, to: number) => {
    const own = { host: 'here', source: 'plimsoll', labels: {} };
    const [running, lost] = ['running_seconds', 'time_lost_seconds'].map((metric) => ({ ...own, metric }));
    const ask = { running: running!, lost: lost!, from: start + from * hour, to: start + to * hour };
    const { answer } = wholeAnswer(store, { question: 'interruptions', ask });
    return (answer as Interruption[]).map(({ from, to, why }) => [
      (from - start) / hour,
      (to - start) / hour,
      why,
    ]);
  };
  expect(between(0, 9)).toEqual([
    [1, 3, 'asleep'],
    [4, 6, 'off'],
  ]);
  expect(between(1.5, 2)).toEqual([[1.5, 2, 'asleep']]);
  expect(between(4.5, 5)).toEqual([[4.5, 5, 'off']]);
  expect(between(7.2, 7.8)).toEqual([]);
});

test('series are found page by page, by their words', async () => {
  const store = await begin([
    reading('mounts', start, [mount('/Data', 1), mount('/', 2)]),
    reading('cpu', start, [{ metric: 'cpu_percent', labels: {}, value: 3 }]),
  ]);
  const first = store.search({ offset: 0, limit: 2 });
  expect(first).toMatchObject({ total: 3, next: 2 });
  const second = store.search({ offset: 2, limit: 2 });
  expect(second.next).toBeNull();
  expect([...first.series, ...second.series].map(({ metric, labels }) => [metric, labels])).toEqual([
    ['cpu_percent', {}],
    ['mount_percent', { mount: '/' }],
    ['mount_percent', { mount: '/Data' }],
  ]);
  expect(store.search({ text: 'percent data', offset: 0, limit: 9 })).toEqual({
    series: [series('/Data')],
    total: 1,
    next: null,
  });
  expect(store.newest({ from: start, source: 'cpu', offset: 0, limit: 9 })).toEqual({
    samples: [{ host: 'here', source: 'cpu', metric: 'cpu_percent', labels: {}, value: 3, at: start }],
    total: 1,
    next: null,
  });
});
