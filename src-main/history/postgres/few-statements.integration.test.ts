import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Series } from '../../contract/sample.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { PostgresServer, noPostgres } from '../../testing/postgres.ts';
import { Database } from './database.ts';
import { prepareSchema } from './schema.ts';
import { SeriesTable } from './series-table.ts';
import { PostgresHistory } from './store.ts';

const day = Date.UTC(2026, 0, 5);

function seriesOf(metric: string, host = 'h'): Series {
  return { host, source: 'cpu', metric, labels: {} };
}

describe.skipIf(noPostgres !== undefined)(
  `what PostgreSQL is asked${noPostgres === undefined ? '' : ` (${noPostgres})`}`,
  () => {
    let server: PostgresServer;

    beforeAll(async () => {
      server = await PostgresServer.start(['fsync=off']);
    });
    afterAll(() => server.close());

    test('stretches of fifty series need as many statements as one', async () => {
      const store = await PostgresHistory.open(await server.database(), () => day);
      const metrics = Array.from({ length: 50 }, (_, index) => `m${index}`);
      await store.take(
        Array.from({ length: 40 }, (_, index) => ({
          ...{ host: 'h', source: 'cpu', at: day + index * 1000, durationMs: 1, error: null },
          // One half has more samples than requested points, and the other has fewer.
          samples: metrics
            .filter((_one, place) => index < 10 || place % 2 === 0)
            .map((metric, place) => ({ metric, labels: {}, value: place * index })),
        })),
      );
      const query = vi.spyOn(Database.prototype, 'query');
      const statements = async (names: readonly string[]) => {
        query.mockClear();
        const series = names.map((metric) => seriesOf(metric));
        const answer = await store.answer('ranges', { series, from: day, to: day + 60_000, points: 20 });
        expect(answer.map(({ at }) => at.length)).toEqual(
          names.map((_, place) => (place % 2 === 0 ? 14 : 10)),
        );
        return query.mock.calls.length;
      };
      try {
        const ofOne = await statements(['m0']);
        expect(ofOne).toBeLessThan(8);
        expect(await statements(metrics)).toBe(ofOne);
      } finally {
        query.mockRestore();
      }
      await store.close();
    });

    test('of the series that others add only the new ones are read, also those that can be seen late', async () => {
      const access = await server.database();
      const database = new Database(access);
      await prepareSchema(database);
      const clock = new HandClock();
      const [here, elsewhere] = [new SeriesTable(database, clock), new SeriesTable(database, clock)];
      const names = async (host?: string) => (await here.of(host)).map(({ series }) => series.metric).sort();
      await here.number([seriesOf('own')]);
      expect(await names()).toEqual(['own']);

      let later: Promise<void> = Promise.resolve();
      const commit = Promise.withResolvers<undefined>();
      await new Promise<void>((resolve) => {
        later = database.transaction(async ({ query }) => {
          await query(
            `INSERT INTO series (key, host, source, metric, labels) VALUES ('late', 'h', 'cpu', 'late', '{}')`,
          );
          resolve();
          await commit.promise;
        });
      });
      await elsewhere.number([seriesOf('quick'), seriesOf('far', 'other')]);
      expect(await names()).toEqual(['far', 'own', 'quick']);
      expect(await names('other')).toEqual(['far']);
      clock.stall(59_000);
      expect(await names('h')).toEqual(['own', 'quick']);
      commit.resolve(undefined);
      await later;
      expect(await names('h')).toEqual(['late', 'own', 'quick']);

      const query = vi.spyOn(Database.prototype, 'query');
      try {
        for (let minute = 0; minute < 3; minute++) {
          clock.stall(61_000);
          await names();
        }
        query.mockClear();
        expect(await names()).toEqual(['far', 'late', 'own', 'quick']);
        expect(query.mock.calls).toEqual([[expect.stringContaining('count(*)'), [4]]]);
        await elsewhere.number([seriesOf('new')]);
        query.mockClear();
        expect(await names('h')).toEqual(['late', 'new', 'own', 'quick']);
        expect(query.mock.calls.map(([, values]) => values)).toEqual([[4], [4]]);
      } finally {
        query.mockRestore();
      }
      await database.close();
    });
  },
);
