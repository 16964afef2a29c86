import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../base/clock.ts';
import type { Reading } from '../contract/sample.ts';
import { LinuxSystem } from './system/linux.ts';
import type { InterfaceCounters } from './system/system.ts';
import { sampleSource, takeSample } from './take-sample.ts';

/** Debian's own Python, for which the package python3-psutil installs; another Python on the PATH would not have it. */
const python = '/usr/bin/python3';
const missing = whyMissing();
const cases = join(import.meta.dirname, '../testing/proc');

/** Part of the load's command line, so that it can be watched. */
const marker = 'plimsoll-agrees';
const stoppedMarker = 'plimsoll-sleeps';

/** Measures with psutil over the given seconds, and sums the network as `psutil.net_io_counters()` does. */
const peer = `
import json, psutil, sys, time
print('begins', flush=True)
process = psutil.Process(int(sys.argv[2]))
process.cpu_percent()
psutil.cpu_percent(percpu=True)
before = psutil.net_io_counters()
nics_before = psutil.net_io_counters(pernic=True)
disks_before = psutil.disk_io_counters(perdisk=True)
started = time.monotonic()
cpu = psutil.cpu_percent(interval=float(sys.argv[1]))
elapsed = time.monotonic() - started
cores = psutil.cpu_percent(percpu=True)
after = psutil.net_io_counters()
nics = psutil.net_io_counters(pernic=True)
disks = psutil.disk_io_counters(perdisk=True)
memory = psutil.virtual_memory()
swap = psutil.swap_memory()
disk = psutil.disk_usage('/')
loads = psutil.getloadavg()
def rate(now, then, name): return (getattr(now, name) - getattr(then, name)) / elapsed
def labelled(metric, label, values): return {f'{metric} {label}={name}': value for name, value in values}
print(json.dumps({
    **labelled('cpu_core_percent', 'core', enumerate(cores)),
    **{f'load_{minutes}': load for minutes, load in zip((1, 5, 15), loads)},
    'swap_total': swap.total, 'swap_used': swap.used, 'swap_free': swap.free,
    **labelled('interface_bytes_recv_per_sec', 'interface', ((nic, rate(now, nics_before[nic], 'bytes_recv')) for nic, now in nics.items())),
    **labelled('interface_packets_sent_per_sec', 'interface', ((nic, rate(now, nics_before[nic], 'packets_sent')) for nic, now in nics.items())),
    **labelled('interface_bytes_sent_per_sec', 'interface', ((nic, rate(now, nics_before[nic], 'bytes_sent')) for nic, now in nics.items())),
    **labelled('interface_packets_recv_per_sec', 'interface', ((nic, rate(now, nics_before[nic], 'packets_recv')) for nic, now in nics.items())),
    **labelled('interface_errors_per_sec', 'interface', ((nic, rate(now, nics_before[nic], 'errin') + rate(now, nics_before[nic], 'errout')) for nic, now in nics.items())),
    **labelled('disk_read_bytes_per_sec', 'device', ((name, rate(now, disks_before[name], 'read_bytes')) for name, now in disks.items())),
    **labelled('disk_writes_per_sec', 'device', ((name, rate(now, disks_before[name], 'write_count')) for name, now in disks.items())),
    **labelled('disk_reads_per_sec', 'device', ((name, rate(now, disks_before[name], 'read_count')) for name, now in disks.items())),
    **labelled('disk_written_bytes_per_sec', 'device', ((name, rate(now, disks_before[name], 'write_bytes')) for name, now in disks.items())),
    'boot_time': psutil.boot_time(), 'process_count_total': len(psutil.pids()),
    'process_zombies': sum(1 for each in psutil.process_iter(['status']) if each.info['status'] == psutil.STATUS_ZOMBIE),
    'process_status process=*plimsoll-agrees*': {psutil.STATUS_RUNNING: 1, psutil.STATUS_SLEEPING: 2, psutil.STATUS_DISK_SLEEP: 3}[process.status()],
    'process_status process=*plimsoll-sleeps*': {psutil.STATUS_RUNNING: 1, psutil.STATUS_SLEEPING: 2, psutil.STATUS_STOPPED: 4}[psutil.Process(int(sys.argv[3])).status()],
    'process_cpu_percent process=*plimsoll-agrees*': process.cpu_percent(),
    'process_memory_bytes process=*plimsoll-agrees*': process.memory_info().rss,
    'process_threads process=*plimsoll-agrees*': process.num_threads(),
    'process_open_files process=*plimsoll-agrees*': process.num_fds(),
    'process_started_at process=*plimsoll-agrees*': process.create_time(),
    **{f'{metric} mount={mount}': value for mount in sys.argv[4:] for metric, value in zip(('mount_percent', 'mount_total_gb', 'mount_free_gb'), (lambda usage: (usage.percent, usage.total / 2**30, usage.free / 2**30))(psutil.disk_usage(mount)))},

    'cpu_percent': cpu,
    'memory_percent': memory.percent, 'memory_total': memory.total,
    'memory_used': memory.used, 'memory_available': memory.available, 'memory_free': memory.free,
    'disk_percent': disk.percent, 'disk_total_gb': disk.total / 2**30, 'disk_used_gb': disk.used / 2**30, 'disk_free_gb': disk.free / 2**30,
    'bytes_sent_per_sec': (after.bytes_sent - before.bytes_sent) / elapsed,
    'bytes_recv_per_sec': (after.bytes_recv - before.bytes_recv) / elapsed,
}))`;

