import { describe, expect, test } from 'vitest';
import { one, schedulerBench, source, works } from '../testing/scheduler-bench.ts';

describe('a new configuration', () => {
  /** Counts its collections, and reports when it is opened and closed. */
  function counting() {
    const log: string[] = [];
    const made = schedulerBench({
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
    const { clock, configure, of } = schedulerBench({
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
  const { clock, configure, of } = schedulerBench({
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
  const { clock, configure } = schedulerBench({ works: () => (opened++, works) });
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
  const { clock, scheduler, configure } = schedulerBench({ works: () => (opened++, works) });
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
