import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { inColumns } from '../../contract/columns.ts';
import type { Measurement, Reading, Series } from '../../contract/sample.ts';
import { PostgresServer, noPostgres } from '../../testing/postgres.ts';
import { randomFrom } from '../../testing/random-from.ts';
import type { HadBefore, HistoryQuestion, HistoryQuestions, SteppedAsk } from '../messages.ts';
import { openHistory } from '../open.ts';
import type { HistoryStore } from '../store.ts';
import type { UpkeepTask } from '../upkeep.ts';
import { PostgresHistory } from './store.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const day = Date.UTC(2026, 0, 5);

/** What both stores have in common, with promises. */
interface Store {
  take(readings: readonly Reading[]): Promise<HadBefore[]>;
  answer<Q extends Exclude<HistoryQuestion, 'take'>>(
    question: Q,
    ask: HistoryQuestions[Q]['ask'],
  ): Promise<HistoryQuestions[Q]['answer']>;
  tend(task: UpkeepTask): Promise<void>;
}

const stepped = new Set<string>(['ranges', 'samples', 'top', 'interruptions', 'spread']);

function builtIn(store: HistoryStore): Store {
  return {
    take: (readings) => Promise.resolve(store.take(readings.map(inColumns))),
    answer: (question, ask) =>
      Promise.resolve().then(() => {
        if (stepped.has(question)) {
          const steps = store.answer({ question, ask } as SteppedAsk);
          for (;;) {
            const { done, value } = steps.next();
            if (done === true) return value as never;
          }
        }
        if (question === 'latest') return store.latest((ask as { from: number }).from) as never;
        return (store[question as 'search'] as (asked: unknown) => never)(ask);
      }),
    tend: (task) => {
      while (store.tend(task));
      return Promise.resolve();
    },
  };
}