const fakeProcesses = `
import json, psutil, sys
psutil.PROCFS_PATH = sys.argv[1]
statuses = {'running': 'running', 'sleeping': 'sleeping', 'idle': 'sleeping', 'disk-sleep': 'blocked', 'stopped': 'stopped', 'tracing-stop': 'stopped', 'zombie': 'zombie'}
def facts(process):
    times = process.cpu_times()
    return [statuses.get(process.status()), round((times.user + times.system) * 1000), process.create_time()]
print(json.dumps({str(process.pid): facts(process) for process in map(psutil.Process, psutil.pids()) if process.status() != 'dead'}))`;

const fakeTrees = `
import json, psutil, sys, warnings
warnings.simplefilter('ignore')
psutil.PROCFS_PATH = sys.argv[1]
memory = psutil.virtual_memory()
network = psutil.net_io_counters(nowrap=False)
times = psutil.cpu_times()
print(json.dumps({
    'memory': [memory.total, memory.available, memory.used, memory.free],
    'network': [network.bytes_recv, network.bytes_sent, network.packets_recv, network.packets_sent, network.errin + network.errout, network.dropin + network.dropout] if network else [0] * 6,
    'busyShare': psutil._cpu_busy_time(times) / psutil._cpu_tot_time(times),
}))`;

