import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../base/clock.ts';
import type { Reading } from '../contract/sample.ts';
import { LinuxSystem } from './system/linux.ts';
import { takeSample } from './take-sample.ts';

/** Debian's own Python, for which the package python3-psutil installs; another on the PATH would not have it. */
const python = '/usr/bin/python3';
const missing = whyMissing();
const cases = join(import.meta.dirname, '../testing/proc');

/** Measures as S0 did, over the seconds given, and sums up the network as `psutil.net_io_counters()` does. */
const peer = `
import json, psutil, sys, time
print('begins', flush=True)
before = psutil.net_io_counters()
started = time.monotonic()
cpu = psutil.cpu_percent(interval=float(sys.argv[1]))
elapsed = time.monotonic() - started
after = psutil.net_io_counters()
memory = psutil.virtual_memory()
disk = psutil.disk_usage('/')
print(json.dumps({
    'cpu_percent': cpu,
    'memory_percent': memory.percent, 'memory_total': memory.total,
    'disk_percent': disk.percent, 'disk_total_gb': disk.total / 2**30, 'disk_used_gb': disk.used / 2**30, 'disk_free_gb': disk.free / 2**30,
    'bytes_sent_per_sec': (after.bytes_sent - before.bytes_sent) / elapsed,
    'bytes_recv_per_sec': (after.bytes_recv - before.bytes_recv) / elapsed,
}))`;

const fakeTrees = `
import json, psutil, sys, warnings
warnings.simplefilter('ignore')
psutil.PROCFS_PATH = sys.argv[1]
memory = psutil.virtual_memory()
network = psutil.net_io_counters(nowrap=False)
times = psutil.cpu_times()
print(json.dumps({
    'memory': [memory.total, memory.available, memory.used, memory.free],
    'network': [network.bytes_recv, network.bytes_sent] if network else [0, 0],
    'busyShare': psutil._cpu_busy_time(times) / psutil._cpu_tot_time(times),
}))`;

describe.skipIf(missing !== null)(
  `agrees with psutil${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    test('over the same five seconds, under a steady load', { timeout: 30_000 }, async () => {
      // One core busy for longer than the comparison takes; it ends by itself.
      const load = spawn(
        process.execPath,
        ['-e', 'console.log("begins"); const end = Date.now() + 9000; while (Date.now() < end);'],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      onTestFinished(() => void load.kill('SIGKILL'));
      await once(load.stdout, 'data');

      const psutil = spawn(python, ['-c', peer, '5'], { stdio: ['ignore', 'pipe', 'inherit'] });
      onTestFinished(() => void psutil.kill('SIGKILL'));
      const lines = createInterface(psutil.stdout)[Symbol.asyncIterator]();
      expect((await lines.next()).value).toBe('begins');
      const [line, readings] = await Promise.all([
        lines.next(),
        takeSample({ seconds: 5, host: 'here', clock: systemClock }),
      ]);
      const theirs = JSON.parse(String(line.value)) as Record<string, number>;
      const ours = valuesOf(readings);

      expect(readings.map(({ error }) => error)).toEqual(readings.map(() => null));
      const apart = (metric: string) => Math.abs((ours[metric] ?? NaN) - (theirs[metric] ?? NaN));
      expect(apart('cpu_percent'), JSON.stringify({ ours, theirs })).toBeLessThanOrEqual(3);
      expect(ours['cpu_percent']).toBeGreaterThan(10);
      expect(apart('memory_percent')).toBeLessThanOrEqual(1);
      expect(ours['memory_total']).toBe(theirs['memory_total']);
      expect(apart('disk_percent')).toBeLessThanOrEqual(1);
      for (const metric of ['disk_total_gb', 'disk_used_gb', 'disk_free_gb']) {
        expect(apart(metric), metric).toBeLessThanOrEqual(0.1);
      }
      // The two spans are not the same to the millisecond, and traffic comes in bursts.
      for (const metric of ['bytes_sent_per_sec', 'bytes_recv_per_sec']) {
        expect(apart(metric), metric).toBeLessThanOrEqual(0.5 * (theirs[metric] ?? NaN) + 20_000);
      }
    });

    /** psutil wants more columns of /proc/stat than the kernels had that lack MemAvailable. */
    const readable = readdirSync(cases).filter(
      (name) =>
        name !== 'old-kernel' &&
        !readFileSync(join(cases, name, 'expected.json'), 'utf8').includes('"error"'),
    );
    test.each(readable)('on the fake /proc of %s', async (name) => {
      const root = join(cases, name);
      const answer = await promisify(execFile)(python, ['-c', fakeTrees, root]);
      const system = new LinuxSystem(root);
      onTestFinished(() => system.close());
      const { total, available, used, free } = system.memory();
      const times = system.cpuTimes();
      const theirs = JSON.parse(answer.stdout) as { memory: number[]; network: number[]; busyShare: number };
      expect([total, available, used, free]).toEqual(theirs.memory);
      expect(times.busy / times.total).toBeCloseTo(theirs.busyShare, 9);
      const counters = system.networkCounters();
      const sums = [
        counters.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0),
        counters.reduce((sum, { sentBytes }) => sum + sentBytes, 0),
      ];
      expect(sums).toEqual(theirs.network);
    });
  },
);

function valuesOf(readings: readonly Reading[]): Record<string, number> {
  return Object.fromEntries(
    readings.flatMap(({ samples }) => samples.map(({ metric, value }) => [metric, value] as const)),
  );
}

function whyMissing(): string | null {
  if (process.platform !== 'linux') return 'compares on Linux only';
  try {
    execFileSync(python, ['-c', 'import psutil'], { stdio: 'ignore' });
    return null;
  } catch {
    return `${python} has no psutil; install Debian's python3-psutil`;
  }
}
