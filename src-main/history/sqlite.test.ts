import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { inColumns } from '../contract/columns.ts';
import type { Reading } from '../contract/sample.ts';
import { statementsAfter } from './schema.ts';
import { SqliteHistory } from './sqlite.ts';

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-history-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function begin(path = join(directory(), 'history.sqlite')) {
  const db = new DatabaseSync(path);
  for (const statement of statementsAfter(0)) db.exec(statement);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
  const store = new SqliteHistory(db, path);
  onTestFinished(() => {
    if (db.isOpen) store.close();
  });
  return { db, store };
}

function reading(at: number, values: Record<string, number>, source = 'cpu', host = 'h'): Reading {
  const samples = Object.entries(values).map(([metric, value]) => ({ metric, labels: {}, value }));
  return { host, source, at, durationMs: 1, samples, error: null };
}

const series = { host: 'h', source: 'cpu', metric: 'a', labels: {} };
const always = { from: -1e15, to: 1e15, points: 5000 };

test('what goes in comes out exactly and in time order: late, repeated, with changing series, over a reopening', () => {
  const metrics = ['a', 'b', 'c'];
  const readings = fc.array(
    fc.record({
      source: fc.constantFrom('cpu', 'disk'),
      at: fc.integer({ min: -20, max: 40 }),
      values: fc.dictionary(fc.constantFrom(...metrics), fc.double({ noNaN: true, noDefaultInfinity: true })),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(readings, fc.nat(60), (all, cut) => {
      const path = join(mkdtempSync(join(tmpdir(), 'plimsoll-history-')), 'history.sqlite');
      const model = new Map<string, Record<string, number>>();
      for (const { source, at, values } of all) {
        const key = `${source} ${at}`;
        if (Object.keys(values).length > 0) model.set(key, { ...values, ...model.get(key) });
      }
      const list = all.map(({ source, at, values }) => reading(at, values, source));

      const first = begin(path).store;
      first.append(list.slice(0, cut).map(inColumns));
      first.close();
      const db = new DatabaseSync(path);
      const store = new SqliteHistory(db, path);
      for (const one of list.slice(cut)) store.append([one].map(inColumns));

      let samples = 0;
      for (const source of ['cpu', 'disk']) {
        for (const metric of metrics) {
          const answer = store.range({ host: 'h', source, metric, labels: {}, ...always });
          const expected = [...model]
            .map(([key, values]) => ({
              source: key.split(' ')[0],
              at: Number(key.split(' ')[1]),
              value: values[metric],
            }))
            .filter((sample) => sample.source === source && sample.value !== undefined)
            .sort((a, b) => a.at - b.at);
          expect(answer.at).toEqual(expected.map(({ at }) => at));
          expect(answer.avg.every((value, i) => Object.is(value, expected[i]?.value))).toBe(true);
          const newest = store
            .latest(0)
            .find((sample) => sample.source === source && sample.metric === metric);
          expect(newest?.at).toBe(expected.filter(({ at }) => at >= 0).at(-1)?.at);
          samples += expected.length;
        }
      }
      expect(store.size().samples).toBe(samples);
      store.close();
      rmSync(join(path, '..'), { recursive: true, force: true });
    }),
    { numRuns: 40 },
  );
}, 30_000);

test('the same host, series and time are one sample: the first is kept, and what a second reading adds is added', () => {
  const { store } = begin();
  store.append([reading(10, { a: 1 }), reading(10, { a: 2 })].map(inColumns));
  store.append(
    [
      reading(20, { a: 3 }),
      reading(10, { a: 4, b: 5 }),
      reading(10, { b: 5, a: 1, c: NaN }),
      reading(10, { a: 6 }, 'cpu', 'other host'),
    ].map(inColumns),
  );
  const twice = reading(30, { a: 7 });
  twice.samples.push({ metric: 'a', labels: {}, value: 8 });
  store.append([twice].map(inColumns));
  expect(store.range({ ...series, ...always })).toEqual({
    series,
    from: -1e15,
    to: 1e15,
    bucketMs: 0,
    at: [10, 20, 30],
    min: [1, 3, 7],
    avg: [1, 3, 7],
    max: [1, 3, 7],
  });
  const pieces = store.recorded({
    host: 'h',
    source: 'cpu',
    columns: [
      { metric: 'b', labels: {} },
      { metric: 'a', labels: {} },
    ],
    from: 0,
    to: 20,
  });
  expect([[...pieces.at], [...pieces.values]]).toEqual([[10], [5, 1]]);
  expect(store.size()).toMatchObject({ samples: 5, oldestAt: 10 });
});

test('a reading without numbers leaves a gap, and one from no time holds up nobody', () => {
  const { store } = begin();
  const failed = { ...reading(20, {}), error: { code: 'deadline', message: 'too slow' } };
  store.append(
    [
      reading(10, { a: 1 }),
      failed,
      reading(NaN, { a: 2 }),
      reading(30, { a: NaN }),
      reading(40, { a: 4 }),
    ].map(inColumns),
  );
  expect(store.range({ ...series, ...always }).at).toEqual([10, 40]);
});

test('more samples than points come as buckets, empty ones left out; as many as points come as they are', () => {
  const { store } = begin();
  store.append([0, 1, 2, 3, 90, 91].map((at) => reading(at, { a: at })).map(inColumns));
  expect(store.range({ ...series, from: 0, to: 100, points: 5 })).toEqual({
    series,
    from: 0,
    to: 100,
    bucketMs: 20,
    at: [0, 80],
    min: [0, 90],
    avg: [1.5, 90.5],
    max: [3, 91],
  });
  expect(store.range({ ...series, from: 0, to: 100, points: 6 }).bucketMs).toBe(0);
  expect(store.range({ ...series, from: 1, to: 90, points: 6 }).at).toEqual([1, 2, 3]);
  expect(store.range({ ...series, metric: 'unknown', from: 0, to: 100, points: 6 }).at).toEqual([]);
});

test('nobody gets more than 5,000 points, and a question without sense is refused', () => {
  const { store } = begin();
  store.append(Array.from({ length: 6000 }, (_, at) => reading(at, { a: at })).map(inColumns));
  const huge = store.range({ ...series, from: 0, to: 6000, points: 1e9 });
  expect([huge.bucketMs, huge.at.length]).toEqual([2, 3000]);
  for (const wrong of [{ from: NaN }, { to: Infinity }, { points: 0 }, { points: NaN }]) {
    expect(() => store.range({ ...series, from: 0, to: 10, points: 10, ...wrong })).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  }
});

test('a full disk refuses the whole batch with a code, keeps what was there, and heals when there is room', () => {
  const { db, store } = begin();
  store.append([reading(0, { a: 0 })].map(inColumns));
  db.exec('PRAGMA max_page_count = 8');
  const batch = Array.from({ length: 2000 }, (_, at) => reading(at + 1, { a: at, b: at }));
  expect(() => store.append(batch.map(inColumns))).toThrow(
    expect.objectContaining({ code: 'disk_full', retry: true }),
  );
  expect(store.size().samples).toBe(1);
  db.exec('PRAGMA max_page_count = 100000');
  store.append(batch.map(inColumns));
  expect(store.size().samples).toBe(4001);
  expect(store.range({ ...series, ...always, from: 0, to: 3 }).avg).toEqual([0, 0, 1]);
});

test('a tick whose bytes were damaged is absent, its neighbours are not', () => {
  const { db, store } = begin();
  store.append([1, 2, 3].map((at) => reading(at, { a: at })).map(inColumns));
  db.exec("UPDATE tick SET data = x'01ff' WHERE at = 2");
  expect(store.range({ ...series, ...always }).at).toEqual([1, 3]);
});

test('a time that no writer stored is damage, with a code', () => {
  const { db, store } = begin();
  store.append([reading(1, { a: 1 })].map(inColumns));
  db.exec('UPDATE tick SET at = 9007199254740995');
  expect(() => store.size()).toThrow(expect.objectContaining({ code: 'damaged' }));
  expect(() => new SqliteHistory(db, 'history.sqlite')).toThrow(expect.objectContaining({ code: 'damaged' }));
});

test('recorded readings come in columns, in time order over changing series, and in pieces that leave nothing out', () => {
  const { store } = begin();
  const readings = Array.from({ length: 30_000 }, (_, index) =>
    reading(index * 1000, { ...(index % 3 > 0 && { a: index }), ...(index % 2 > 0 && { b: -index }) }),
  );
  store.append(readings.map(inColumns));
  store.append([reading(500, { a: 0.5 }, 'disk'), reading(500, { a: 0.5 }, 'cpu', 'other')].map(inColumns));
  const columns = ['b', 'a', 'unknown'].map((metric) => ({ metric, labels: {} }));
  const at: number[] = [];
  const values: number[] = [];
  let pieces = 0;
  for (let from = 0; from < 30_000_000; pieces++) {
    const part = store.recorded({ host: 'h', source: 'cpu', columns, from, to: 30_000_000 });
    expect(part.values.length).toBe(part.at.length * 3);
    expect(part.values.length).toBeLessThanOrEqual(50_000);
    at.push(...part.at);
    values.push(...part.values);
    from = part.to;
  }
  expect(pieces).toBeGreaterThan(1);
  // A reading without any number is a gap.
  const kept = readings.filter(({ samples }) => samples.length > 0);
  expect(at).toEqual(kept.map((one) => one.at));
  const valueOf = (one: Reading, metric: string) =>
    one.samples.find((sample) => sample.metric === metric)?.value ?? NaN;
  expect(values).toEqual(kept.flatMap((one) => [valueOf(one, 'b'), valueOf(one, 'a'), NaN]));
  expect(store.recorded({ host: 'h', source: 'gone', columns, from: 0, to: 1000 }).at).toHaveLength(0);
});

test('a tick whose bytes cannot be read is left out of recorded readings', () => {
  const { db, store } = begin();
  store.append([1000, 2000, 3000].map((at) => reading(at, { a: at })).map(inColumns));
  db.exec("UPDATE tick SET data = x'0100' WHERE at = 2000");
  const part = store.recorded({
    host: 'h',
    source: 'cpu',
    columns: [{ metric: 'a', labels: {} }],
    from: 0,
    to: 9000,
  });
  expect([...part.at]).toEqual([1000, 3000]);
  expect([...part.values]).toEqual([1000, 3000]);
});

test('every series of a metric is named once, whatever else its source sent with it', () => {
  const { store } = begin();
  store.append(
    [reading(1000, { a: 1 }), reading(2000, { a: 1, b: 2 }), reading(1000, { a: 1 }, 'cpu', 'other')].map(
      inColumns,
    ),
  );
  expect(store.series({ source: 'cpu', metric: 'a' }).map(({ host }) => host)).toEqual(['h', 'other']);
  expect(store.series({ source: 'cpu', metric: 'c' })).toEqual([]);
});

test('says what is usual of several series at once, from few of many samples, and null of what it does not know', () => {
  const { store } = begin();
  const [dayMs, everyMs] = [86_400_000, 5000];
  const readings = Array.from({ length: dayMs / everyMs }, (_, tick) =>
    reading(tick * everyMs, { a: tick % 101, b: tick % 7 }),
  );
  store.append(readings.map(inColumns));
  store.append([reading(0, { c: 1 }, 'disk')].map(inColumns));
  const ask = (metric: string, source = 'cpu') => ({ host: 'h', source, metric, labels: {} });
  const series = [ask('b'), ask('a'), ask('c', 'disk'), ask('d'), ask('a', 'nobody')];
  const [b, a, ...unknown] = store.usual({ series, from: 0, to: dayMs });
  expect(b).toEqual({ low: 0, high: 6 });
  expect(a?.low).toBeLessThan(5);
  expect(a?.high).toBeGreaterThan(95);
  expect(unknown).toEqual([null, null, null]);
});

test('what others send is kept series by series, whatever came together, before and after it was made into blocks', () => {
  const { store } = begin();
  const take = (readings: readonly Reading[]) => store.take(readings.map(inColumns));
  const at = 10 * 3_600_000;
  expect(take([reading(at, { a: 1, b: 2 }), reading(at, { c: 3 }), reading(at + 1, { a: 4 })])).toEqual([]);
  const again = [reading(at, { a: 1, d: 5 }), reading(at, { c: 9 }), reading(at + 1, { a: 4 })];
  const had = [
    { reading: 0, sample: 0, had: 'same' },
    { reading: 1, sample: 0, had: 'other' },
    { reading: 2, sample: 0, had: 'same' },
  ];
  expect(take(again)).toEqual(had);
  while (store.tend({ now: at + 3 * 3_600_000, rawHours: 1000 }));
  expect(take(again)).toEqual([had[0], { reading: 0, sample: 1, had: 'same' }, had[1], had[2]]);
  expect(take([reading(at, { e: 6 }), reading(at - 1, { a: 7 })])).toEqual([]);
  const values = (metric: string) => store.range({ ...series, metric, ...always }).avg;
  const all = () => ['a', 'b', 'c', 'd', 'e'].map(values);
  const expected = [[7, 1, 4], [2], [3], [5], [6]];
  expect(all()).toEqual(expected);
  while (store.tend({ now: at + 3 * 3_600_000, rawHours: 1000 }));
  expect(all()).toEqual(expected);
  expect(store.size().samples).toBe(7);
});

test('twice the same series in one reading is one sample, and another value is said', () => {
  const { store } = begin();
  const twice = reading(5, { a: 1 });
  twice.samples.push({ metric: 'a', labels: {}, value: 1 }, { metric: 'a', labels: {}, value: 2 });
  expect(store.take([inColumns(twice)])).toEqual([
    { reading: 0, sample: 1, had: 'same' },
    { reading: 0, sample: 2, had: 'other' },
  ]);
  expect(store.range({ ...series, ...always }).avg).toEqual([1]);
});

test('who sends another set of series each time fills neither disk nor memory with their names', () => {
  const path = join(directory(), 'history.sqlite');
  const { db, store } = begin(path);
  const hour = 3_600_000;
  const count = 60;
  const all = Array.from({ length: 40 }, (_, series) => ({
    metric: `m${series}`,
    labels: { long: `${series}`.padEnd(8000, 'x') },
  }));
  // One of each two neighbours, chosen differently each time.
  const sent = Array.from({ length: count }, (_, at) =>
    all.filter((_, series) => series % 2 === (at >> ((series >> 1) % 6)) % 2),
  );
  const readings = sent.map((set, at) => ({
    ...{ host: 'h', source: 'cpu', at: at * 1000, durationMs: 0, error: null },
    samples: set.map((one) => ({ ...one, value: at })),
  }));
  for (const one of readings) store.take([inColumns(one)]);
  const named = () => Number(db.prepare('SELECT sum(length(columns)) AS named FROM layout').get()?.['named']);
  expect(named()).toBeLessThan(5 * 1024 * 1024);
  const check = (asked: SqliteHistory) => {
    for (const one of all) {
      const expected = readings.filter(({ samples }) => samples.some(({ metric }) => metric === one.metric));
      expect(asked.range({ ...{ host: 'h', source: 'cpu' }, ...one, ...always }).at).toEqual(
        expected.map(({ at }) => at),
      );
    }
    expect(asked.size().samples).toBe(20 * count);
  };
  check(store);
  // Duplicates are found, whichever row contains them.
  expect(store.take(readings.slice(-2).map(inColumns)).map(({ had }) => had)).toEqual(Array(40).fill('same'));
  while (store.tend({ now: 3 * hour, rawHours: 1000 }));
  check(store);
  expect(named()).toBeLessThan(1024 * 1024);
  store.close();
  check(new SqliteHistory(new DatabaseSync(path), path));
});
