import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { PlimsollError } from '../contract/error.ts';
import type { Measurement, Reading } from '../contract/sample.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { scriptedSystem } from '../testing/scripted-system.ts';
import type { ScheduledSource } from './messages.ts';
import { Scheduler } from './scheduler.ts';
import type { Collector, SourceKind } from './source-kind.ts';

const started = Date.UTC(2026, 0, 5, 12);
const one: Measurement[] = [{ metric: 'value', labels: {}, value: 1 }];

interface Heard extends Reading {
  /** Seconds since the start. */
  second: number;
  missedRuns: number;
}

/** A scheduler whose kinds a test writes as functions, and everything that it reported. */
function bench(
  open: Record<string, (options: Record<string, unknown>, clock: HandClock) => Collector>,
  traits: Pick<SourceKind, 'local'> = {},
) {
  const clock = new HandClock(started);
  const heard: Heard[] = [];
  const kinds = Object.entries(open).map(([kind, opens]): SourceKind => ({
    kind,
    title: kind,
    description: '',
    intervalSeconds: 5,
    options: z.looseObject({}),
    metrics: {},
    ...traits,
    open: (options) => opens(options as Record<string, unknown>, clock),
  }));
  const scheduler = new Scheduler({
    kinds,
    system: scriptedSystem(),
    clock,
    onReading: (reading, missedRuns) =>
      heard.push({ ...reading, second: (clock.now() - started) / 1000, missedRuns }),
  });
  return {
    clock,
    scheduler,
    configure: (sources: ScheduledSource[], maxWorkers = 4) =>
      scheduler.configure({ host: 'h', maxWorkers, sources }),
    of: (source: string) => heard.filter((reading) => reading.source === source),
    forget: () => heard.splice(0),
  };
}

function source(name: string, kind = name, intervalSeconds = 5, options = {}): ScheduledSource {
  return { name, kind, intervalSeconds, options, secrets: {} };
}

const hangs: Collector = { collect: () => new Promise(() => undefined) };
const works: Collector = { collect: () => one };
const throws: Collector = {
  collect() {
    throw new PlimsollError('unreadable', 'the file is not there');
  },
};

function slow(clock: HandClock, seconds: number): Collector {
  return { collect: () => new Promise((resolve) => void clock.after(seconds * 1000, () => resolve(one))) };
}

