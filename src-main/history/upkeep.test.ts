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

const hour = 3_600_000;
const minute = 60_000;
const day = 24 * hour;
/** A Monday, at midnight UTC. */
const monday = Date.UTC(2026, 0, 5);

class History {
  readonly path = join(mkdtempSync(join(tmpdir(), 'plimsoll-upkeep-')), 'history.sqlite');
  db = new DatabaseSync(this.path);
  store: SqliteHistory;

  constructor() {
    onTestFinished(() => this.close());
    this.db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
    for (const statement of statementsAfter(0)) this.db.exec(statement);
    this.store = new SqliteHistory(this.db, this.path);
  }

  reopen(): void {
    this.db.close();
    this.db = new DatabaseSync(this.path);
    this.store = new SqliteHistory(this.db, this.path);
  }

  close(): void {
    if (this.db.isOpen) this.db.close();
    rmSync(join(this.path, '..'), { recursive: true, force: true });
  }

  /** Does everything that is due at that time. */
  tend(now: number, rawHours = Infinity): void {
    while (this.store.tend({ now, rawHours }));
  }

  rows(table: string): number {
    return Number(this.db.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows']);
  }

  range(from: number, to: number, points = 5000, metric = 'a') {
    return this.store.range({ host: 'h', source: 'cpu', metric, labels: {}, from, to, points });
  }
}

function reading(at: number, values: Record<string, number>, source = 'cpu'): Reading {
  const samples = Object.entries(values).map(([metric, value]) => ({ metric, labels: {}, value }));
  return { host: 'h', source, at, durationMs: 1, samples, error: null };
}

function every(stepMs: number, from: number, to: number, value: (at: number) => number): Reading[] {
  const readings: Reading[] = [];
  for (let at = from; at < to; at += stepMs) readings.push(reading(at, { a: value(at) }));
  return readings;
}

const wave = (at: number) => Math.round(1000 * (50 + 40 * Math.sin(at / 1e6))) / 1000;

test('whatever becomes blocks and when, the answers stay those of a list: late, repeated, in pieces, with series that come and go', () => {
  const values = fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.oneof(
      fc.constantFrom(0, -0, 1, 2.5),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(NaN, Infinity),
    ),
  );
  const step = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        // Some times repeat, so that new readings meet both rows and blocks.
        at: fc.oneof(fc.integer({ min: -130, max: 4000 }), fc.constantFrom(-7, 61, 1500)),
        source: fc.constantFrom('cpu', 'disk'),
        values,
      }),
    },
    { weight: 1, arbitrary: fc.constantFrom('tend', 'some', 'reopen') },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const history = new History();
      const model = new Map<string, { source: string; at: number; values: Record<string, number> }>();
      for (const one of steps) {
        if (one === 'reopen') history.reopen();
        else if (one === 'some') history.store.tend({ now: monday + 3000 * minute, rawHours: Infinity });
        else if (one === 'tend') history.tend(monday + 3000 * minute);
        else {
          const at = monday + one.at * minute + (one.at % 7);
          const had = history.store.take([inColumns(reading(at, one.values, one.source))]);
          const key = `${one.source} ${at}`;
          const known = model.get(key)?.values ?? {};
          const finite = Object.entries(one.values).filter(([, value]) => Number.isFinite(value));
          const fresh = finite.filter(([metric]) => !(metric in known));
          const expected = Object.entries(one.values).flatMap(([metric, value], sample) => {
            if (!(metric in known) || !Number.isFinite(value)) return [];
            return [{ reading: 0, sample, had: known[metric] === value ? 'same' : 'other' }];
          });
          expect(had).toEqual(expected);
          if (fresh.length > 0)
            model.set(key, { source: one.source, at, values: { ...known, ...Object.fromEntries(fresh) } });
        }
      }
      let samples = 0;
      const sorted = [...model.values()].sort((a, b) => a.at - b.at);
      for (const source of ['cpu', 'disk']) {
        for (const metric of ['a', 'b', 'c']) {
          const expected = sorted.flatMap((one) => {
            const value = one.values[metric];
            return one.source === source && value !== undefined ? [{ at: one.at, value }] : [];
          });
          const series = { host: 'h', source, metric, labels: {} };
          const all = history.store.range({ ...series, from: -1e15, to: 1e15, points: 5000 });
          expect(all.at).toEqual(expected.map(({ at }) => at));
          expect(all.avg.every((value, i) => Object.is(value, expected[i]?.value))).toBe(true);
          const newest = history.store
            .latest(monday)
            .find((one) => one.source === source && one.metric === metric);
          const last = expected.at(-1);
          expect(newest && { at: newest.at, value: newest.value }).toEqual(
            last !== undefined && last.at >= monday ? last : undefined,
          );
          samples += expected.length;

          const [from, to] = [monday - 100 * minute + 17, monday + 3999 * minute - 29];
          for (const points of [1, 3, 20]) {
            const answer = history.store.range({ ...series, from, to, points });
            const inside = expected.filter(({ at }) => at >= from && at < to);
            expect(answer.at.length).toBeLessThanOrEqual(points);
            if (inside.length <= points) expect(answer.at).toEqual(inside.map(({ at }) => at));
            else expectBuckets(answer, inside);
          }
        }
      }
      const columns = ['c', 'a'].map((metric) => ({ metric, labels: {} }));
      const recorded = history.store.recorded({ host: 'h', source: 'disk', columns, from: monday, to: 1e15 });
      const inDisk = sorted.filter(({ source, at }) => source === 'disk' && at >= monday);
      expect([...recorded.at]).toEqual(inDisk.map(({ at }) => at));
      expect([...recorded.values]).toEqual(
        inDisk.flatMap((one) => [one.values['c'] ?? NaN, one.values['a'] ?? NaN]),
      );
      const known = new Set(sorted.filter(({ values }) => 'b' in values).map(({ source }) => source));
      expect(
        new Set(
          ['cpu', 'disk'].filter((source) => history.store.series({ source, metric: 'b' }).length === 1),
        ),
      ).toEqual(known);
      expect(history.store.size()).toMatchObject({ samples, oldestAt: sorted[0]?.at ?? null });
      history.close();
    }),
    { numRuns: 60 },
  );
}, 60_000);

