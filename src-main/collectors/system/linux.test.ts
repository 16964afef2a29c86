import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { LinuxSystem } from './linux.ts';
import type { ProcessInfo } from './system.ts';

/** A case is a folder with the files of a `/proc` and the expected readings. A new case is a new folder. */
const cases = join(import.meta.dirname, '../../testing/proc');

async function answerOf(read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof PlimsollError) return { error: thrown.code };
    throw thrown;
  }
}

/** Everything that can be read from a `/proc`. A case expects only the readings it is about. */
const readers = {
  cpuTimes: (system: LinuxSystem) => system.cpuTimes(),
  coreTimes: (system: LinuxSystem) => system.coreTimes(),
  loadAverages: (system: LinuxSystem) => system.loadAverages(),
  memory: (system: LinuxSystem) => system.memory(),
  memoryLimit: (system: LinuxSystem) => system.memoryLimit(),
  cpuLimit: (system: LinuxSystem) => system.cpuLimit(),
  networkCounters: (system: LinuxSystem) => system.networkCounters(),
  mounts: (system: LinuxSystem) => system.mounts(),
  deviceCounters: (system: LinuxSystem) => system.deviceCounters(),
  connections: (system: LinuxSystem) => system.connections(),
  tcpStates: (system: LinuxSystem) => Object.fromEntries(system.tcpStates()),
  uptime: (system: LinuxSystem) => system.uptime(),
  temperatures: (system: LinuxSystem) => system.temperatures(),
  battery: (system: LinuxSystem) => system.battery(),
  processes: (system: LinuxSystem) => processesOf(system),
};

/** Folders are listed in any order. */
function byPid(processes: readonly ProcessInfo[]): ProcessInfo[] {
  return [...processes].sort((a, b) => a.pid - b.pid);
}

function processesOf(system: LinuxSystem) {
  const { processes, hidden, count, openFilesOf } = system.processes();
  return {
    hidden,
    count,
    processes: byPid(processes).map(
      ({ pid, name, commandLine, cpuMs, memoryBytes, threads, status, startedAt }) => ({
        ...{ pid, name, commandLine, cpuMs, memoryBytes, threads, status, startedAt },
        openFiles: openFilesOf({ pid } as ProcessInfo),
      }),
    ),
  };
}

async function readAll(system: LinuxSystem, names: readonly string[]) {
  const answers: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(readers)) {
    if (names.includes(name)) answers[name] = await answerOf(() => read(system));
  }
  return answers;
}

describe.each(readdirSync(cases))('/proc of %s', (name) => {
  test('is read as expected.json says, time after time', async () => {
    const system = new LinuxSystem(join(cases, name), join(cases, name, 'sys'), 4096);
    onTestFinished(() => system.close());
    const text = readFileSync(join(cases, name, 'expected.json'), 'utf8');
    const expected = JSON.parse(text) as Record<string, unknown>;
    expect(await readAll(system, Object.keys(expected))).toEqual(expected);
    expect(await readAll(system, Object.keys(expected))).toEqual(expected);
  });
});

function procWith(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-proc-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'net'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  return root;
}

function descriptorsBelow(root: string): number[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root) ? [Number(fd)] : [];
    } catch {
      return [];
    }
  });
}

