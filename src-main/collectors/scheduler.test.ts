import { describe, expect, test } from 'vitest';
import { one, schedulerBench, slow, source, started, works } from '../testing/scheduler-bench.ts';

describe('ticks', () => {
  test('first at once, then at a fixed rate, however long a collection takes', async () => {
    const { clock, configure, of } = schedulerBench({ slow: (_options, clock) => slow(clock, 1.7) });
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
    const { clock, configure, of, forget } = schedulerBench({ works: () => works });
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
    const { clock, configure, of, forget } = schedulerBench({ works: () => works }, { local: true });
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
    const { clock, configure, of, forget } = schedulerBench({ works: () => works });
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
    const { clock, configure, of, forget } = schedulerBench({ works: () => works });
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
    const { clock, configure, of } = schedulerBench({ works: () => works });
    configure([source('works', 'works', 1)]);
    for (const hours of [5, -7, 48, -46]) {
      clock.jump(hours * 3_600_000);
      await clock.turn(5_000);
    }
    expect(of('works')).toHaveLength(21);
    expect(of('works').at(-1)?.missedRuns).toBe(0);
  });
});

test('a source that needs two collections has its first value after a second', async () => {
  const { clock, configure, of } = schedulerBench({
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

test('while nobody looks and that matters, what may be slow is slow, and rates go on', async () => {
  let opened = 0;
  const { clock, scheduler, of, forget } = schedulerBench({ works: () => (opened++, works) });
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
