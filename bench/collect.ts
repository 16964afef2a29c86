/**
 * What watching costs: Plimsoll at 1 s, 100 rules and history, beside peers that look at the same machine at the same time:
 * `npm run bench:collect`, or `node bench/collect.ts SECONDS WARM-UP`. Peers are a loop over psutil, a bare Node that shows what the
 * work itself costs, and glances, collectd and netdata where they are installed (Debian: `apt-get install python3-psutil glances
 * collectd-core netdata-core`). Needs Linux (`/proc`) and a built checkout.
 *
 * Everything runs in one window, each program with all that it started: processor time of the tree, its children that
 * ended included, from `/proc/PID/stat` (proc(5)). The clock ticks at 10 ms: short windows are coarse.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pssOf, treeOf } from './process-tree.ts';

const program = join(import.meta.dirname, '..', 'dist', 'plimsoll.mjs');
const bareLoop = join(import.meta.dirname, 'collect', 'bare-loop.ts');
const windowSeconds = Number(process.argv[2] ?? 60);
/** By then the code that runs each tick has been compiled, which people who keep Plimsoll for years pay for once. */
const warmUpSeconds = Number(process.argv[3] ?? 120);
const clockTicksPerSecond = 100;
/** Debian's own, for which python3-psutil is installed. */
const python = '/usr/bin/python3';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));

/** What the peers look at, too. */
const kinds = ['cpu', 'memory', 'mounts', 'network', 'disk-io', 'connections', 'processes'];

/** These kinds each second, and 100 rules that do not fire: judged at every sample, with a count. */
function settingsFile(): string {
  const sources = kinds.map((kind) => ({ name: kind, kind, intervalSeconds: 1 }));
  const metrics = ['cpu_percent', 'load_1', 'load_5', 'load_15'];
  const rules = Array.from({ length: 100 }, (_, index) => ({
    id: `rule-${index}`,
    name: `Rule ${index}`,
    source: 'cpu',
    metric: metrics[index % metrics.length],
    comparison: 'greater_than',
    threshold: 1_000_000 + index,
    consecutiveViolations: 3,
  }));
  const path = join(folder, 'settings.yaml');
  const monitoring = { checkIntervalSeconds: 1 };
  // JSON is YAML, too.
  writeFileSync(path, JSON.stringify({ version: 1, sources, rules, destinations: [], monitoring }));
  return path;
}

const psutilLoop = (connections: boolean) => `
import psutil, time
while True:
    psutil.cpu_percent(percpu=True); psutil.getloadavg(); psutil.virtual_memory(); psutil.swap_memory()
    for part in psutil.disk_partitions(): psutil.disk_usage(part.mountpoint)
    psutil.disk_io_counters(perdisk=True); psutil.net_io_counters(pernic=True)
    for process in psutil.process_iter(['name', 'cpu_percent', 'memory_info']): pass
    ${connections ? 'psutil.net_connections()' : 'pass'}
    time.sleep(1)`;

const collectdSettings = `Interval 1
BaseDir "${folder}"
PIDFile "${folder}/collectd.pid"
${['cpu', 'memory', 'swap', 'df', 'disk', 'interface', 'load', 'processes', 'tcpconns', 'csv'].map((plugin) => `LoadPlugin ${plugin}`).join('\n')}
<Plugin csv>
  DataDir "${folder}/csv"
</Plugin>
`;

const psutilVersion = [python, '-c', 'import psutil; print(psutil.__version__)'];

function versionOf([command = '', ...words]: string[]): string {
  const { stdout } = spawnSync(command, words, { encoding: 'utf8' });
  return /\d+\.\d+[\d.]*/.exec(stdout)?.[0] ?? 'unknown version';
}

function installed(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
}

interface Contestant {
  name: string;
  /** Prints its version. */
  version: string[];
  command: string;
  words: string[];
}

