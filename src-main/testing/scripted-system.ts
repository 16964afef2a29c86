import type {
  Battery,
  ConnectionCounts,
  CoreTimes,
  CpuLimit,
  CpuTimes,
  DeviceCounters,
  InterfaceCounters,
  LoadAverages,
  Memory,
  MemoryLimit,
  Mount,
  MountUsage,
  ProcessTable,
  Routes,
  System,
  Temperature,
  Uptime,
  Volume,
} from '../collectors/system/system.ts';

/** A machine that answers what a test wrote: one answer after the other, and the last one again. */
export interface Script {
  cpuTimes?: CpuTimes[];
  coreTimes?: CoreTimes[][];
  loadAverages?: (LoadAverages | null)[];
  memory?: Memory[];
  memoryLimit?: (MemoryLimit | null)[];
  cpuLimit?: (CpuLimit | null)[];
  volume?: Volume[];
  mounts?: Mount[][];
  mountUsage?: MountUsage[];
  networkCounters?: InterfaceCounters[][];
  deviceCounters?: DeviceCounters[][];
  connections?: ConnectionCounts[];
  tcpStates?: Map<string, number>[];
  routes?: Routes[];
  uptime?: Uptime[];
  temperatures?: Temperature[][];
  battery?: Battery[];
  processes?: ProcessTable[];
}

const volume = { total: 100 * 2 ** 30, used: 40 * 2 ** 30, available: 55 * 2 ** 30 };
const swap = { total: 2 ** 30, used: 2 ** 28, free: 2 ** 30 - 2 ** 28 };

const ordinary: Required<Script> = {
  cpuTimes: [
    { busy: 100, total: 1000 },
    { busy: 150, total: 1200 },
  ],
  coreTimes: [
    [
      { core: '0', busy: 60, total: 500 },
      { core: '1', busy: 40, total: 500 },
    ],
    [
      { core: '0', busy: 85, total: 600 },
      { core: '1', busy: 65, total: 600 },
    ],
  ],
  loadAverages: [[0.5, 0.25, 0.1]],
  memory: [{ total: 8 * 2 ** 30, available: 6 * 2 ** 30, used: 2 ** 30, free: 2 ** 29, swap }],
  memoryLimit: [null],
  cpuLimit: [null],
  volume: [volume],
  mounts: [[{ path: '/', remote: false }]],
  mountUsage: [{ ...volume, inodes: { total: 1000, free: 900 } }],
  networkCounters: [
    [interfaceOf(1000, 100, { received: 10, sent: 5, errors: 0, drops: 0 })],
    [interfaceOf(3000, 600, { received: 20, sent: 10, errors: 1, drops: 2 })],
  ],
  deviceCounters: [
    [{ device: 'sda', readBytes: 0, writtenBytes: 512, reads: 0, writes: 1, busyMs: 1 }],
    [{ device: 'sda', readBytes: 4096, writtenBytes: 1024, reads: 1, writes: 2, busyMs: 11 }],
  ],
  connections: [{ tcp: 5, udp: 2 }],
  tcpStates: [new Map([['listen', 2]])],
  routes: [{ leadOut: true, leadTo: () => false }],
  uptime: [{ seconds: 3600, bootedAt: 1_795_233_000 }],
  temperatures: [[{ sensor: 'coretemp Core 0', celsius: 51 }]],
  battery: [{ percent: 80, onAc: true }],
  processes: [
    {
      processes: [
        {
          ...{ pid: 1, name: 'init', commandLine: '/sbin/init', cpuMs: 10, memoryBytes: 2 ** 20 },
          ...{ threads: 1, status: 'sleeping', startedAt: 1_795_233_000 },
        },
      ],
      hidden: false,
      count: 100,
      openFilesOf: () => null,
    },
  ],
};

function interfaceOf(
  receivedBytes: number,
  sentBytes: number,
  packets: NonNullable<InterfaceCounters['packets']>,
): InterfaceCounters {
  return { name: 'eth0', receivedBytes, sentBytes, packets };
}

/** Answers of an ordinary machine stand where the script says nothing. */
export function scriptedSystem(script: Script = {}): System {
  const all = { ...ordinary, ...script };
  return {
    systemVolume: '/',
    cpuTimes: oneByOne(all.cpuTimes),
    memory: oneByOne(all.memory),
    memoryLimit: oneByOne(all.memoryLimit),
    cpuLimit: oneByOne(all.cpuLimit),
    volume: oneByOne(all.volume),
    networkCounters: oneByOne(all.networkCounters),
    coreTimes: oneByOne(all.coreTimes),
    loadAverages: oneByOne(all.loadAverages),
    mounts: oneByOne(all.mounts),
    mountUsage: oneByOne(all.mountUsage),
    deviceCounters: oneByOne(all.deviceCounters),
    connections: oneByOne(all.connections),
    tcpStates: oneByOne(all.tcpStates),
    routes: oneByOne(all.routes),
    uptime: oneByOne(all.uptime),
    temperatures: oneByOne(all.temperatures),
    battery: oneByOne(all.battery),
    processes: oneByOne(all.processes),
    close: () => undefined,
  };
}

function oneByOne<Answer>(answers: readonly Answer[]): () => Answer {
  let next = 0;
  return () => {
    const answer = answers[Math.min(next++, answers.length - 1)];
    if (answer === undefined) throw new Error('the script has no answer');
    return answer;
  };
}