type Answer = ReturnType<History['range']>;

/**
 * The buckets contain exactly these samples; the average is accurate to a 32,000th of the span from minimum to maximum.
 */
function expectBuckets(
  { at, bucketMs, ...answer }: Answer,
  samples: readonly { at: number; value: number }[],
): void {
  // Only the first one may begin later than at its multiple: where the range begins.
  const numberOf = (time: number) => (at.length === 1 ? 0 : Math.floor((time - (at[1] ?? 0)) / bucketMs));
  const expected = new Map<number, number[]>();
  for (const sample of samples) {
    const number = numberOf(sample.at);
    const values = expected.get(number);
    if (values === undefined) expected.set(number, [sample.value + 0]);
    else values.push(sample.value + 0);
  }
  expect(at.map(numberOf)).toEqual([...expected.keys()]);
  expect((at[0] ?? NaN) <= (samples[0]?.at ?? NaN)).toBe(true);
  const columns = [...expected.values()];
  const lowest = columns.map((values) => values.reduce((a, b) => Math.min(a, b)));
  const highest = columns.map((values) => values.reduce((a, b) => Math.max(a, b)));
  expect(answer.min.map((value) => value + 0)).toEqual(lowest);
  expect(answer.max.map((value) => value + 0)).toEqual(highest);
  columns.forEach((values, i) => {
    const [low, high, read] = [lowest[i] ?? NaN, highest[i] ?? NaN, answer.avg[i] ?? NaN];
    const average = values.reduce((sum, value) => sum + value / values.length, 0);
    const tolerance = (high / 4 - low / 4) / 32_000 + Math.max(Math.abs(low), Math.abs(high)) * 1e-12;
    expect([read >= low, read <= high, Math.abs(read / 4 - average / 4) <= tolerance]).toEqual([
      true,
      true,
      true,
    ]);
  });
}

test('ticks of past hours become blocks, and a late one is put among them', () => {
  const history = new History();
  history.store.append(every(10_000, monday, monday + 2 * hour, wave).map(inColumns));
  history.tend(monday + 2 * hour + minute);
  // The second hour may still get late readings.
  expect([history.rows('tick'), history.rows('block')]).toEqual([360, 1]);
  history.tend(monday + 2 * hour + 5 * minute);
  expect([history.rows('tick'), history.rows('block'), history.rows('layout')]).toEqual([0, 2, 1]);

  history.store.append(
    [reading(monday + 3, { a: 7 }), reading(monday + 10_000, { a: 8 }), reading(monday + 3, { b: 1 })].map(
      inColumns,
    ),
  );
  expect(history.range(monday, monday + 20_001).at).toEqual([
    monday,
    monday + 3,
    monday + 10_000,
    monday + 20_000,
  ]);
  history.tend(monday + 3 * hour);
  expect([history.rows('tick'), history.rows('block')]).toEqual([0, 3]);
  const { at, avg } = history.range(monday, monday + 20_000);
  expect([at, avg]).toEqual([
    [monday, monday + 3, monday + 10_000],
    [wave(monday), 7, wave(monday + 10_000)],
  ]);
  expect(history.range(monday, monday + 20_000, 10, 'b').at).toEqual([monday + 3]);
  expect(history.store.size()).toMatchObject({ samples: 722, oldestAt: monday });
});

