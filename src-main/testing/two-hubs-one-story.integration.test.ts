import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Alert } from '../contract/alert.ts';
import { askOwner } from '../headless/owner-api.ts';
import { CommandLine } from './command-line.ts';
import type { Started } from './command-line.ts';
import { PostgresServer, noPostgres } from './postgres.ts';

describe.skipIf(noPostgres !== undefined)(
  `what two hubs over one PostgreSQL show${noPostgres === undefined ? '' : ` (${noPostgres})`}`,
  () => {
    let server: PostgresServer;
    let lines: CommandLine[];
    let hubs: { started: Started; token: string; data: string }[];

    beforeEach(async () => {
      server = await PostgresServer.start(['fsync=off']);
      lines = [new CommandLine(), new CommandLine()];
      hubs = [];
      const { host, port, name, user } = await server.database();
      for (const line of lines) {
        const settings = {
          ...{ version: 1, sources: [], database: { host, port, name, user }, destinations: [] },
          rules: [
            {
              ...{ id: 'long', name: 'Long', hosts: ['web-*'], source: 'queue', metric: 'length' },
              ...{ comparison: 'greater_than', threshold: 10, severity: 'warning', cooldownSeconds: 0 },
            },
          ],
        };
        const file = join(line.home, 'plimsoll.yaml');
        writeFileSync(file, JSON.stringify(settings));
        const words = ['token', 'create', 'all', '--scope', 'ingest', '--data', line.data];
        const token = (await line.run(words)).out.trim();
        const started = await line.start(['--port', '0', '--config', file], {}, 'hub');
        hubs.push({ started, token, data: line.data });
      }
    }, 240_000);
    afterEach(async () => {
      for (const line of lines) line.close();
      await server.close();
    });

    const post = async (which: number, of: string, value: number) => {
      const hub = hubs[which];
      const answer = await fetch(new URL('/api/v1/ingest', hub?.started.url), {
        method: 'POST',
        headers: { Authorization: `Bearer ${hub?.token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({
          ...{ host: of, intervalSeconds: 60, sentAt: new Date().toISOString() },
          samples: [{ source: 'queue', metric: 'length', value, at: Date.now() }],
        }),
      });
      expect(answer.status, await answer.text()).toBe(200);
    };
    const own = (which: number, method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) =>
      askOwner(hubs[which]?.data ?? '', method, `/api/v1/${path}`, body);
    const alerts = async (which: number, state: string) =>
      ((await own(which, 'GET', `alerts?state=${state}&limit=100`)) as Alert[])
        .map(({ id, series }) => `${series.host} ${id}`)
        .sort();
    const firing = async (which: number) =>
      ((await own(which, 'GET', 'status')) as { alerts: Alert[] }).alerts;
    const within = { timeout: 30_000, interval: 300 };

    test(
      'alerts, acknowledgements, snoozes, tags and removals are the same at each, also after the database was away',
      { timeout: 400_000 },
      async () => {
        const names = ['web-0', 'web-1', 'web-2', 'web-3', 'web-4', 'web-5'];
        for (const which of [0, 1])
          await expect
            .poll(() => post(which, `ready-${which}`, 0).then(() => true, String), { timeout: 90_000 })
            .toBe(true);
        // Each host is known to both.
        for (const which of [0, 1]) for (const of of names) await post(which, of, 1);
        for (const of of names) await post(0, of, 50);
        await expect.poll(async () => (await alerts(0, 'firing')).length, within).toBe(6);
        await expect.poll(() => alerts(1, 'firing'), within).toEqual(await alerts(0, 'firing'));
        await expect.poll(async () => (await firing(1)).length, within).toBe(6);

        // Whoever evaluates them, both hubs are told at the one and the other.
        const all = await firing(0);
        expect(all).toHaveLength(6);
        for (const [index, { id }] of all.entries()) {
          const at = index % 2;
          if (index < 3) await own(at, 'POST', `alerts/${id}/acknowledge`, { note: `by ${at}` });
          else await own(at, 'POST', `alerts/${id}/snooze`, { until: null });
        }
        const marks = async (which: number) =>
          (await firing(which))
            .map(({ id, note, acknowledgedAt, snoozedUntilResolved }) =>
              [id, note, acknowledgedAt !== null, snoozedUntilResolved === true].join(' '),
            )
            .sort();
        const wanted = all
          .map(({ id }, index) => [id, index < 3 ? `by ${index % 2}` : null, index < 3, index >= 3].join(' '))
          .sort();
        for (const which of [0, 1]) await expect.poll(() => marks(which), within).toEqual(wanted);

        await own(0, 'PUT', 'hosts/web-0/tags', { tags: ['production'] });
        await own(1, 'PUT', 'hosts/web-1/tags', { tags: ['spare'] });
        const tags = async (which: number) => {
          const hosts = (await own(which, 'GET', 'hosts')) as { host: string; ownerTags: string[] }[];
          return Object.fromEntries(
            hosts
              .filter(({ ownerTags }) => ownerTags.length > 0)
              .map(({ host, ownerTags }) => [host, ownerTags]),
          );
        };
        for (const which of [0, 1])
          await expect
            .poll(() => tags(which), within)
            .toEqual({ 'web-0': ['production'], 'web-1': ['spare'] });

        // Removed at either: it is gone at both, with its alerts.
        await own(0, 'DELETE', 'hosts/web-2');
        await own(1, 'DELETE', 'hosts/web-3');
        const left = names.filter((of) => of !== 'web-2' && of !== 'web-3');
        const known = async (which: number) =>
          ((await own(which, 'GET', 'hosts')) as { host: string }[])
            .map(({ host }) => host)
            .filter((host) => host.startsWith('web-'))
            .sort();
        for (const which of [0, 1]) {
          await expect.poll(() => known(which), within).toEqual(left);
          await expect.poll(async () => (await firing(which)).length, within).toBe(4);
        }

        await server.halt();
        await own(0, 'PUT', 'hosts/web-4/tags', { tags: ['while-away'] });
        await server.run();
        for (const which of [0, 1])
          await expect
            .poll(() => tags(which), { timeout: 60_000, interval: 500 })
            .toEqual({ 'web-0': ['production'], 'web-1': ['spare'], 'web-4': ['while-away'] });
        for (const which of [0, 1])
          await expect.poll(async () => (await firing(which)).length, { timeout: 60_000 }).toBe(4);

        // What is over is over at both, once. What came before a hub had its shards again is not judged; what comes next is.
        for (const which of [0, 1])
          await expect
            .poll(
              async () => {
                for (const of of left) await post(1, of, 1).catch(() => undefined);
                return alerts(which, 'firing');
              },
              { timeout: 60_000, interval: 1000 },
            )
            .toEqual([]);
        const past = await alerts(0, 'resolved');
        expect(past).toHaveLength(6);
        await expect.poll(() => alerts(1, 'resolved'), within).toEqual(past);
      },
    );
  },
);