describe.runIf(process.platform === 'linux')('descriptors', () => {
  test('stay open and see what changes', () => {
    const root = procWith({ stat: 'cpu  1 0 0 9\n' });
    const system = new LinuxSystem(root);
    onTestFinished(() => system.close());
    system.cpuTimes();
    const open = descriptorsBelow(root);
    writeFileSync(join(root, 'stat'), 'cpu  2 0 0 18\n');
    expect(system.cpuTimes()).toEqual({ busy: 2, total: 20 });
    expect(descriptorsBelow(root)).toEqual(open);
    expect(open).toHaveLength(1);
  });

  test('that went stale are opened anew', () => {
    const root = procWith({ stat: 'cpu  1 0 0 9\n' });
    const system = new LinuxSystem(root);
    onTestFinished(() => system.close());
    system.cpuTimes();
    for (const descriptor of descriptorsBelow(root)) closeSync(descriptor);
    expect(system.cpuTimes()).toEqual({ busy: 1, total: 10 });
  });

  test('are opened when the file appears, and all closed at the end', () => {
    const root = procWith({});
    const system = new LinuxSystem(root);
    expect(() => system.cpuTimes()).toThrow(`${root}/stat cannot be read: ENOENT`);
    writeFileSync(join(root, 'stat'), 'cpu  1 0 0 9\n');
    expect(system.cpuTimes()).toEqual({ busy: 1, total: 10 });
    system.close();
    expect(descriptorsBelow(root)).toEqual([]);
  });
});

test('all cores together and each of them are of one reading in one turn, and read anew in the next', async () => {
  const root = procWith({ stat: 'cpu  1 0 0 9\ncpu0 1 0 0 9\n' });
  const system = new LinuxSystem(root);
  onTestFinished(() => system.close());
  expect(system.cpuTimes()).toEqual({ busy: 1, total: 10 });
  writeFileSync(join(root, 'stat'), 'cpu  5 0 0 15\ncpu0 5 0 0 15\n');
  expect(system.coreTimes()).toEqual([{ core: '0', busy: 1, total: 10 }]);
  await Promise.resolve();
  expect(system.coreTimes()).toEqual([{ core: '0', busy: 5, total: 20 }]);
});

test('lines of /proc/meminfo that move, come and go are found where they are', () => {
  const line = (name: string, mebibytes: number) => `${name}:${' '.repeat(8)}${mebibytes * 1024} kB\n`;
  const usual = [line('MemTotal', 100), line('MemFree', 40), line('MemAvailable', 60), line('Buffers', 5)];
  const rest = [line('Cached', 10), line('SReclaimable', 5)];
  const root = procWith({ meminfo: [...usual, ...rest].join('') });
  const system = new LinuxSystem(root);
  onTestFinished(() => system.close());
  const mib = 2 ** 20;
  const used = { total: 100 * mib, available: 60 * mib, used: 40 * mib, free: 40 * mib };
  expect(system.memory()).toEqual(used);
  writeFileSync(join(root, 'meminfo'), [line('Zswap', 1), ...usual, line('Active', 123), ...rest].join(''));
  expect(system.memory()).toEqual(used);
  const swap = [line('SwapTotal', 8), line('SwapFree', 2)];
  writeFileSync(join(root, 'meminfo'), [...swap, ...rest, ...usual].join(''));
  expect(system.memory()).toEqual({ ...used, swap: { total: 8 * mib, used: 6 * mib, free: 2 * mib } });
  // A name that ends like another one is a different name.
  writeFileSync(join(root, 'meminfo'), [line('NotMemTotal', 7), ...usual.slice(1), ...rest].join(''));
  expect(() => system.memory()).toThrow('it has no MemTotal');
});