function contestants(): Contestant[] {
  const settings = settingsFile();
  const all: (Contestant & { needs?: string })[] = [
    {
      name: 'Plimsoll',
      version: [process.execPath, program, '--version'],
      command: process.execPath,
      words: [program, 'run', '--config', settings, '--data', join(folder, 'data'), '--port', '0'],
    },
    { name: 'psutil loop', version: psutilVersion, command: python, words: ['-c', psutilLoop(false)] },
    {
      name: 'psutil loop with connections',
      version: psutilVersion,
      command: python,
      words: ['-c', psutilLoop(true)],
    },
    {
      name: 'bare loop',
      version: [process.execPath, '--version'],
      command: process.execPath,
      words: [bareLoop, join(folder, 'bare.sqlite')],
    },
    {
      name: 'glances',
      version: ['glances', '--version'],
      needs: 'glances',
      command: 'glances',
      words: ['--stdout', 'cpu,mem,load,fs,network,diskio,processcount', '-t', '1'],
    },
    {
      name: 'collectd',
      version: ['collectd', '-h'],
      needs: 'collectd',
      command: 'collectd',
      words: ['-f', '-C', join(folder, 'collectd.conf')],
    },
    {
      name: 'netdata',
      version: ['netdata', '-v'],
      needs: 'netdata',
      command: 'netdata',
      words: ['-D', '-W', 'set', 'global', 'run as user', process.env['USER'] ?? 'root'],
    },
  ];
  writeFileSync(join(folder, 'collectd.conf'), collectdSettings);
  return all.filter(({ name, needs }) => {
    if (needs === undefined || installed(needs)) return true;
    console.log(`${name}: not installed, left out`);
    return false;
  });
}

/** What follows the name in `/proc/PID/stat`; null for one that ended. */
function fieldsOf(pid: number): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return null;
  }
}

/** utime, stime and those of children that ended and were waited for. */
function cpuSecondsOf(root: number): number {
  return treeOf(root).reduce((sum, pid) => sum + ownSecondsOf(pid), 0);
}

function ownSecondsOf(pid: number): number {
  let ticks = 0;
  for (const value of fieldsOf(pid)?.slice(11, 15) ?? []) ticks += Number(value);
  return ticks / clockTicksPerSecond;
}

/** The script that a Node process runs. */
function scriptOf(pid: number): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return words.find((word) => word.endsWith('.mjs'))?.replace(/^.*\//, '') ?? 'unknown';
}

const round = (value: number) => Math.round(value * 100) / 100;

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([ended, pause(5000).then(() => child.kill('SIGKILL'))]);
}

const running: { name: string; version: string; child: ChildProcess; pid: number }[] = [];
try {
  for (const { name, version, command, words } of contestants()) {
    const child = spawn(command, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-500)));
    child.once('exit', (code) => {
      if (code !== null && code !== 0) console.log(`${name} ended with ${code}: ${complaint}`);
    });
    if (child.pid !== undefined) running.push({ name, version: versionOf(version), child, pid: child.pid });
  }
  await pause(warmUpSeconds * 1000);
  const before = new Map(running.map(({ pid }) => [pid, cpuSecondsOf(pid)]));
  const ownTree = treeOf(running.find(({ name }) => name === 'Plimsoll')?.pid ?? process.pid);
  const ownBefore = ownTree.map(ownSecondsOf);
  await pause(windowSeconds * 1000);
  const results = running
    .filter(({ child }) => child.exitCode === null && child.signalCode === null)
    .map(({ name, version, pid }) => ({
      name: `${name} ${version}`,
      perMinute: ((cpuSecondsOf(pid) - (before.get(pid) ?? NaN)) / windowSeconds) * 60,
      megabytes: treeOf(pid)
        .map(pssOf)
        .reduce((sum, megabytes) => sum + megabytes, 0),
    }));
  const own = results.find(({ name }) => name.startsWith('Plimsoll'));
  if (own === undefined) throw new Error('Plimsoll is not running');
  const count = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
  console.log(
    `machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Linux ${release()}, Node ${process.version}, ${count} processes; ${windowSeconds} s`,
  );
  for (const { name, perMinute, megabytes } of results) {
    const ratio = round(perMinute / own.perMinute);
    console.log(
      `${name}: ${round(perMinute)} s of CPU per minute (× ${ratio}), ${round(megabytes)} MB (PSS)`,
    );
  }
  ownTree.forEach((pid, place) => {
    const perMinute = ((ownSecondsOf(pid) - (ownBefore[place] ?? NaN)) / windowSeconds) * 60;
    console.log(`of Plimsoll, ${scriptOf(pid)}: ${round(perMinute)} s, ${round(pssOf(pid))} MB (PSS)`);
  });
} finally {
  await Promise.all(running.map(({ child }) => end(child)));
  rmSync(folder, { recursive: true, force: true });
}
