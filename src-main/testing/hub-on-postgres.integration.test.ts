import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inColumns } from '../contract/columns.ts';
import type { HistorySize } from '../contract/history-size.ts';
import type { Reading } from '../contract/sample.ts';
import type { Status } from '../contract/status.ts';
import { systemClock } from '../base/clock.ts';
import { openHistory } from '../history/open.ts';
import { PostgresHistory } from '../history/postgres/store.ts';
import { CommandLine } from './command-line.ts';
import { PostgresServer, noPostgres } from './postgres.ts';
import { askOwner } from '../headless/owner-api.ts';

describe.skipIf(noPostgres !== undefined)(
  `a hub with its history in PostgreSQL${noPostgres === undefined ? '' : ` (${noPostgres})`}`,
  () => {
    let server: PostgresServer;
    let line: CommandLine;
    beforeAll(async () => {
      server = await PostgresServer.start();
    });
    afterAll(() => server.close());
    beforeEach(() => (line = new CommandLine()));
    afterEach(() => line.close());

    test(
      'stores what it acknowledges, says so while the database is away, goes on when it is back, and remembers',
      { timeout: 180_000 },
      async () => {
        const { host, port, name, user } = await server.database();
        const settings = join(line.home, 'plimsoll.yaml');
        const database = { host, port, name, user, password: { env: 'DATABASE_PASSWORD' } };
        writeFileSync(
          settings,
          JSON.stringify({ version: 1, sources: [], rules: [], destinations: [], database }),
        );
        const env = { DATABASE_PASSWORD: 'canary' };
        const words = ['token', 'create', 'all', '--scope', 'ingest', '--data', line.data];
        const token = (await line.run(words)).out.trim();
        const started = await line.start(['--port', '0', '--config', settings], env, 'hub');
        const begin = Date.now() - 60_000;
        const post = async (tick: number) => {
          const answer = await fetch(new URL('/api/v1/ingest', started.url), {
            method: 'POST',
            headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
            body: JSON.stringify({
              host: 'web-1',
              samples: [{ source: 'queue', metric: 'length', value: tick, at: begin + tick }],
            }),
          });
          return {
            status: answer.status,
            retry: answer.headers.get('Retry-After'),
            body: await answer.text(),
          };
        };
        await expect.poll(async () => (await post(1)).status, { timeout: 60_000 }).toBe(200);
        expect((await post(1)).body).toContain('"duplicate":1');
        await server.halt();
        expect(await post(2)).toMatchObject({ status: 503, retry: expect.any(String) as string });
        await server.run();
        await expect.poll(async () => (await post(2)).status, { timeout: 60_000 }).toBe(200);
        const rows = () =>
          server.sql(
            "SELECT value FROM plimsoll.sample JOIN plimsoll.series ON id = series WHERE metric = 'length' ORDER BY at",
            name,
          );
        expect(await rows()).toEqual([{ value: 1 }, { value: 2 }]);
        const size = (await askOwner(line.data, 'GET', '/api/v1/history/size')) as HistorySize;
        expect(size).toMatchObject({ mostBytes: null, oldestAt: begin + 1 });
        const status = (await askOwner(line.data, 'GET', '/api/v1/status')) as Status;
        expect(status.stages.map(({ state }) => state)).toEqual(['running', 'running']);
        expect(
          (await line.run(['history', 'backup', join(line.home, 'x'), '--data', line.data])).error,
        ).toContain('pg_dump');
        started.child.kill('SIGTERM');
        const ended = await started.outcome;
        expect(ended.code).toBe(0);
        expect(ended.out + ended.error).not.toContain('canary');

        const again = await line.start(['--port', '0', '--config', settings], env, 'hub');
        await expect
          .poll(
            async () => {
              const found = await askOwner(line.data, 'GET', '/api/v1/hosts/web-1');
              return (found as { latest: { value: number }[] }).latest.map(({ value }) => value);
            },
            { timeout: 60_000 },
          )
          .toEqual([2]);
        again.child.kill('SIGTERM');
        expect((await again.outcome).code).toBe(0);
      },
    );

    test(
      'history of a data directory is taken over, roll-ups of forgotten days with it, as often as it is asked',
      { timeout: 120_000 },
      async () => {
        const dayMs = 86_400_000;
        const today = Math.floor(Date.now() / dayMs) * dayMs;
        const readings = Array.from({ length: 3000 }, (_, tick): Reading => ({
          ...{ host: 'h', source: 'cpu', at: today - 5 * dayMs + tick * 120_000, durationMs: 1, error: null },
          samples: [
            { metric: 'a', labels: {}, value: tick % 10 },
            { metric: 'b', labels: { core: '1' }, value: -tick },
          ],
        }));
        const { store } = await openHistory(line.data, systemClock);
        store.append(readings.map(inColumns));
        while (store.tend({ now: today + 3_600_000, rawHours: 60 }));
        const kept = store.size();
        expect(kept.oldestAt).toBeGreaterThan(today - 4 * dayMs);
        const ask = {
          host: 'h',
          source: 'cpu',
          metric: 'a',
          labels: {},
          from: today - 6 * dayMs,
          to: today,
          points: 12,
        };
        const expected = store.range(ask);
        store.close();

        const { host, port, name, user } = await server.database();
        const settings = join(line.home, 'plimsoll.yaml');
        const words = ['history', 'migrate', '--data', line.data, '--config', settings];
        writeFileSync(settings, JSON.stringify({ version: 1, sources: [], rules: [], destinations: [] }));
        expect(await line.run(words)).toMatchObject({
          code: 2,
          error: expect.stringContaining('database') as string,
        });
        const database = { host, port, name, user };
        writeFileSync(
          settings,
          JSON.stringify({ version: 1, sources: [], rules: [], destinations: [], database }),
        );
        expect((await line.run(words)).out).toContain(
          `${kept.samples} samples were taken over, 0 were there already`,
        );
        expect((await line.run(words)).out).toContain(
          `0 samples were taken over, ${kept.samples} were there already`,
        );

        const postgres = await PostgresHistory.open({ host, port, name, user }, () => today + 3_600_000);
        await postgres.tend({ now: today + 3_600_000, rawHours: 1000 });
        const found = await postgres.answer('range', ask);
        const size = await postgres.answer('size', {});
        await postgres.close();
        expect(size).toMatchObject({ samples: kept.samples, oldestAt: kept.oldestAt });
        expect({ ...found, avg: [] }).toEqual({ ...expected, avg: [] });
        found.avg.forEach((avg, place) => expect(avg).toBeCloseTo(expected.avg[place] ?? NaN, 2));
        expect(expected.at.length).toBeGreaterThan(8);
      },
    );
  },
);
