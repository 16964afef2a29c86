import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { PortableSystem, type Systeminformation } from './portable.ts';

/** A systeminformation that answers as it does when it cannot read. */
function installed(
  answers: { [Call in keyof Systeminformation]?: () => Promise<unknown> },
  platform: NodeJS.Platform = 'darwin',
) {
  const tool = {
    ...answers,
    powerShellStart: () => undefined,
    powerShellRelease: () => undefined,
  } as unknown as Systeminformation;
  return new PortableSystem(() => Promise.resolve(tool), 50, platform);
}

describe('systeminformation says 0 where it could not read', () => {
  test('memory: an error', async () => {
    const system = installed({
      mem: () => Promise.resolve({ total: 4096, available: 1024, active: 3072, free: 1024, buffcache: 0 }),
    });
    await expect(system.memory()).rejects.toMatchObject({ code: 'unreadable' });
  });

  test('network: that interface is left out, and with none left it is an error', async () => {
    const unread = { iface: 'down0', rx_bytes: 0, tx_bytes: 0 };
    const nan = { iface: 'nan0', rx_bytes: Number.NaN, tx_bytes: 3 };
    const read = { iface: 'up0', rx_bytes: 5, tx_bytes: 0 };
    const some = installed({ networkStats: () => Promise.resolve([unread, nan, read]) });
    expect(await some.networkCounters()).toEqual([{ name: 'up0', receivedBytes: 5, sentBytes: 0 }]);
    const none = installed({ networkStats: () => Promise.resolve([unread, nan]) });
    await expect(none.networkCounters()).rejects.toMatchObject({ code: 'unreadable' });
  });
});

test('a call that hangs ends with its deadline, and is not started a second time while it hangs', async () => {
  let calls = 0;
  const system = installed({
    networkStats: () => {
      calls++;
      return new Promise(() => undefined);
    },
  });
  await expect(system.networkCounters()).rejects.toMatchObject({ code: 'deadline' });
  await expect(system.networkCounters()).rejects.toMatchObject({ code: 'deadline' });
  expect(calls).toBe(1);
});

test('a call that fails is an error that names it, and may be tried again', async () => {
  let calls = 0;
  const system = installed({
    networkStats: () =>
      ++calls === 1
        ? Promise.reject(new Error('spawn EAGAIN'))
        : Promise.resolve([{ iface: 'a', rx_bytes: 1, tx_bytes: 1 }]),
  });
  await expect(system.networkCounters()).rejects.toMatchObject({
    code: 'unreadable',
    message: "systeminformation's networkStats failed: spawn EAGAIN",
  });
  expect(await system.networkCounters()).toHaveLength(1);
});

test('two who ask the same at once are both answered', async () => {
  let calls = 0;
  const system = installed({
    networkConnections: () => {
      calls++;
      return Promise.resolve([{ protocol: 'tcp4', state: 'LISTEN' }]);
    },
  });
  expect(await Promise.all([system.connections(), system.tcpStates()])).toEqual([
    { tcp: 1, udp: 0 },
    new Map([['listen', 1]]),
  ]);
  expect(calls).toBe(2);
});

/** As the package returns them, from `ps` on macOS and from PowerShell on Windows. */
const finder = {
  ...{
    pid: 412,
    parentPid: 1,
    name: 'Finder',
    cpu: 3.5,
    mem: 0.6,
    memRss: 102_400,
    started: '2026-11-25 09:00:00',
  },
  ...{ state: 'sleeping', command: 'Finder', params: '-psn_0_1', path: '/System/Library/CoreServices' },
};
const idle = {
  ...{ pid: 0, name: 'System Idle Process', cpu: 88, memRss: 8, started: '', state: 'unknown' },
  ...{ command: 'System Idle Process', params: '' },
};
const service = {
  ...{
    pid: 1044,
    name: 'svchost.exe',
    cpu: 2,
    memRss: 20_480,
    started: '2026-11-25 09:00:00',
    state: 'unknown',
  },
  ...{ command: 'C:\\Windows\\system32\\svchost.exe -k netsvcs', params: '' },
};

describe('processes', () => {
  const answers = (...lists: unknown[][]) => {
    let next = 0;
    return { processes: () => Promise.resolve({ list: lists[Math.min(next++, lists.length - 1)] }) };
  };

  test('of macOS have a rate at once, and stay the same although their start is told roughly', async () => {
    const later = { ...finder, cpu: 12, started: '2026-11-25 09:59:59', state: 'zombie' };
    const other = { ...finder, name: 'Safari' };
    const system = installed(answers([finder], [later], [other]));
    const [first] = (await system.processes()).processes;
    expect(first).toMatchObject({
      ...{ pid: 412, name: 'Finder', commandLine: 'Finder -psn_0_1', cpuMs: null, cpuPercent: 3.5 },
      ...{ memoryBytes: 100 * 2 ** 20, threads: null, status: 'sleeping' },
      startedAt: new Date(2026, 10, 25, 9).getTime() / 1000,
    });
    const table = await system.processes();
    expect(table).toMatchObject({ hidden: false, count: 1 });
    expect(table.processes[0]).toBe(first);
    expect(first).toMatchObject({ cpuPercent: 12, status: 'zombie' });
    expect(first && table.openFilesOf(first)).toBeNull();
    expect((await system.processes()).processes[0]).not.toBe(first);
  });

  test('of Windows have the share of one core from their second reading, and nobody is idle', async () => {
    const system = installed(answers([idle, service], [idle, { ...service, cpu: 50 }]), 'win32');
    const first = await system.processes();
    expect(first.processes).toMatchObject([
      { pid: 1044, cpuPercent: null, memoryBytes: 20 * 2 ** 20, status: null },
    ]);
    await system.processes();
    expect(first.processes[0]?.cpuPercent).toBe(50 * availableParallelism());
  });

  test('that cannot be listed are an error', async () => {
    await expect(installed(answers([])).processes()).rejects.toMatchObject({ code: 'unreadable' });
  });
});