describe('a large machine', () => {
  test('has 512 cores, of which some were switched off', () => {
    const lines = Array.from(
      { length: 512 },
      (_, core) => `cpu${core} ${core} 0 0 ${1000 - core} 0 0 0 0 0 0\n`,
    );
    lines.splice(100, 3);
    const system = new LinuxSystem(
      procWith({ stat: `cpu  130816 0 0 381184 0 0 0 0 0 0\n${lines.join('')}` }),
    );
    onTestFinished(() => system.close());
    const cores = system.coreTimes();
    expect(cores).toHaveLength(509);
    expect(cores[100]).toEqual({ core: '103', busy: 103, total: 1000 });
    expect(cores.at(-1)).toEqual({ core: '511', busy: 511, total: 1000 });
  });

  test('has 400 mounts, each of them many times over', () => {
    const mount = (id: number, place: number, path: string) =>
      `${id} 1 8:${place} / ${path} rw,relatime shared:${id} master:2 - ext4 /dev/sd${place} rw\n`;
    const text = Array.from({ length: 400 }, (_, place) =>
      [1, 2, 3]
        .map((copy) => mount(3 * place + copy, place, `/srv/${'deep/'.repeat(copy)}disk\\040${place}`))
        .join(''),
    );
    const root = procWith({});
    mkdirSync(join(root, 'self'));
    writeFileSync(join(root, 'self/mountinfo'), text.join(''));
    const system = new LinuxSystem(root);
    onTestFinished(() => system.close());
    const mounts = system.mounts();
    expect(mounts).toHaveLength(400);
    expect(mounts.at(-1)).toEqual({ path: '/srv/deep/disk 399', remote: false });
  });

  test('has 3,000 interfaces, and counters beyond 32 bits', () => {
    const line = (place: number) =>
      `veth${place}: ${5e12 + place} 1 0 0 0 0 0 0 ${6e12 + place} 1 0 0 0 0 0 0\n`;
    const root = procWith({});
    const lines = Array.from({ length: 3000 }, (_, place) => line(place)).join('');
    writeFileSync(join(root, 'net/dev'), `Inter-|\n face |\n${lines}`);
    const system = new LinuxSystem(root);
    onTestFinished(() => system.close());
    const interfaces = system.networkCounters();
    expect(interfaces).toHaveLength(3000);
    expect(interfaces.at(-1)).toMatchObject({
      name: 'veth2999',
      receivedBytes: 5e12 + 2999,
      sentBytes: 6e12 + 2999,
    });
  });
});

test('limits are those of the group that this process was moved to, and of the values that they have now', () => {
  const mount = '32 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';
  const root = procWith({});
  for (const folder of ['self', 'sys/fs/cgroup/a', 'sys/fs/cgroup/b'])
    mkdirSync(join(root, folder), { recursive: true });
  const write = (name: string, text: string) => writeFileSync(join(root, name), text);
  write('self/mountinfo', mount);
  write('self/cgroup', '0::/a\n');
  write('sys/fs/cgroup/a/memory.max', '1000\n');
  write('sys/fs/cgroup/b/memory.max', '3000\n');
  const system = new LinuxSystem(root, join(root, 'sys'));
  onTestFinished(() => system.close());
  const limit = () => system.memoryLimit()?.bytes;
  expect(limit()).toBe(1000);
  write('sys/fs/cgroup/a/memory.max', '2000\n');
  expect(limit()).toBe(2000);
  write('self/cgroup', '0::/b\n');
  expect(limit()).toBe(3000);
  write('sys/fs/cgroup/b/memory.max', 'max\n');
  expect(limit()).toBeUndefined();
});

test('the newest number is believed from the kernel alone, not from a file that another serves in its place', () => {
  const root = procWith({ loadavg: '0.00 0.00 0.00 1/1 70\n', stat: 'cpu  1 1 1 1\nbtime 1000\n' });
  const run = (pid: number) => {
    mkdirSync(join(root, String(pid)));
    const numbers = '1 1 1 0 -1 4194304 0 0 0 0 1 0 0 0 20 0 1 0 100 1 2';
    writeFileSync(join(root, String(pid), 'stat'), `${pid} (p${pid}) S ${numbers} 3\n`);
  };
  const system = new LinuxSystem(root);
  onTestFinished(() => system.close());
  run(1);
  expect(system.processes().processes).toHaveLength(1);
  run(8);
  expect(system.processes().processes).toHaveLength(2);
});

test('a volume that cannot be asked is an error with its path, and one without a size is unsupported', async () => {
  const system = new LinuxSystem();
  await expect(system.volume('/no/such/place')).rejects.toMatchObject({
    code: 'unreadable',
    message: expect.stringContaining('/no/such/place') as string,
  });
  if (process.platform === 'linux')
    await expect(system.volume('/proc')).rejects.toMatchObject({ code: 'unsupported' });
});
