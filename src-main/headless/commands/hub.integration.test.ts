import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
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