test('a past day is rolled up; wide buckets begin at whole minutes and hours, and hold exactly what was asked for', () => {
  const history = new History();
  const readings = every(10_000, monday, monday + 3 * day, wave);
  history.store.append(readings.map(inColumns));
  history.tend(monday + 3 * day + 5 * minute);
  const samples = readings.map(({ at }) => ({ at, value: wave(at) }));
  expect(['minute', 'hour', 'day'].map((tier) => history.rows(`rollup_${tier}`))).toEqual([3, 1, 1]);
  // Blocks that are no longer read show that buckets come from roll-ups.
  history.db.exec(
    `DELETE FROM block WHERE id < ${(monday / hour + 71) * 2 ** 24} AND id > ${(monday / hour + 1) * 2 ** 24}`,
  );
  for (const points of [500, 100, 12]) {
    const [from, to] = [monday + 12_345, monday + 3 * day - 54_321];
    const answer = history.range(from, to, points);
    const expected = samples.filter(({ at }) => at >= from && at < to);
    expect(answer.bucketMs % (points === 12 ? hour : minute)).toBe(0);
    expect([answer.at[0], answer.at.length <= points]).toEqual([from, true]);
    expect((answer.at[1] ?? NaN) % minute).toBe(0);
    expectBuckets(answer, expected);
  }
});

test('samples are forgotten by whole hours once they are older, and roll-ups tell of them then', () => {
  const history = new History();
  history.store.append(every(minute, monday, monday + 2 * day, wave).map(inColumns));
  const now = monday + 2 * day;
  history.tend(now, 24);
  expect(history.store.size()).toMatchObject({ samples: 1440, oldestAt: monday + day });
  expect(history.range(monday, monday + day).bucketMs).toBe(minute);
  expect(history.range(monday, monday + day).max).toEqual(
    every(minute, monday, monday + day, wave).map(({ at }) => wave(at)),
  );
  expect(history.range(monday + day, now)).toMatchObject({ bucketMs: 0 });
  // Late readings for a forgotten hour do not replace its roll-ups, and are forgotten too.
  history.store.append([reading(monday + 1, { a: 99 })].map(inColumns));
  history.tend(now, 24);
  expect(history.store.size()).toMatchObject({ samples: 1440 });
  expect(history.range(monday, monday + day).at.length).toBe(1440);
});

test('samples that are kept for an hour only are rolled up before they go', () => {
  const history = new History();
  for (let begin = monday; begin < monday + day; begin += hour) {
    history.store.append(every(minute, begin, begin + hour, wave).map(inColumns));
    history.tend(begin + hour + 6 * minute, 1);
  }
  expect(history.rows('block')).toBe(1);
  expect(history.range(monday, monday + day).at.length).toBe(1440);
});

test('the file gets smaller when much was forgotten', () => {
  const history = new History();
  const noisy = (at: number) => Math.sin(at) * 1e9;
  const readings = every(10_000, monday, monday + 2 * day, noisy).map(({ at }) => {
    const values = Array.from({ length: 20 }, (_, place) => [`m${place}`, noisy(at + place)] as const);
    return reading(at, Object.fromEntries(values));
  });
  history.store.append(readings.map(inColumns));
  history.tend(monday + 2 * day + 5 * minute);
  const before = history.store.size().bytes;
  history.tend(monday + 2 * day + 6 * minute, 2);
  const { bytes, samples } = history.store.size();
  expect(samples).toBe(2 * 360 * 20);
  expect(bytes).toBeLessThan(before / 2);
}, 30_000);

test('roll-ups have a retention of their own, by tier', () => {
  const history = new History();
  history.store.append(every(hour, monday, monday + day, wave).map(inColumns));
  const years = 365 * day;
  const later = (time: number) => {
    history.store.append(every(hour, time - 2 * day, time, wave).map(inColumns));
    history.tend(time, 24);
    return history.range(monday, monday + day).bucketMs;
  };
  expect(later(monday + 60 * day)).toBe(minute);
  expect(later(monday + 100 * day)).toBe(hour);
  expect(later(monday + 3 * years)).toBe(day);
  expect(later(monday + 15 * years)).toBe(0);
});

test('a clock that was set far ahead makes nobody forget', () => {
  const history = new History();
  history.store.append(every(minute, monday, monday + 3 * day, wave).map(inColumns));
  const ahead = monday + 400 * day;
  history.store.append(every(minute, ahead, ahead + 10 * minute, wave).map(inColumns));
  history.tend(ahead + hour, 24);
  expect(history.store.size().samples).toBeGreaterThan(1440);
  expect(history.range(monday + 2 * day, monday + 3 * day).at.length).toBe(1440);
  // It was right after all: a day of samples proves it.
  history.store.append(every(minute, ahead + 10 * minute, ahead + 30 * hour, wave).map(inColumns));
  history.tend(ahead + 30 * hour, 24);
  expect(history.store.size()).toMatchObject({ samples: 1440, oldestAt: ahead + 6 * hour });
});