describe('ticks', () => {
  test('first at once, then at a fixed rate, however long a collection takes', async () => {
    const { clock, configure, of } = bench({ slow: (_options, clock) => slow(clock, 1.7) });
    configure([source('slow')]);
    await clock.turn(60_000);
    const begun = of('slow').map(({ at }) => (at - started) / 1000);
    expect(begun[0]).toBe(0);
    expect(begun[1]).toBeLessThanOrEqual(5);
    const gaps = begun.slice(2).map((second, index) => second - (begun[index + 1] ?? 0));
    expect(new Set(gaps.map((gap) => gap.toFixed(6)))).toEqual(new Set(['5.000000']));
    expect(of('slow').at(-1)).toMatchObject({ durationMs: 1700, missedRuns: 0, samples: one, error: null });
  });

  test('of several sources do not fall together', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `s${index}`);
    const { clock, configure, of, forget } = bench({ works: () => works });
    configure(names.map((name) => source(name, 'works')));
    await clock.turn(10_000);
    forget();
    await clock.turn(5_000);
    const seconds = names.flatMap((name) => of(name).map(({ second }) => second)).sort((a, b) => a - b);
    expect(seconds).toHaveLength(10);
    const closest = Math.min(...seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0)));
    expect(closest).toBeGreaterThan(0.05);
  });

  test('of sources that read this machine fall together, whenever they were configured', async () => {
    const { clock, configure, of, forget } = bench({ works: () => works }, { local: true });
    configure([source('a', 'works')]);
    await clock.turn(2_300);
    configure([source('a', 'works'), source('b', 'works'), source('c', 'works', 10)]);
    await clock.turn(10_000);
    forget();
    await clock.turn(10_000);
    expect(of('a').map(({ second }) => second)).toEqual([15, 20]);
    expect(of('b').map(({ second }) => second)).toEqual([15, 20]);
    expect(of('c').map(({ second }) => second)).toEqual([20]);
  });

  test('that passed while the process stood still are counted, and not made up for', async () => {
    const { clock, configure, of, forget } = bench({ works: () => works });
    configure([source('works', 'works', 1)]);
    await clock.turn(10_000);
    forget();
    clock.stall(30_000);
    await clock.turn(0);
    expect(of('works')).toMatchObject([{ missedRuns: 29 }]);
    await clock.turn(10_000);
    expect(of('works').length).toBeGreaterThanOrEqual(10);
    expect(of('works').length).toBeLessThanOrEqual(11);
  });

  test('that would come right after a late run are skipped and counted', async () => {
    const { clock, configure, of, forget } = bench({ works: () => works });
    configure([source('works', 'works', 1)]);
    await clock.turn(10_000);
    forget();
    clock.stall(10_700);
    await clock.turn(2_000);
    expect(of('works').map(({ second, missedRuns }) => [second, missedRuns])).toEqual([
      [20.7, 9],
      [22, 10],
    ]);
  });

  test('the wall clock may jump as it likes', async () => {
    const { clock, configure, of } = bench({ works: () => works });
    configure([source('works', 'works', 1)]);
    for (const hours of [5, -7, 48, -46]) {
      clock.jump(hours * 3_600_000);
      await clock.turn(5_000);
    }
    expect(of('works')).toHaveLength(21);
    expect(of('works').at(-1)?.missedRuns).toBe(0);
  });
});

test('what hangs, throws or is slow hurts itself alone', async () => {
  const { clock, configure, of } = bench({
    hangs: () => hangs,
    throws: () => throws,
    bug: () => ({ collect: () => Promise.reject(new TypeError('x is undefined')) }),
    closed: () => {
      throw new PlimsollError('unsupported', 'not on this system');
    },
    nan: () => ({ collect: () => [...one, { metric: 'other', labels: {}, value: Number.NaN }] }),
    slow: (_options, clock) => slow(clock, 4),
    works: () => works,
  });
  configure(
    ['hangs', 'throws', 'bug', 'closed', 'nan', 'slow', 'missing', 'works'].map((name) => source(name)),
    2,
  );
  await clock.turn(60_000);
  expect(of('hangs')).toMatchObject([
    { second: 5, durationMs: 5000, samples: [], error: { code: 'deadline' } },
  ]);
  expect(of('throws').at(-1)?.error).toEqual({ code: 'unreadable', message: 'the file is not there' });
  expect(of('bug').at(-1)?.error).toEqual({ code: 'internal', message: 'x is undefined' });
  expect(of('closed').at(-1)?.error).toEqual({ code: 'unsupported', message: 'not on this system' });
  expect(of('nan').at(-1)).toMatchObject({ samples: one, error: { code: 'internal' } });
  expect(of('missing').at(-1)?.error?.code).toBe('unsupported');
  for (const name of ['throws', 'bug', 'closed', 'nan', 'missing', 'works']) {
    expect(of(name).length, name).toBeGreaterThanOrEqual(11);
  }
  expect(of('slow').at(-1)).toMatchObject({ samples: one, error: null });
});

test('what is read at once is told at once, of many sources too', () => {
  const names = Array.from({ length: 300 }, (_, index) => `s${index}`);
  const { configure, of } = bench({ works: () => works, throws: () => throws });
  configure([source('throws'), ...names.map((name) => source(name, 'works'))], 1);
  expect(names.every((name) => of(name).length === 1)).toBe(true);
  expect(of('throws')).toMatchObject([{ error: { code: 'unreadable' } }]);
});