test('mounts: the drives of Windows, and of macOS what lies on a device or in the network', async () => {
  const drive = (name: string) => ({ fs: name, type: 'NTFS', size: 10, used: 5, available: 5, mount: name });
  const windows = installed({ fsSize: () => Promise.resolve([drive('C:'), drive('Z:')]) }, 'win32');
  expect(await windows.mounts()).toEqual([
    { path: 'C:\\', remote: false },
    { path: 'Z:\\', remote: true },
  ]);
  const volume = (fs: string, mount: string) => ({ fs, mount, size: 10 });
  const list = [
    volume('/dev/disk3s1', '/'),
    volume('//me@nas/share', '/Volumes/share'),
    volume('map', '/home'),
  ];
  const mac = installed({ fsSize: () => Promise.resolve(list) });
  expect(await mac.mounts()).toEqual([
    { path: '/', remote: false },
    { path: '/Volumes/share', remote: true },
  ]);
  await expect(installed({ fsSize: () => Promise.resolve([]) }).mounts()).rejects.toMatchObject({
    code: 'unreadable',
  });
});

test('activity of disks: all of them as one on macOS, absent elsewhere, and 0 is no number', async () => {
  const answers = (bytes: unknown, requests: unknown) => ({
    fsStats: () => Promise.resolve(bytes),
    disksIO: () => Promise.resolve(requests),
  });
  expect(await installed(answers({ rx: 4096, wx: 512 }, { rIO: 2, wIO: 1 })).deviceCounters()).toEqual([
    { device: 'all', readBytes: 4096, writtenBytes: 512, reads: 2, writes: 1, busyMs: null },
  ]);
  for (const unread of [
    answers({ rx: 0, wx: 0 }, { rIO: 2, wIO: 1 }),
    answers({ rx: NaN, wx: 1 }, { rIO: 1, wIO: 1 }),
  ])
    await expect(installed(unread).deviceCounters()).rejects.toMatchObject({ code: 'unreadable' });
  await expect(installed({}, 'win32').deviceCounters()).rejects.toMatchObject({ code: 'unsupported' });
});

test('connections are counted by protocol and state; those that only wait are not in use', async () => {
  const told = [
    { protocol: 'tcp4', state: 'ESTABLISHED' },
    { protocol: 'tcp6', state: 'LISTEN' },
    { protocol: 'tcp', state: 'TIME_WAIT' },
    { protocol: 'tcp', state: 'LETZTE_BESTÄTIGUNG' },
    { protocol: 'udp4', state: '' },
  ];
  const system = installed({ networkConnections: () => Promise.resolve(told) }, 'win32');
  expect(await system.connections()).toEqual({ tcp: 3, udp: 1 });
  expect(Object.fromEntries(await system.tcpStates())).toEqual({ established: 1, listen: 1, time_wait: 1 });
  const none = installed({ networkConnections: () => Promise.resolve([]) });
  await expect(none.connections()).rejects.toMatchObject({ code: 'unreadable' });
});

test('temperatures: zones where there are some, and none where nothing is told', async () => {
  const told = (main: number | null, cores: (number | null)[]) =>
    installed({ cpuTemperature: () => Promise.resolve({ main, cores, max: null }) }, 'win32').temperatures();
  expect(await told(41, [42, 0, 40])).toEqual([
    { sensor: 'zone 0', celsius: 42 },
    { sensor: 'zone 2', celsius: 40 },
  ]);
  expect(await told(38.5, [])).toEqual([{ sensor: 'cpu', celsius: 38.5 }]);
  await expect(told(null, [])).rejects.toMatchObject({ code: 'unsupported' });
  await expect(told(0, [-273])).rejects.toMatchObject({ code: 'unsupported' });
});

test('a battery: what cannot be known of it is absent', async () => {
  const told = (percent: number, acConnected: boolean, platform: NodeJS.Platform, hasBattery = true) =>
    installed({ battery: () => Promise.resolve({ hasBattery, percent, acConnected }) }, platform).battery();
  expect(await told(80, true, 'darwin')).toEqual({ percent: 80, onAc: true });
  expect(await told(100, false, 'darwin')).toEqual({ percent: 100, onAc: false });
  expect(await told(100, false, 'win32')).toEqual({ percent: 100, onAc: null });
  await expect(told(0, false, 'win32')).rejects.toMatchObject({ code: 'unreadable' });
  await expect(told(0, true, 'win32', false)).rejects.toMatchObject({ code: 'unsupported' });
});

test('Windows: memory without asking anybody, and no load', async () => {
  const system = installed({}, 'win32');
  expect((await system.memory()).total).toBeGreaterThan(0);
  expect(system.loadAverages()).toBeNull();
  expect(system.systemVolume).toMatch(/:\\$/);
});
