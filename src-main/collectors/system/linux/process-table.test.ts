import { spawn } from 'node:child_process';
import {
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
import type { ProcessInfo } from '../system.ts';
import { descriptorsToKeep, pageBytesOf } from './process-limits.ts';
import { ProcessFiles } from './process-table.ts';

/** A `/proc` in which processes can be started and ended. */
function machine(mostKept = 100) {
  const root = mkdtempSync(join(tmpdir(), 'plimsoll-processes-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const clock = { now: 0, newestPid: null as number | null };
  const files = new ProcessFiles({
    ...{ root, pageBytes: 4096, mostKept, bootedAt: () => 1000 },
    newestPid: () => clock.newestPid,
    monotonic: () => clock.now,
  });
  onTestFinished(() => files.close());
  return {
    root,
    files,
    clock,
    /** A reading this many seconds later. */
    later(seconds: number, mustLook?: (process: ProcessInfo) => boolean) {
      clock.now += 1000 * seconds;
      return files.read(mustLook).processes;
    },
    run(
      pid: number,
      name: string,
      { ticks = 0, started = 100, commandLine = name, flags = 4194304, exitSignal = 17 } = {},
    ) {
      mkdirSync(join(root, String(pid)), { recursive: true });
      const numbers = `1 1 1 0 -1 ${flags} 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 ${started} 1 2`;
      // In place, as the kernel does: a kept descriptor sees it.
      const rest = `3${' 0'.repeat(12)} ${exitSignal} 0`;
      writeFileSync(join(root, String(pid), 'stat'), `${pid} (${name}) S ${numbers} ${rest}\n`);
      writeFileSync(join(root, String(pid), 'cmdline'), commandLine);
    },
    end: (pid: number) => rmSync(join(root, String(pid)), { recursive: true }),
    kept: () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root);
        } catch {
          return false;
        }
      }).length,
  };
}