test('a damaged block is absent, its neighbours are not', () => {
  const history = new History();
  history.store.append(every(minute, monday, monday + 3 * hour, wave).map(inColumns));
  history.tend(monday + 4 * hour);
  history.db.exec(`UPDATE block SET data = zeroblob(40) WHERE id < ${(monday / hour + 1) * 2 ** 24}`);
  expect(history.range(monday, monday + day).at[0]).toBe(monday + hour);
});

test('where the disk has no room for blocks none are made, also not those that were begun, and what is too old still goes', () => {
  const history = new History();
  history.store.append(every(minute, monday, monday + 3 * hour, wave).map(inColumns));
  const later = { now: monday + 12 * hour, rawHours: Infinity };
  history.store.tend(later);
  while (history.store.tend({ ...later, roomBytes: 16 * 60 - 1 }));
  expect([history.rows('tick'), history.rows('block')]).toEqual([180, 0]);
  history.tend(later.now);
  expect([history.rows('tick'), history.rows('block')]).toEqual([0, 3]);
  while (history.store.tend({ now: later.now, rawHours: 10, roomBytes: 0 }));
  expect(history.rows('block')).toBe(1);
});

test('a slice of work is short, also when a source has many series', () => {
  const history = new History();
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, place) => [`m${place}`, place]));
  for (let at = monday; at < monday + hour; at += 5000) {
    history.store.append([reading(at, { ...many, m7: wave(at) })].map(inColumns));
  }
  let slices = 0;
  while (history.store.tend({ now: monday + 2 * hour, rawHours: Infinity })) slices++;
  expect(slices).toBeGreaterThanOrEqual(8);
  expect(history.rows('block')).toBe(300);
});

test('roll-ups are kept for as long as it is asked, and never for less time than samples', () => {
  const history = new History();
  history.store.append(every(10 * minute, monday, monday + 40 * day, wave).map(inColumns));
  const now = monday + 40 * day + hour;
  const periods = (table: string) => history.rows(table);
  while (history.store.tend({ now, rawHours: 48, minuteDays: 10 }));
  expect(periods('rollup_minute')).toBe(10);
  while (history.store.tend({ now, rawHours: 48, minuteDays: 1 }));
  expect(periods('rollup_minute')).toBe(2);
  const kept = history.store.size().kept.map(({ what, keptMs }) => [what, (keptMs ?? NaN) / day]);
  expect(kept).toEqual([
    ['samples', 2],
    ['minutes', 2],
    ['hours', 730],
    ['days', 3650],
  ]);
  expect(history.store.size().kept[2]?.oldestAt).toBe(monday);
});

test('a file that is too large gives up its oldest samples first, then minutes, and says up to when', () => {
  const history = new History();
  let noise = 1;
  const jitter = () => (noise = (noise * 48_271) % 2_147_483_647);
  for (let at = monday; at < monday + 6 * day; at += 30_000)
    history.store.append([reading(at, { a: jitter(), b: jitter(), c: jitter() })].map(inColumns));
  const now = monday + 6 * day + hour;
  history.tend(now, 24 * 365);
  history.db.exec('PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)');
  const whole = history.store.size();
  const daysOf = (name: 'a' | 'b') => history.range(monday, monday + 7 * day, 40_000, name).at;
  const mostBytes = Math.floor(whole.bytes * 0.7);
  const task = { now, rawHours: 24 * 365, mostBytes };
  while (history.store.tend(task));
  expect(history.store.size().bytes).toBeLessThanOrEqual(mostBytes);
  const cut = history.store.cut.get('samples') ?? NaN;
  expect(cut).toBeGreaterThan(monday + day);
  expect(cut).toBeLessThanOrEqual(monday + 5 * day);
  expect([...history.store.cut.keys()]).toEqual(['samples']);
  expect(history.store.size()).toMatchObject({
    mostBytes,
    oldestAt: cut,
    kept: [{ cutBefore: cut }, {}, {}, {}],
  });
  // What was removed is still there, minute by minute.
  expect(daysOf('a').filter((at) => at < cut).length).toBeGreaterThan(0);

  while (history.store.tend({ ...task, mostBytes: Math.floor(whole.bytes * 0.3) }));
  expect(history.store.size().bytes).toBeLessThanOrEqual(whole.bytes * 0.3);
  expect(history.store.cut.get('minutes')).toBeGreaterThan(monday);
  // Once more is allowed, nothing is missing for lack of room any more.
  while (history.store.tend({ ...task, mostBytes: 2 ** 40 }));
  expect(history.store.cut.size).toBe(0);
});
