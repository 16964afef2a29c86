import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FleetHost } from '../../contract/fleet.ts';
import type { SeriesPage } from '../../contract/history.ts';
import type { HostDetail } from '../../contract/host.ts';
import { CommandLine } from '../../testing/command-line.ts';
import { askOwner } from '../owner-api.ts';

let line: CommandLine;
beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

const data = () => ['--data', line.data];

it(
  'takes samples with a token that it made, shows the host, and ends in good order',
  { timeout: 120_000 },
  async () => {
    const made = await line.run([
      ...['token', 'create', 'web-1', '--scope', 'ingest', '--host', 'web-1', '--expires', '30d'],
      ...data(),
    ]);
    const token = made.out.trim();
    expect(token).toMatch(/^plim_[\w-]{43}$/);
    const { url, child, outcome } = await line.start(['--port', '0'], {}, 'hub');
    const post = (bearer: string, host: string) =>
      fetch(new URL('/api/v1/ingest', url), {
        method: 'POST',
        headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({
          host,
          samples: [{ source: 'cpu', metric: 'cpu_percent', value: 12.5, at: Date.now() }],
        }),
      });
    await expect.poll(async () => (await post(token, 'web-1')).status, { timeout: 60_000 }).toBe(200);
    expect((await post(token, 'web-2')).status).toBe(403);
    const host = (await askOwner(line.data, 'GET', '/api/v1/hosts/web-1')) as HostDetail;
    expect(host).toMatchObject({ state: 'online', address: '127.0.0.1' });
    expect(host.latest).toMatchObject([{ metric: 'cpu_percent', value: 12.5, unit: 'percent' }]);

    const listed = JSON.parse((await line.run(['token', 'list', '--json', ...data()])).out) as {
      tokens: { id: string; host: string; expiresAt: number; lastUsedAt: number }[];
    };
    const [view] = listed.tokens;
    expect(view).toMatchObject({ host: 'web-1', lastUsedAt: expect.any(Number) as number });
    const rotated = await line.run(['token', 'rotate', view?.id ?? '', '--overlap', '0', ...data()]);
    expect((await post(token, 'web-1')).status).toBe(401);
    expect((await post(rotated.out.trim(), 'web-1')).status).toBe(200);
    child.kill('SIGTERM');
    const ended = await outcome;
    expect(ended.code).toBe(0);
    expect(ended.out).toContain('/api/v1/ingest, 1 tokens of the scope ingest');
  },
);

it(
  'says what is wrong with the files that TLS needs, and does not start without it',
  { timeout: 90_000 },
  async () => {
    const pem = join(line.home, 'hub.pem');
    writeFileSync(pem, 'nonsense');
    const hub = (...words: string[]) => line.run(['hub', '--port', '0', ...words, ...data()]);
    const [alone, both] = await Promise.all([
      hub('--tls-cert', pem),
      hub('--tls-cert', pem, '--tls-key', pem),
    ]);
    expect(alone).toMatchObject({ code: 2, error: expect.stringContaining('--tls-key') as string });
    expect(both).toMatchObject({ code: 2, error: expect.stringContaining('belong together') as string });
  },
);

it(
  'lets a machine in by one line, sees it under its name and tags, and shuts it out when it is removed',
  { timeout: 180_000 },
  async () => {
    const { url } = await line.start(['--port', '0'], {}, 'hub');
    const words = ['host', 'enrol', "it's web-1", '--url', url.replace(/\/$/, ''), '--tags', 'production'];
    const { out, error } = await line.run([...words, ...data()]);
    expect(error).toContain("Type this on it's web-1 before ");
    expect(error).not.toContain('names:');
    const byName = await line.run(['host', 'enrol', 'x', '--url', 'http://hub.example.org:8888', ...data()]);
    expect(byName.error).toContain("hub: { names: ['hub.example.org:8888'] }");
    // Elsewhere this is in /usr/local/bin.
    const there = join(line.home, 'machine');
    mkdirSync(there);
    const main = join(import.meta.dirname, '..', 'main.ts');
    writeFileSync(join(there, 'plimsoll'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, {
      mode: 0o755,
    });
    const agent = spawn('sh', ['-c', `exec 2>&1; ${out}`], {
      cwd: there,
      env: {
        PATH: `${there}:${process.env['PATH']}`,
        HOME: there,
        AGENT_NAME: 'Web one',
        COLLECTION_INTERVAL: '1',
      },
      stdio: ['ignore', 'ignore', 'ignore'],
      detached: true,
    });
    try {
      const list = async (): Promise<FleetHost[]> => {
        const listed = await line.run(['host', 'list', '--json', ...data()]);
        // The hub's own machine has a row, too.
        return (JSON.parse(listed.out) as { hosts: FleetHost[] }).hosts.filter(({ isHub }) => !isHub);
      };
      await expect.poll(list, { timeout: 90_000, interval: 500 }).toMatchObject([
        {
          host: "it's web-1",
          standing: 'online',
          tags: ['production'],
          memory: { value: expect.any(Number) as number },
        },
      ]);
      expect((await line.run(['host', 'list', ...data()])).out).toMatch(/^it's web-1 +Web one +online /m);
      expect(statSync(join(there, 'plimsoll-token')).mode & 0o777).toBe(0o600);
      const token = readFileSync(join(there, 'plimsoll-token'), 'utf8').trim();
      expect(readFileSync(`/proc/${agent.pid}/cmdline`, 'utf8')).toContain('agent');
      const tagged = await line.run(['host', 'tag', "it's web-1", 'spare, frankfurt', ...data()]);
      expect(tagged.error).toBe("it's web-1 has the tags spare, frankfurt.\n");
      const removed = await line.run(['host', 'remove', "it's web-1", ...data()]);
      expect(removed.error).toBe("it's web-1 is removed, its history stays. Its token is revoked.\n");
      const post = await fetch(new URL('/api/v1/ingest', url), {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: '{}',
      });
      expect([post.status, await list()]).toEqual([401, []]);
      const series = (await askOwner(line.data, 'GET', '/api/v1/history/series')) as SeriesPage;
      expect(series.series.some(({ host }) => host === "it's web-1")).toBe(true);
    } finally {
      if (agent.pid !== undefined) process.kill(-agent.pid, 'SIGTERM');
    }
  },
);
