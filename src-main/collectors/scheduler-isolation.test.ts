import { expect, test } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import { hangs, one, schedulerBench, slow, source, throws, works } from '../testing/scheduler-bench.ts';

test('what hangs, throws or is slow hurts itself alone', async () => {
  const { clock, configure, of } = schedulerBench({
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
  const { configure, of } = schedulerBench({ works: () => works, throws: () => throws });
  configure([source('throws'), ...names.map((name) => source(name, 'works'))], 1);
  expect(names.every((name) => of(name).length === 1)).toBe(true);
  expect(of('throws')).toMatchObject([{ error: { code: 'unreadable' } }]);
});

test('a run that hangs stays the only one of its source; its late result is thrown away, and the missed ticks counted', async () => {
  let release: (() => void) | undefined;
  let runs = 0;
  let aborted = 0;
  const { clock, configure, of } = schedulerBench({
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
  const { clock, configure, of } = schedulerBench({ hangs: () => hangs });
  configure([source('short', 'hangs', 0.5), source('long', 'hangs', 3600)]);
  await clock.turn(60_000);
  expect([...of('short'), ...of('long')].map(({ second }) => second)).toEqual([0.5, 10]);
});

test('at most maxWorkers collect at once, and every source gets its turn', async () => {
  let working = 0;
  let most = 0;
  const names = Array.from({ length: 6 }, (_, index) => `s${index}`);
  const { clock, configure, of } = schedulerBench({
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