describe.runIf(process.platform === 'linux')('the table of processes', () => {
  test('a process stays the same object, and its number given to another is another', () => {
    const { files, run, end, kept } = machine();
    run(1, 'init');
    run(7, 'worker', { ticks: 5 });
    const [, before] = files.read().processes;
    run(7, 'worker', { ticks: 9 });
    const [, after] = files.read().processes;
    expect(after).toBe(before);
    expect(after).toMatchObject({ cpuMs: 90, memoryBytes: 8192, startedAt: 1001 });
    run(7, 'worker', { ticks: 1, started: 200 });
    const [, other] = files.read().processes;
    expect(other).not.toBe(before);
    expect(other).toMatchObject({ cpuMs: 10, startedAt: 1002 });
    end(7);
    expect(files.read()).toMatchObject({ processes: [{ pid: 1 }], count: 1, hidden: false });
    expect(kept()).toBe(1);
    files.close();
    expect(kept()).toBe(0);
  });

  test('threads of the kernel take turns: each is looked at in every fifth reading, and told in all', () => {
    const { clock, later, run, end } = machine();
    run(1, 'init');
    const kernelThread = { flags: 0x00200000, commandLine: '' };
    for (let pid = 2; pid <= 11; pid++) run(pid, `kworker/${pid}:1`, kernelThread);
    for (let round = 0; round < 10; round++) later(5);
    for (let pid = 2; pid <= 11; pid++) run(pid, `kworker/${pid}:1`, { ...kernelThread, ticks: 7 });
    const looks = Array.from({ length: 5 }, () => {
      const all = later(5);
      return [all.length, all.filter(({ lookedAt }) => lookedAt === clock.now).length];
    });
    expect(looks).toEqual(Array<number[]>(5).fill([11, 3]));
    expect(later(5).map(({ cpuMs }) => cpuMs)).toEqual([0, ...Array<number>(10).fill(70)]);
    end(5);
    expect(later(5).map(({ pid }) => pid)).not.toContain(5);
  });

  test('where readings are a second apart a thread of the kernel that does nothing is looked at within fifteen seconds', () => {
    const { clock, later, run } = machine();
    const kernelThread = { flags: 0x00200000, commandLine: '' };
    run(1, 'init');
    for (let pid = 2; pid <= 31; pid++) run(pid, `k${pid}`, kernelThread);
    const looks = new Map<number, number>();
    for (let second = 1; second <= 60; second++) {
      run(9, 'k9', { ...kernelThread, ticks: second });
      for (const { pid, lookedAt } of later(1)) {
        if (second > 30 && lookedAt === clock.now) looks.set(pid, (looks.get(pid) ?? 0) + 1);
      }
    }
    expect([looks.get(9), looks.get(8), looks.get(31)]).toEqual([6, 2, 2]);
  });

  test('a program at rest is looked at within five seconds, in turns; one that works, or is followed, in each reading', () => {
    const { clock, later, run } = machine();
    for (let pid = 1; pid <= 10; pid++) run(pid, `p${pid}`);
    let worked = 0;
    const looked = () => {
      run(7, 'p7', { ticks: ++worked });
      return later(1, ({ name }) => name === 'p8')
        .filter(({ lookedAt }) => lookedAt === clock.now)
        .map(({ pid }) => pid);
    };
    expect([looked().length, looked().length]).toEqual([10, 10]);
    const rounds = Array.from({ length: 10 }, looked);
    expect(rounds.every((pids) => pids.includes(7) && pids.includes(8) && pids.length <= 4)).toBe(true);
    expect(new Set(rounds.slice(0, 5).flat()).size).toBe(10);
    // A process that wakes is examined when its turn comes, and then in each reading.
    run(3, 'p3', { ticks: 900 });
    let rested = 0;
    while (!looked().includes(3)) rested++;
    expect(rested).toBeLessThan(5);
    run(3, 'p3', { ticks: 950 });
    expect(later(1).find(({ pid }) => pid === 3)?.cpuMs).toBe(9500);
    // Readings that are further apart examine all.
    expect(later(5).every(({ lookedAt }) => lookedAt === clock.now)).toBe(true);
  });

  test('who is new is found by the numbers that were given out, and threads among them are passed over', () => {
    // Nothing is kept open: unlike a process that ended, a deleted file can still be read.
    const { clock, files, later, run, end } = machine(0);
    run(1, 'init');
    clock.newestPid = 1;
    const pids = (seconds: number) => later(seconds).map(({ pid }) => pid);
    expect(pids(1)).toEqual([1]);
    run(8, 'worker');
    expect(pids(1)).toEqual([1]);
    clock.newestPid = 8;
    expect(pids(1)).toEqual([1, 8]);
    run(9, 'thread', { exitSignal: -1 });
    run(10, 'other', { exitSignal: 17 });
    clock.newestPid = 12;
    expect([pids(1), files.read().count]).toEqual([[1, 8, 10], 3]);
    end(8);
    expect(pids(5)).toEqual([1, 10]);
    expect(files.read().count).toBe(2);
  });

  test('who was listed already, with a number newer than the one that was told, is there once', () => {
    const { clock, files, later, run } = machine();
    run(1, 'init');
    run(9, 'early');
    clock.newestPid = 8;
    const pids = () => later(1).map(({ pid }) => pid);
    expect(pids()).toEqual([1, 9]);
    clock.newestPid = 10;
    expect(pids()).toEqual([1, 9]);
    expect(files.read().count).toBe(2);
  });

  test('the list is read again when many numbers were given out, when they begin anew, and after a minute', () => {
    const { clock, later, run, end } = machine();
    run(1, 'init');
    clock.newestPid = 100;
    const pids = (seconds: number) =>
      later(seconds)
        .map(({ pid }) => pid)
        .sort((a, b) => a - b);
    expect(pids(1)).toEqual([1]);
    run(50, 'restored');
    expect(pids(30)).toEqual([1]);
    expect(pids(30)).toEqual([1, 50]);
    run(60, 'restored');
    clock.newestPid = 200;
    expect(pids(1)).toEqual([1, 50, 60]);
    for (let pid = 201; pid <= 205; pid++) run(pid, 'several');
    run(70, 'restored');
    clock.newestPid = 205;
    expect(pids(1)).toEqual([1, 50, 60, 70, 201, 202, 203, 204, 205]);
    for (let pid = 201; pid <= 205; pid++) end(pid);
    run(4, 'again');
    clock.newestPid = 5;
    expect(pids(1)).toEqual([1, 4, 50, 60, 70]);
  });

  test('what it execs is told by its new name, and command line', () => {
    const { files, run } = machine();
    run(1, 'bash', { commandLine: '-bash\0' });
    files.read();
    run(1, 'postgres', { commandLine: '/usr/bin/postgres\0-D\0/data\0' });
    expect(files.read().processes).toMatchObject([
      { name: 'postgres', commandLine: '/usr/bin/postgres -D /data' },
    ]);
  });

  test('beyond the bound processes are opened for each reading, with the same result', () => {
    const { later, run, end, kept } = machine(3);
    for (let pid = 1; pid <= 10; pid++) run(pid, `p${pid}`, { ticks: pid });
    const first = later(5);
    const second = later(5);
    expect(second).toHaveLength(10);
    expect(second.every((process, place) => process === first[place])).toBe(true);
    expect(kept()).toBe(3);
    end(1);
    end(2);
    later(5);
    expect(later(5)).toHaveLength(8);
    expect(kept()).toBe(3);
  });

  test('a process that ends while the list is read is not there, and that is all', () => {
    const { files, run, root } = machine();
    run(1, 'init');
    mkdirSync(join(root, '8'));
    expect(files.read()).toMatchObject({ processes: [{ pid: 1 }], count: 2 });
  });

  test('a process that ends between its stat and the rest of its files has what was read', () => {
    const { files, run, root } = machine();
    run(1, 'init');
    run(9, 'brief', { ticks: 4 });
    rmSync(join(root, '9', 'cmdline'));
    const table = files.read();
    expect(table.processes).toMatchObject([
      { pid: 1 },
      { pid: 9, name: 'brief', commandLine: '', cpuMs: 40 },
    ]);
    expect(table.processes.map((process) => table.openFilesOf(process))).toEqual([null, null]);
  });

  test('a process is the same object when it becomes a zombie, and gone when somebody has asked about it', () => {
    const { files, run, end, root } = machine();
    run(1, 'init');
    run(7, 'worker', { ticks: 5 });
    const [, before] = files.read().processes;
    const path = join(root, '7', 'stat');
    writeFileSync(path, readFileSync(path, 'utf8').replace(' S ', ' Z '));
    expect(files.read().processes[1]).toBe(before);
    expect(before).toMatchObject({ name: 'worker', status: 'zombie', cpuMs: 50 });
    end(7);
    expect(files.read().processes).toHaveLength(1);
  });

  test('three hundred processes, half of which come and go', () => {
    const { files, run, end } = machine(100);
    for (let pid = 1; pid <= 300; pid++) run(pid, `p${pid}`);
    expect(files.read()).toMatchObject({ count: 300, hidden: false });
    for (let pid = 2; pid <= 300; pid += 2) end(pid);
    for (let pid = 301; pid <= 450; pid++) run(pid, `p${pid}`, { started: 300 });
    const { processes, count } = files.read();
    expect([processes.length, count]).toEqual([300, 300]);
    expect(new Set(processes.map(({ pid }) => pid)).has(2)).toBe(false);
  });

  test('this machine: this process is there with its memory, threads and files', () => {
    const files = new ProcessFiles({
      root: '/proc',
      pageBytes: pageBytesOf('/proc/self/auxv'),
      mostKept: descriptorsToKeep('/proc/self/limits'),
      ...{ bootedAt: () => 0, newestPid: () => null, monotonic: () => performance.now() },
    });
    onTestFinished(() => files.close());
    const table = files.read();
    const self = table.processes.find(({ pid }) => pid === process.pid);
    expect(self?.memoryBytes).toBeGreaterThan(10_000_000);
    expect(self?.memoryBytes).toBeLessThan(2 * process.memoryUsage().rss);
    expect(self?.threads).toBeGreaterThan(1);
    expect(self && table.openFilesOf(self)).toBeGreaterThan(2);
  });
});

test.runIf(process.platform === 'linux')(
  'this machine: a child is found by its number, without its threads',
  async () => {
    const files = new ProcessFiles({
      ...{ root: '/proc', pageBytes: null, mostKept: 32, bootedAt: () => 0 },
      newestPid: () => Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[4]),
      monotonic: () => performance.now(),
    });
    onTestFinished(() => files.close());
    files.read();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    onTestFinished(() => void child.kill());
    const threads = () => readdirSync(`/proc/${child.pid}/task`).map(Number);
    await expect.poll(() => threads().length).toBeGreaterThan(4);
    const pids = files.read().processes.map(({ pid }) => pid);
    expect(pids.filter((pid) => threads().includes(pid))).toEqual([child.pid]);
  },
);

test('a page is a power of two, and unknown where there is no vector', () => {
  expect(pageBytesOf('/no/such/file')).toBeNull();
  expect(descriptorsToKeep('/no/such/file')).toBe(32);
});