describe.skipIf(noPostgres !== undefined)(
  `PostgreSQL as history${noPostgres === undefined ? '' : ` (${noPostgres})`}`,
  () => {
    let server: PostgresServer;
    let directory: string;
    beforeAll(async () => {
      server = await PostgresServer.start(['fsync=off']);
      directory = mkdtempSync(join(tmpdir(), 'plimsoll-stores-'));
    });
    afterAll(async () => {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    });

    let opened = 0;
    async function both(now = day): Promise<{ stores: [Store, Store]; close: () => Promise<void> }> {
      const { store } = await openHistory(join(directory, String(++opened)), systemClock);
      const postgres = await PostgresHistory.open(await server.database(), () => now);
      return {
        stores: [builtIn(store), postgres],
        close: async () => {
          store.close();
          await postgres.close();
        },
      };
    }

    function reading(at: number, values: Record<string, number>, source = 'cpu', host = 'h'): Reading {
      const samples: Measurement[] = Object.entries(values).map(([metric, value]) => ({
        metric,
        labels: {},
        value,
      }));
      return { host, source, at, durationMs: 1, samples, error: null };
    }

    const seriesOf = (metric: string, source = 'cpu', host = 'h'): Series => ({
      host,
      source,
      metric,
      labels: {},
    });
    const order = (a: Series, b: Series) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

    /**
     * Averages of the same samples in another order differ in their last bits; PostgreSQL's may be 0 where ours are
     * nearly 0, see `scaled` in init.sql.
     */
    function expectSame(found: unknown, expected: unknown, words: string): void {
      expect(rounded(found), words).toEqual(rounded(expected));
    }
    function rounded(value: unknown): unknown {
      return JSON.parse(
        JSON.stringify(value, (_key, inner: unknown) => {
          if (inner instanceof Float64Array) return [...inner].map(String);
          const isTime = typeof inner === 'number' && Number.isInteger(inner) && Math.abs(inner) < 1e13;
          if (typeof inner !== 'number' || isTime) return inner;
          return Math.abs(inner) < 1e-279 ? 0 : Number(inner.toPrecision(9));
        }),
      ) as unknown;
    }

    async function expectSameAnswers([one, other]: [Store, Store], from: number, to: number): Promise<void> {
      const same = async <Q extends Exclude<HistoryQuestion, 'take'>>(
        question: Q,
        ask: HistoryQuestions[Q]['ask'],
        of: (answer: HistoryQuestions[Q]['answer']) => unknown = (answer) => answer,
      ) => {
        const [a, b] = await Promise.all([one.answer(question, ask), other.answer(question, ask)]);
        expectSame(of(b), of(a), `${question} ${JSON.stringify(ask)}`);
      };
      const asked = [seriesOf('a'), seriesOf('b'), seriesOf('a', 'disk'), seriesOf('never')];
      for (const points of [1, 7, 50, 5000]) await same('ranges', { series: asked, from, to, points });
      for (const series of asked) await same('range', { ...series, from, to, points: 33 });
      await same('samples', { series: asked, from, to });
      for (const by of ['min', 'avg', 'max', 'last'] as const)
        await same('top', { metric: 'a', by, from, to, limit: 9 }, ({ entries, total }) => [
          total,
          entries.map(({ summary }) => summary[by]),
          // Series with equal values may come in any order.
          entries.map(({ series }) => series).sort(order),
        ]);
      await same('spread', { series: asked, from, to });
      await same('usual', { series: asked, from, to });
      const columns = ['b', 'a', 'never'].map((metric) => ({ metric, labels: {} }));
      await same('recorded', { host: 'h', source: 'cpu', columns, from, to });
      await same('latest', { from }, (found) => found.toSorted(order));
      await same('search', { offset: 0, limit: 1000 });
      await same('series', { source: 'cpu', metric: 'a' }, (found) => found.toSorted(order));
      await same('search', { text: 'CPU h', offset: 1, limit: 2 });
      await same('newest', { from, metric: 'a', offset: 0, limit: 1 });
      await same('interruptions', { running: seriesOf('a'), lost: seriesOf('b'), from, to });
    }

    test('whatever comes, twice, late, in pieces or with other values, both stores say the same', async () => {
      const seed = Number(process.env['PLIMSOLL_SEED'] ?? Date.now() % 1e6);
      console.log(`two stores: PLIMSOLL_SEED=${seed}`);
      const random = randomFrom(seed);
      const pick = (most: number) => Math.floor(random() * most);
      for (let round = 0; round < 8; round++) {
        const { stores, close } = await both(day + dayMs);
        for (let batch = 0; batch < 12; batch++) {
          const readings = Array.from({ length: 1 + pick(30) }, () => {
            const values: Record<string, number> = {};
            for (const metric of ['a', 'b', 'c'])
              if (random() < 0.6)
                values[metric] =
                  random() < 0.5
                    ? pick(5)
                    : (1 + random()) * 10 ** (random() < 0.5 ? 20 + pick(200) : -pick(300));
            return reading(
              day + pick(400) * 10_000,
              values,
              ['cpu', 'disk'][pick(2)],
              ['h', 'other'][pick(2)],
            );
          });
          const [a, b] = await Promise.all(stores.map((store) => store.take(readings)));
          const sorted = (had: HadBefore[] | undefined) =>
            had?.toSorted((x, y) => x.reading - y.reading || x.sample - y.sample);
          expect(sorted(b)).toEqual(sorted(a));
        }
        await expectSameAnswers(stores, day, day + 4_000_000);
        await expectSameAnswers(stores, day + 123_456, day + 2_345_678);
        const sizes = await Promise.all(stores.map((store) => store.answer('size', {})));
        expect(sizes.map(({ samples, oldestAt }) => [samples, oldestAt])[1]).toEqual(
          sizes.map(({ samples, oldestAt }) => [samples, oldestAt])[0],
        );
        await close();
      }
    });

    test('labels tell series apart, in whatever order, however long, and hostile names are names', async () => {
      const { stores, close } = await both();
      const labelled = (labels: Record<string, string>, value: number, metric = 'm') => ({
        ...reading(day, {}),
        samples: [{ metric, labels, value }],
      });
      const hostile = `"'\\\t\n;DROP TABLE sample;--\u{1f600}`;
      for (const store of stores) {
        expect(
          await store.take([
            labelled({ b: '2', a: '1' }, 1),
            labelled({ a: '1', b: '2' }, 2),
            labelled({ a: 'x'.repeat(9000) }, 3),
            labelled({ [hostile]: hostile }, 4, hostile),
          ]),
        ).toEqual([{ reading: 1, sample: 0, had: 'other' }]);
      }
      const [a, b] = await Promise.all(stores.map((store) => store.answer('latest', { from: day })));
      expect(b?.toSorted(order)).toEqual(a?.toSorted(order));
      expect(b?.map(({ value }) => value).sort()).toEqual([1, 3, 4]);
      await close();
    });

    test('days that are over are rolled up and answered alike, at every width, and after their samples are forgotten', async () => {
      const now = day + 6 * dayMs + hourMs;
      const { stores, close } = await both(now);
      const readings: Reading[] = [];
      for (let at = day; at < now; at += 3 * 60_000 + 7000) {
        const values = { a: Math.sin(at / 5e6) * 100, b: at % 7 };
        readings.push(reading(at, values), reading(at + 31_000, { a: 1e308 }, 'disk'));
        // A day and a half without samples.
        if (at > day + 2 * dayMs && at < day + 2.1 * dayMs) at += 1.5 * dayMs;
      }
      for (const store of stores) await store.take(readings);
      const task = { now, rawHours: 1e5 };
      for (const store of stores) await store.tend(task);
      const stretches = [
        [day, now],
        [day - 5 * dayMs, now + 5 * dayMs],
        [day + 1234567, now - 7654321],
        [day + dayMs + hourMs / 2, day + 5 * dayMs + 17],
      ] as const;
      const compare = async () => {
        for (const [from, to] of stretches) {
          for (const points of [1, 3, 30, 200, 1000]) {
            const ask = { series: [seriesOf('a'), seriesOf('b'), seriesOf('a', 'disk')], from, to, points };
            const [a, b] = await Promise.all(stores.map((store) => store.answer('ranges', ask)));
            expect(a?.[0]?.at.length).toBeGreaterThan(0);
            expectSameShape(b, a, `${from} ${to} ${points}`);
          }
        }
      };
      await compare();
      const late = [reading(day + dayMs + 500, { a: 1000 })];
      for (const store of stores) await store.take(late);
      await compare();
      for (const store of stores) await store.tend(task);
      await compare();
      for (const store of stores) await store.tend({ now, rawHours: 24 });
      const [, kept] = await Promise.all(stores.map((store) => store.answer('size', {})));
      expect(kept?.oldestAt).toBeGreaterThanOrEqual(day + 5 * dayMs);
      for (const points of [1, 4, 10]) {
        const ask = { series: [seriesOf('a'), seriesOf('b')], from: day, to: day + 5 * dayMs, points };
        const [a, b] = await Promise.all(stores.map((store) => store.answer('ranges', ask)));
        expectSameShape(b, a, `forgotten ${points}`);
      }
      await close();
    });

    /** Averages of the built-in store's roll-ups are accurate to a 65,535th of the span from minimum to maximum. */
    function expectSameShape(found: unknown, expected: unknown, words: string): void {
      type Ranges = HistoryQuestions['ranges']['answer'];
      const without = (ranges: Ranges) =>
        ranges.map(({ avg: _, summary, ...rest }) => ({
          ...rest,
          summary: summary && { ...summary, avg: 0 },
        }));
      expectSame(without(found as Ranges), without(expected as Ranges), words);
      (found as Ranges).forEach((range, place) => {
        const other = (expected as Ranges)[place];
        range.avg.forEach((avg, entry) => {
          const width = (range.max[entry] ?? 0) - (range.min[entry] ?? 0);
          expect(Math.abs(avg - (other?.avg[entry] ?? NaN)), words).toBeLessThanOrEqual(
            width / 60_000 + 1e-9 * Math.abs(avg),
          );
        });
      });
    }
  },
);
