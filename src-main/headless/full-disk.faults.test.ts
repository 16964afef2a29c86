import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Delivery } from '../contract/delivery.ts';
import { systemCodeOf } from '../contract/error.ts';
import type { Status } from '../contract/status.ts';
import { CommandLine } from '../testing/command-line.ts';
import { askOwner } from './owner-api.ts';

let line: CommandLine;
let mounted = false;

beforeEach(() => {
  line = new CommandLine();
  mkdirSync(line.data);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'tmpfs', line.data], {
      stdio: 'ignore',
    });
    mounted = true;
  } catch {
    // Not available on this system, or to this user.
  }
});
afterEach(() => {
  if (mounted) execFileSync('umount', ['-l', line.data]);
  mounted = false;
  line.close();
});

function configure(threshold: 0 | 100): void {
  const rule = {
    id: 'memory-used',
    name: 'Memory in use',
    source: 'memory',
    metric: 'memory_percent',
    comparison: 'greater_than',
    threshold,
    consecutiveViolations: 2,
  };
  const destination = { kind: 'file', formats: ['json'], onResolve: true };
  const settings = {
    version: 1,
    sources: [{ name: 'memory', kind: 'memory', intervalSeconds: 0.2 }],
    rules: [rule],
    destinations: [
      { ...destination, name: 'on it', directory: join(line.data, 'exports') },
      { ...destination, name: 'elsewhere', directory: join(line.home, 'exports') },
    ],
    monitoring: { checkIntervalSeconds: 0.1, logMetricsSeconds: 1 },
  };
  writeFileSync(join(line.home, 'plimsoll.yaml'), JSON.stringify(settings));
}

let filled = 0;

/** Fills the disk completely, except for `but` bytes. */
function fill(but = 0): void {
  const { bavail, bsize } = statfsSync(line.data);
  const sizes = [Math.max(0, bavail * bsize - but), ...(but === 0 ? Array<number>(64).fill(4096) : [])];
  for (const bytes of sizes) {
    try {
      writeFileSync(join(line.data, `filler-${++filled}`), Buffer.alloc(bytes));
    } catch (thrown) {
      if (systemCodeOf(thrown) !== 'ENOSPC') throw thrown;
    }
  }
}

function makeRoom(): void {
  for (const name of readdirSync(line.data)) {
    if (name.startsWith('filler-')) rmSync(join(line.data, name));
  }
}

const status = async () => (await askOwner(line.data, 'GET', '/api/v1/status')) as Status;
const firing = async () => (await status()).alerts.length;
const notices = async () => (await status()).notices.map(({ id }) => id);
const exportsIn = (directory: string) =>
  readdirSync(join(directory, 'exports')).filter((name) => name.endsWith('.json')).length;

it('a full disk: alerts go on, the state says so, nothing due is lost, and it recovers by itself', async (context) => {
  if (!mounted) context.skip('needs the right to mount a small file system');
  const soon = { timeout: 10_000 };
  configure(0);
  const words = ['--port', '0', '--config', join(line.home, 'plimsoll.yaml')];
  const first = await line.start(words);
  await expect.poll(firing, soon).toBe(1);
  await expect.poll(() => exportsIn(line.home), soon).toBe(1);
  const { token } = (await askOwner(line.data, 'POST', '/api/v1/tokens', { name: 't', scope: 'read' })) as {
    token: string;
  };

  await expect
    .poll(() => {
      // Fills the space that the ballast releases, too.
      fill();
      return notices();
    }, soon)
    .toContain('state');
  configure(100);
  await expect.poll(firing, soon).toBe(0);
  configure(0);
  await expect.poll(firing, soon).toBe(1);
  const answer = await fetch(`${first.url}api/v1/status`, { headers: { Authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);

  makeRoom();
  await expect.poll(notices, { timeout: 20_000 }).not.toContain('state');
  for (const directory of [line.data, line.home]) await expect.poll(() => exportsIn(directory), soon).toBe(3);
  const deliveries = (await askOwner(line.data, 'GET', '/api/v1/deliveries')) as Delivery[];
  expect(deliveries.map(({ state }) => state)).toEqual(Array(6).fill('sent'));
  first.child.kill('SIGTERM');
  expect((await first.outcome).code).toBe(0);

  // A service that is restarted while the disk is full still watches.
  fill();
  const second = await line.start(words);
  await expect.poll(firing, soon).toBe(1);
  second.child.kill('SIGTERM');
  expect((await second.outcome).code).toBe(0);
});