describe.skipIf(missing !== null)(
  `agrees with psutil${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    test('over the same five seconds, under a steady load', { timeout: 30_000 }, async () => {
      // Keeps one core busy for longer than the comparison takes; ends by itself.
      const load = spawn(
        process.execPath,
        [
          '-e',
          'console.log("begins"); const end = Date.now() + 9000; while (Date.now() < end);',
          '--',
          marker,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      onTestFinished(() => void load.kill('SIGKILL'));
      await once(load.stdout, 'data');

      const system = new LinuxSystem();
      onTestFinished(() => system.close());
      const mounted = system.mounts().map(({ path }) => path);
      const stopped = spawn(process.execPath, ['-e', 'setInterval(() => {}, 9000)', '--', stoppedMarker]);
      onTestFinished(() => void stopped.kill('SIGKILL'));
      await once(stopped, 'spawn');
      stopped.kill('SIGSTOP');
      const psutil = spawn(python, ['-c', peer, '5', String(load.pid), String(stopped.pid), ...mounted], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void psutil.kill('SIGKILL'));
      const lines = createInterface(psutil.stdout)[Symbol.asyncIterator]();
      expect((await lines.next()).value).toBe('begins');
      const surroundings = { seconds: 5, host: 'here', clock: systemClock };
      const watching = {
        name: 'watched',
        kind: 'processes',
        options: { watch: [`*${marker}*`, `*${stoppedMarker}*`], top: 5, topDetails: false },
        secrets: {},
      };
      const [line, taken, watched] = await Promise.all([
        lines.next(),
        takeSample(surroundings),
        sampleSource(watching, system, surroundings),
      ]);
      const readings = [...taken, watched];
      const theirs = JSON.parse(String(line.value)) as Record<string, number>;
      const ours = valuesOf(readings);

      expect(readings.map(({ error }) => error)).toEqual(readings.map(() => null));
      const apart = (metric: string) => Math.abs((ours[metric] ?? NaN) - (theirs[metric] ?? NaN));
      expect(apart('cpu_percent'), JSON.stringify({ ours, theirs })).toBeLessThanOrEqual(3);
      expect(ours['cpu_percent']).toBeGreaterThan(10);
      expect(apart('memory_percent')).toBeLessThanOrEqual(1);
      expect(ours['memory_total']).toBe(theirs['memory_total']);
      for (const metric of ['memory_used', 'memory_available', 'memory_free'])
        expect(apart(metric), metric).toBeLessThanOrEqual(0.01 * (theirs['memory_total'] ?? NaN));
      expect(apart('disk_percent')).toBeLessThanOrEqual(1);
      for (const metric of ['disk_total_gb', 'disk_used_gb', 'disk_free_gb']) {
        expect(apart(metric), metric).toBeLessThanOrEqual(0.1);
      }
      // The two spans differ by milliseconds, and traffic comes in bursts.
      for (const metric of ['bytes_sent_per_sec', 'bytes_recv_per_sec']) {
        expect(apart(metric), metric).toBeLessThanOrEqual(0.5 * (theirs[metric] ?? NaN) + 20_000);
      }

      const agree = (beginning: string, tolerance: (theirs: number) => number) => {
        const names = Object.keys(theirs).filter((name) => name.startsWith(beginning));
        expect(names, beginning).not.toEqual([]);
        for (const name of names) {
          const words = `${name}: ${ours[name] ?? 'absent'}, psutil ${theirs[name] ?? 'absent'}`;
          expect(apart(name), words).toBeLessThanOrEqual(tolerance(theirs[name] ?? NaN));
        }
      };
      agree('cpu_core_percent', () => 6);
      // The kernel updates them every five seconds.
      agree('load_', (load) => 0.3 + 0.1 * load);
      agree('swap_', () => 4 * 2 ** 20);
      agree('interface_bytes_recv_per_sec', (rate) => 0.5 * rate + 20_000);
      agree('interface_bytes_sent_per_sec', (rate) => 0.5 * rate + 20_000);
      agree('interface_packets_sent_per_sec', (rate) => 0.5 * rate + 30);
      agree('interface_packets_recv_per_sec', (rate) => 0.5 * rate + 30);
      agree('interface_errors_per_sec', (rate) => 0.5 * rate + 1);
      agree('boot_time', () => 1);
      agree('process_count_total', (count) => 5 + 0.05 * count);
      agree('mount_percent', () => 1);
      agree('mount_total_gb', () => 0.001);
      agree('mount_free_gb', () => 0.1);
      agree('process_cpu_percent', () => 6);
      agree('process_memory_bytes', (bytes) => 0.02 * bytes);
      agree('process_threads', () => 0);
      agree('process_open_files', () => 0);
      agree('process_started_at', () => 1);
      agree('process_zombies', () => 3);
      agree('process_status', () => 0);
      // psutil also reports partitions, which we leave out.
      for (const [metric, slack] of [
        ['disk_read_bytes_per_sec', 500_000],
        ['disk_written_bytes_per_sec', 500_000],
        ['disk_reads_per_sec', 50],
        ['disk_writes_per_sec', 50],
      ] as const) {
        const devices = Object.keys(ours).filter((name) => name.startsWith(metric));
        expect(devices, metric).not.toEqual([]);
        expect(devices.filter((name) => theirs[name] === undefined)).toEqual([]);
        for (const name of devices)
          expect(apart(name), name).toBeLessThanOrEqual(0.5 * (theirs[name] ?? NaN) + slack);
      }
    });

    test('on fake processes in every status', async () => {
      const root = join(cases, 'every-status');
      const { stdout } = await promisify(execFile)(python, ['-c', fakeProcesses, root]);
      const system = new LinuxSystem(root);
      onTestFinished(() => system.close());
      const { processes } = system.processes();
      const ours = processes.map(({ pid, status, cpuMs, startedAt }) => [pid, [status, cpuMs, startedAt]]);
      expect(Object.fromEntries(ours)).toEqual(JSON.parse(stdout));
    });

    /** psutil expects more columns in /proc/stat than kernels without MemAvailable had. */
    const readable = readdirSync(cases).filter(
      (name) =>
        name !== 'old-kernel' &&
        ['stat', 'meminfo', 'net/dev'].every((file) => existsSync(join(cases, name, file))) &&
        ['cpuTimes', 'memory', 'networkCounters'].every((part) => isRead(name, part)),
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
      const sumOf = (of: (counters: InterfaceCounters) => number) =>
        counters.reduce((sum, each) => sum + of(each), 0);
      const sums = [
        sumOf(({ receivedBytes }) => receivedBytes),
        sumOf(({ sentBytes }) => sentBytes),
        sumOf(({ packets }) => packets?.received ?? NaN),
        sumOf(({ packets }) => packets?.sent ?? NaN),
        sumOf(({ packets }) => packets?.errors ?? NaN),
        sumOf(({ packets }) => packets?.drops ?? NaN),
      ];
      expect(sums).toEqual(theirs.network);
    });
  },
);

function isRead(name: string, part: string): boolean {
  const expected = JSON.parse(readFileSync(join(cases, name, 'expected.json'), 'utf8')) as Record<
    string,
    object
  >;
  return expected[part] !== undefined && !('error' in expected[part]);
}

function valuesOf(readings: readonly Reading[]): Record<string, number> {
  return Object.fromEntries(
    readings.flatMap(({ samples }) =>
      samples.map(({ metric, labels, value }) => {
        const distinction = Object.entries(labels).map(([name, label]) => ` ${name}=${label}`);
        return [`${metric}${distinction.join('')}`, value] as const;
      }),
    ),
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
