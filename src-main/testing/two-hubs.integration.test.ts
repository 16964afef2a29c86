import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CommandLine } from './command-line.ts';
import type { Started } from './command-line.ts';
import { PostgresServer, noPostgres } from './postgres.ts';

interface Told {
  host: string;
  to: string;
  id: string;
  at: number;
}

describe.skipIf(noPostgres !== undefined)(
  `two hubs over one PostgreSQL${noPostgres === undefined ? '' : ` (${noPostgres})`}`,
  () => {
    let server: PostgresServer;
    let lines: CommandLine[];
    let receiver: Server;
    let told: Told[];

    beforeAll(async () => {
      server = await PostgresServer.start(['fsync=off']);
    });
    afterAll(() => server.close());
    beforeEach(async () => {
      lines = [new CommandLine(), new CommandLine()];
      told = [];
      receiver = createServer((request, response) => {
        let text = '';
        request.on('data', (part: Buffer) => (text += part.toString()));
        request.on('end', () => {
          told.push({ ...(JSON.parse(text) as Omit<Told, 'at'>), at: performance.now() });
          response.end();
        });
      });
      await new Promise<void>((ready) => receiver.listen(0, '127.0.0.1', ready));
    });
    afterEach(() => {
      for (const line of lines) line.close();
      receiver.closeAllConnections();
      receiver.close();
    });

    test.each([
      ['is killed', 'SIGKILL'],
      ['hangs', 'SIGSTOP'],
    ] as const)(
      'each evaluates a part of the hosts; when one %s, the other goes on within 15 s, and nothing is told twice',
      { timeout: 300_000 },
      async (_, signal) => {
        const { host, port, name, user } = await server.database();
        const { port: receiving } = receiver.address() as AddressInfo;
        const settings = {
          ...{ version: 1, sources: [], database: { host, port, name, user } },
          rules: [
            {
              ...{ id: 'long', name: 'Long', hosts: ['web-*'], source: 'queue', metric: 'length' },
              ...{ comparison: 'greater_than', threshold: 10, severity: 'warning', cooldownSeconds: 0 },
            },
          ],
          destinations: [
            {
              ...{ name: 'hook', kind: 'webhook', enabled: true, url: `http://127.0.0.1:${receiving}/` },
              body: '{"id":"{{message_id}}","host":"{{host}}","to":"{{state}}"}',
            },
          ],
        };
        const hubs: { started: Started; token: string }[] = [];
        for (const line of lines) {
          const file = join(line.home, 'plimsoll.yaml');
          writeFileSync(file, JSON.stringify(settings));
          const words = ['token', 'create', 'all', '--scope', 'ingest', '--data', line.data];
          const token = (await line.run(words)).out.trim();
          hubs.push({ started: await line.start(['--port', '0', '--config', file], {}, 'hub'), token });
        }
        const holders = async () =>
          (
            await server.sql(
              `SELECT count(*)::int AS shards FROM pg_locks WHERE locktype = 'advisory' AND classid = 1886153076 AND objid > 0
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY pid ORDER BY pid`,
              name,
            )
          ).map(({ shards }) => shards);
        await expect.poll(holders, { timeout: 60_000 }).toEqual([32, 32]);

        const names = Array.from({ length: 12 }, (_, index) => `web-${index}`);
        const post = async (which: number, of: string, value: number) => {
          const hub = hubs[which];
          const answer = await fetch(new URL('/api/v1/ingest', hub?.started.url), {
            method: 'POST',
            headers: { Authorization: `Bearer ${hub?.token}`, 'Content-Type': 'application/json' },
            body: JSON.stringify({
              ...{ host: of, intervalSeconds: 5, sentAt: new Date().toISOString() },
              samples: [{ source: 'queue', metric: 'length', value, at: Date.now() }],
            }),
          });
          const text = await answer.text();
          expect(answer.status, text).toBe(200);
        };
        const toldOf = (to: string) =>
          told
            .filter((one) => one.to === to)
            .map((one) => one.host)
            .sort();
        // History and evaluation begin side by side.
        for (const which of [0, 1])
          await expect
            .poll(() => post(which, `ready-${which}`, 0).then(() => true, String), { timeout: 60_000 })
            .toBe(true);
        // Whichever hub a host sends to: the one that has its shard evaluates it, and no other.
        for (let round = 0; round < 4; round++) {
          await Promise.all(names.map((of, index) => post((index + round) % 2, of, 50)));
          await pause(500);
        }
        await expect.poll(() => toldOf('firing'), { timeout: 20_000 }).toEqual([...names].sort());
        await pause(1500);

        hubs[0]?.started.child.kill(signal);
        const killed = performance.now();
        await expect
          .poll(
            async () => {
              await Promise.all(names.map((of) => post(1, of, 50)));
              return holders();
            },
            { timeout: 60_000, interval: 500 },
          )
          .toEqual([64]);
        await Promise.all(names.map((of) => post(1, of, 1)));
        await expect
          .poll(
            async () => {
              await Promise.all(names.map((of) => post(1, of, 1)));
              return toldOf('resolved');
            },
            { timeout: 30_000, interval: 500 },
          )
          .toEqual([...names].sort());
        const lastMs = Math.max(...told.map(({ at }) => at)) - killed;
        console.log(`two hubs: the other had evaluated all hosts ${Math.round(lastMs)} ms after ${signal}`);
        expect(lastMs).toBeLessThan(15_000);
        if (signal === 'SIGSTOP') {
          // What hung finds out that others went on, and takes a share again.
          hubs[0]?.started.child.kill('SIGCONT');
          await expect.poll(holders, { timeout: 60_000 }).toEqual([32, 32]);
          await expect
            .poll(() => post(0, 'ready-0', 0).then(() => true, String), { timeout: 60_000 })
            .toBe(true);
          for (let round = 0; round < 2; round++) {
            await Promise.all(names.map((of, index) => post((index + round) % 2, of, 1)));
            await pause(500);
          }
        }
        await pause(2000);
        expect(toldOf('firing')).toEqual([...names].sort());
        expect(toldOf('resolved')).toEqual([...names].sort());
        expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
        for (const hub of signal === 'SIGSTOP' ? hubs : hubs.slice(1)) {
          hub.started.child.kill('SIGTERM');
          expect((await hub.started.outcome).code).toBe(0);
        }
        expect(await holders()).toEqual([]);
      },
    );
  },
);