test('a run that hangs stays the only one of its source; its late result is thrown away, and the missed ticks counted', async () => {
  let release: (() => void) | undefined;
  let runs = 0;
  let aborted = 0;
  const { clock, configure, of } = bench({
    hangs: () => ({
      collect(signal) {
        runs++;
        signal.addEventListener('abort', () => aborted++);
        return runs === 1 ? new Promise((resolve) => (release = () => resolve([]))) : one;
      },
    }),
  });
  configure([source('hangs', 'hangs', 1)]);
  await clock.turn(20_500);
  expect({ runs, aborted, readings: of('hangs').length }).toEqual({ runs: 1, aborted: 1, readings: 1 });
  release?.();
  await clock.turn(1_000);
  expect(of('hangs')).toMatchObject([
    { error: { code: 'deadline' } },
    { error: null, samples: one, missedRuns: 20 },
  ]);
});

test('the deadline is the interval, ten seconds at most', async () => {
  const { clock, configure, of } = bench({ hangs: () => hangs });
  configure([source('short', 'hangs', 0.5), source('long', 'hangs', 3600)]);
  await clock.turn(60_000);
  expect([...of('short'), ...of('long')].map(({ second }) => second)).toEqual([0.5, 10]);
});

test('at most maxWorkers collect at once, and every source gets its turn', async () => {
  let working = 0;
  let most = 0;
  const names = Array.from({ length: 6 }, (_, index) => `s${index}`);
  const { clock, configure, of } = bench({
    busy: (_options, clock) => ({
      async collect(signal) {
        most = Math.max(most, ++working);
        const samples = await slow(clock, 1).collect(signal);
        working--;
        return samples;
      },
    }),
  });
  configure(
    names.map((name) => source(name, 'busy', 2)),
    2,
  );
  await clock.turn(60_000);
  expect(most).toBe(2);
  const counts = names.map((name) => of(name).length);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(15);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(2);
  expect(of('s0').at(-1)?.missedRuns).toBeGreaterThan(0);
});

test('a source that needs two collections has its first value after a second', async () => {
  const { clock, configure, of } = bench({
    rate: () => {
      let before = false;
      return {
        collect() {
          const samples = before ? one : [];
          before = true;
          return samples;
        },
      };
    },
  });
  configure([source('rate', 'rate', 60)]);
  await clock.turn(2_000);
  expect(of('rate').map(({ second, samples }) => [second, samples.length])).toEqual([
    [0, 0],
    [1, 1],
  ]);
});

describe('a new configuration', () => {
  /** Counts its collections, and says when it is opened and closed. */
  function counting() {
    const log: string[] = [];
    const made = bench({
      counts: ({ id }) => {
        let count = 0;
        log.push(`open ${String(id)}`);
        return {
          collect: () => [{ metric: 'count', labels: {}, value: ++count }],
          close: () => log.push(`close ${String(id)}`),
        };
      },
    });
    return { ...made, log };
  }

  test('keeps what did not change, closes what is gone, opens anew what changed', async () => {
    const { clock, configure, of, log, scheduler } = counting();
    configure([
      source('same', 'counts', 1, { id: 1, more: { a: 1, b: 2 } }),
      source('gone', 'counts', 1, { id: 2 }),
      source('other', 'counts', 1, { id: 3 }),
    ]);
    await clock.turn(3_000);
    configure([
      source('same', 'counts', 2, { more: { b: 2, a: 1 }, id: 1 }),
      source('other', 'counts', 1, { id: 4 }),
    ]);
    expect(log).toEqual(['open 1', 'open 2', 'open 3', 'close 2', 'close 3']);
    const before = of('same').length;
    const gone = of('gone').length;
    await clock.turn(10_000);
    expect(
      of('same')
        .slice(before)
        .map(({ samples }) => samples[0]?.value),
    ).toEqual([4, 5, 6, 7, 8].map((value) => value + before - 3));
    expect(of('gone')).toHaveLength(gone);
    expect(log.slice(5)).toEqual(['open 4']);
    scheduler.stop();
    expect(log.slice(6)).toEqual(['close 1', 'close 4']);
    await clock.turn(10_000);
    expect(of('same').length - before).toBe(5);
  });

  test('lets a collection under way end before the source is opened anew, and waits no longer than its deadline', async () => {
    const log: string[] = [];
    const { clock, configure, of } = bench({
      hangs: ({ id }) => ({
        collect: () => (log.push(`run ${String(id)}`), id === 1 ? new Promise(() => undefined) : one),
        close: () => log.push(`close ${String(id)}`),
      }),
    });
    configure([source('s', 'hangs', 5, { id: 1 })]);
    await clock.turn(1_000);
    configure([source('s', 'hangs', 5, { id: 2 })]);
    configure([source('s', 'hangs', 5, { id: 3 })]);
    await clock.turn(3_000);
    expect(log).toEqual(['run 1']);
    await clock.turn(1_100);
    expect(log).toEqual(['run 1', 'run 3']);
    expect(of('s')).toMatchObject([{ samples: one }]);
  });
});

