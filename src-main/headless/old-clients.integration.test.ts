import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CommandLine } from '../testing/command-line.ts';

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
  // History says that it is ready a little after the address is printed.
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

/** Runs one of the clients to its end: it checks by itself what it is answered. */
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
