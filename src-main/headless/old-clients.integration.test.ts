import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CommandLine } from '../testing/command-line.ts';

const prometheus = '/usr/bin/prometheus';
const line = new CommandLine();
const tokens = { ingest: '', read: '', admin: '' };
let address = '';

beforeAll(async () => {
  for (const scope of ['ingest', 'read', 'admin'] as const) {
    const { out } = await line.run(['token', 'create', scope, '--scope', scope, '--data', line.data]);
    tokens[scope] = out.trim().split(/\s/).at(-1) ?? '';
  }
  const { url } = await line.start(['--port', '0'], {}, 'hub');
  address = url.replace(/\/$/, '');
  // The history is ready shortly after the address is printed.
  const probe = () =>
    fetch(`${address}/api/v1/ingest`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${tokens.ingest}` },
      body: JSON.stringify({
        host: 'probe',
        samples: [{ source: 's', metric: 'm', value: 1, at: Date.now() }],
      }),
    });
  await vi.waitFor(async () => expect((await probe()).status).toBe(200), { timeout: 60_000, interval: 100 });
}, 120_000);
afterAll(() => line.close());

/** Runs one of the clients to its end: it checks the answers itself. */
async function client(name: string, ...words: string[]): Promise<string> {
  const path = fileURLToPath(new URL(`../testing/old-clients/${name}.py`, import.meta.url));
  const { stdout } = await promisify(execFile)('/usr/bin/python3', [path, address, ...words]);
  return stdout.trim();
}

test('the resource monitor sends and its dashboard reads', async () => {
  expect(await client('resource_monitoring', tokens.ingest, tokens.read)).toBe('done');
});

test('an agent of the monitoring platform reports, and is listed', async () => {
  expect(await client('monitoring_platform', tokens.admin)).toBe('done');
});

test('the monitoring server is replaced route by route', async () => {
  expect(await client('monitoring_server', tokens.ingest, tokens.admin)).toBe('done');
});

test.skipIf(!existsSync(prometheus))(
  'a Prometheus writes what it scrapes (Debian: prometheus)',
  { timeout: 120_000 },
  async () => {
    const scraped = createServer((_, answer) => {
      answer.setHeader('Content-Type', 'text/plain; version=0.0.4').end('queue_length 42\n');
    }).listen(0, '127.0.0.1');
    await once(scraped, 'listening');
    const { port } = scraped.address() as AddressInfo;
    const file = join(line.home, 'prometheus.yml');
    writeFileSync(
      file,
      `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
    relabel_configs: [{ target_label: instance, replacement: 'web-9:9100' }]
remote_write:
  - url: ${address}/api/v1/write
    authorization: { credentials: ${tokens.ingest} }
    queue_config: { batch_send_deadline: 500ms }
`,
    );
    const flags = [`--config.file=${file}`, '--web.listen-address=127.0.0.1:0', '--enable-feature=agent'];
    const storage = `--storage.agent.path=${join(line.home, 'prometheus')}`;
    const child = spawn(prometheus, [...flags, storage], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    try {
      const get = async (path: string): Promise<unknown> =>
        (await fetch(address + path, { headers: { Authorization: `Bearer ${tokens.read}` } })).json();
      const name = encodeURIComponent('queue_length{instance=web-9:9100}');
      const path = `/fetch/history/web-9/${name}`;
      await expect
        .poll(() => get(path), { timeout: 60_000, interval: 500 })
        .toMatchObject([{ value: 42 }, { value: 42 }, { value: 42 }]);
      expect(await get('/api/v1/hosts/web-9')).toMatchObject({ state: 'online' });
    } finally {
      child.kill('SIGTERM');
      await ended;
      scraped.close();
    }
  },
);