test('a collection that is not wanted any more is told so, and the new one need not wait for its deadline', async () => {
  const { clock, configure, of } = bench({
    listens: ({ id }) => ({
      collect: (signal) =>
        id === 1
          ? new Promise((_resolve, reject) =>
              signal.addEventListener('abort', () => reject(new Error('stopped'))),
            )
          : one,
    }),
  });
  configure([source('s', 'listens', 5, { id: 1 })]);
  await clock.turn(1_000);
  configure([source('s', 'listens', 5, { id: 2 })]);
  await clock.turn(0);
  expect(of('s')).toMatchObject([{ second: 1, samples: one, error: null }]);
});

test('after a pause of more than a minute a source is opened anew, so that no rate is an average over sleep', async () => {
  let opened = 0;
  const { clock, configure } = bench({ works: () => (opened++, works) });
  configure([source('works', 'works', 5)]);
  await clock.turn(30_000);
  clock.stall(50_000);
  await clock.turn(30_000);
  expect(opened).toBe(1);
  clock.stall(8 * 3_600_000);
  await clock.turn(30_000);
  expect(opened).toBe(2);
});

test('after lost time a source is opened anew, although the monotonic clock saw no pause', async () => {
  let opened = 0;
  const { clock, scheduler, configure } = bench({ works: () => (opened++, works) });
  configure([source('works', 'works', 5)]);
  await clock.turn(30_000);
  clock.jump(8 * 3_600_000);
  scheduler.timeLost();
  expect(opened).toBe(1);
  await clock.turn(5_000);
  expect(opened).toBe(2);
  await clock.turn(30_000);
  expect(opened).toBe(2);
});

test('while nobody looks and that matters, what may be slow is slow, and rates go on', async () => {
  let opened = 0;
  const { clock, scheduler, of, forget } = bench({ works: () => (opened++, works) });
  const sources = [{ ...source('slows', 'works'), slowIntervalSeconds: 15 }, source('stays', 'works')];
  const secondsOf = async (name: string) => {
    forget();
    await clock.turn(60_000);
    return of(name).length;
  };
  scheduler.watched(true);
  const slowness = { onBattery: false, unwatched: true };
  scheduler.configure({ host: 'h', maxWorkers: 4, slowness, sources });
  await clock.turn(10_000);
  expect(await secondsOf('slows')).toBe(12);
  scheduler.watched(false);
  await clock.turn(15_000);
  expect(await secondsOf('slows')).toBe(4);
  expect(of('stays')).toHaveLength(12);
  scheduler.configure({ host: 'h', maxWorkers: 4, slowness, sources });
  expect(await secondsOf('slows')).toBe(4);
  scheduler.watched(true);
  await clock.turn(5_000);
  expect(await secondsOf('slows')).toBe(12);
  expect(opened).toBe(2);
});
