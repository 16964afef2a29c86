/** Counters of processor time since boot, in any unit that both share. */
export interface CpuTimes {
  busy: number;
  total: number;
}

/** One core's counters; `core` is its number, as the system counts them. */
export interface CoreTimes extends CpuTimes {
  core: string;
}

/** How many tasks ran or waited to run, averaged over 1, 5 and 15 minutes. */
export type LoadAverages = [one: number, five: number, fifteen: number];

/** Bytes of swap space. */
export interface Swap {
  total: number;
  used: number;
  free: number;
}

/** Bytes. A part that this system does not report is null. */
export interface Memory {
  total: number;
  available: number;
  used: number | null;
  free: number | null;
  /** Absent where this system does not tell it; a total of 0 means that there is none. */
  swap?: Swap;
}

/** How much memory the programs that share this process's control group may have together. Bytes. */
export interface MemoryLimit {
  bytes: number;
  /** Null where it is not told. */
  usedBytes: number | null;
}

/** How much processor time the programs that share this process's control group may have together. */
export interface CpuLimit {
  /** 1.5 is the time of one core and a half. */
  cores: number;
  /** Processor time that they have used, counted up. Null where it is not told. */
  usedMs: number | null;
  /** Time is given out in periods: how many were begun, and in how many it ran out. Counted up; null where it is not told. */
  periods: { all: number; throttled: number } | null;
}

/** Bytes of one file system. `available` is what an ordinary user may still write. */
export interface Volume {
  total: number;
  used: number;
  available: number;
}

/** Counters of one network interface since it came up. */
export interface InterfaceCounters {
  name: string;
  receivedBytes: number;
  sentBytes: number;
  /** Absent where this system does not tell them. */
  packets?: PacketCounters;
}

/** `errors` and `drops` count both directions. */
export interface PacketCounters {
  received: number;
  sent: number;
  errors: number;
  drops: number;
}

/** One mounted file system that holds files on a disk or in the network. */
export interface Mount {
  path: string;
  /** Its answers may take for ever, because another machine or a program gives them. */
  remote: boolean;
}

/** `inodes` is absent for file systems that have no fixed number of them. */
export interface MountUsage extends Volume {
  inodes?: { total: number; free: number };
}

/** Counters of one whole block device since it appeared. */
export interface DeviceCounters {
  device: string;
  readBytes: number;
  writtenBytes: number;
  reads: number;
  writes: number;
  /** Milliseconds in which at least one request was under way. Null where it is not told. */
  busyMs: number | null;
}

/** Sockets in use, listening ones included; TCP's that only wait for stragglers (TIME_WAIT) are not. */
export interface ConnectionCounts {
  tcp: number;
  udp: number;
}

/** Where this machine can send something to, as far as it tells. */
export interface Routes {
  /** Whether there is a way to everybody, as a default route is. */
  leadOut: boolean;
  /**
   * Whether there is a way to an address without that one: it lies in a network that this machine is attached to, or a route of
   * its own leads there. Of no account while `leadOut`.
   */
  leadTo(address: string): boolean;
}

export interface Uptime {
  seconds: number;
  /** When the system was started, in seconds since 1970. */
  bootedAt: number;
}

export interface Temperature {
  sensor: string;
  celsius: number;
}

export interface Battery {
  /** Of all batteries together. */
  percent: number;
  /** Null where it is not told. */
  onAc: boolean | null;
}

/** What a process does. `blocked` waits for a disk or the like and cannot be interrupted; a `zombie` has ended, and nobody asked how. */
export type ProcessStatus = 'running' | 'sleeping' | 'blocked' | 'stopped' | 'zombie';

/**
 * One process, the same object for as long as it lives. What changes is written into it by each `processes()`; a process
 * that got the number of one that ended is another object.
 */
export interface ProcessInfo {
  readonly pid: number;
  /** Of the program, as task lists show it. May be anything, line breaks included. */
  name: string;
  /** Arguments joined by spaces; empty for what has none, such as the kernel's own. */
  commandLine: string;
  /** Processor time since its start. Null where the system tells a rate instead. */
  cpuMs: number | null;
  /** Of one core, since the reading before; only where that is all that is told, and null at first sight. */
  cpuPercent?: number | null;
  /** Memory that is really there (RSS). Null where it is not told. */
  memoryBytes: number | null;
  /** Null where it is not told. */
  threads: number | null;
  /** Null where it is not told. */
  status: ProcessStatus | null;
  /** Seconds since 1970. Null where it is not told. */
  startedAt: number | null;
  /**
   * When it was looked at last, on the monotonic clock, in milliseconds: a table may tell of some how they were at an earlier look.
   * Absent where all are looked at for each table.
   */
  lookedAt?: number;
}

export interface ProcessTable {
  processes: readonly ProcessInfo[];
  /** Others exist that may not be looked at: whoever is not found here may run nonetheless. */
  hidden: boolean;
  /** How many there are, looked at or not. Null when even that is hidden. */
  count: number | null;
  /** Files that it has open; null where that may not be seen, or it ended meanwhile. */
  openFilesOf(process: ProcessInfo): number | null;
}

/**
 * This machine as it can be read on every platform. A call that cannot answer throws a `PlimsollError`
 * (`unreadable` or `unsupported`); it never answers 0 for "could not read".
 */
export interface System {
  cpuTimes(): Promise<CpuTimes> | CpuTimes;
  coreTimes(): Promise<CoreTimes[]> | CoreTimes[];
  /** Null where the system has no such thing, as Windows. */
  loadAverages(): Promise<LoadAverages | null> | LoadAverages | null;
  memory(): Promise<Memory> | Memory;
  /** The limit that this process meets first, as in a container; null where there is none. It may be above what the machine has. */
  memoryLimit(): MemoryLimit | null;
  /** See `memoryLimit`. */
  cpuLimit(): CpuLimit | null;
  /** The file system that holds `path`. */
  volume(path: string): Promise<Volume> | Volume;
  /** Where the operating system itself lives: `/`, or the system drive on Windows. */
  readonly systemVolume: string;
  networkCounters(): Promise<InterfaceCounters[]> | InterfaceCounters[];
  /** Every file system once, however often it is mounted; without those that only the kernel fills. */
  mounts(): Promise<readonly Mount[]> | readonly Mount[];
  /** Like `volume`, with inodes. It may never answer. */
  mountUsage(path: string): Promise<MountUsage> | MountUsage;
  /** Whole devices that were ever used, without partitions and without those that are files or memory. */
  deviceCounters(): Promise<DeviceCounters[]> | DeviceCounters[];
  connections(): Promise<ConnectionCounts> | ConnectionCounts;
  /** How many TCP sockets are in each state. Costs as much as all other numbers together. */
  tcpStates(): Promise<Map<string, number>> | Map<string, number>;
  routes(): Routes;
  uptime(): Promise<Uptime> | Uptime;
  /** Throws `unsupported` where no sensor is found. */
  temperatures(): Promise<Temperature[]> | Temperature[];
  /** Throws `unsupported` where there is none. */
  battery(): Promise<Battery> | Battery;
  /**
   * All processes. One that is at rest may be told as it was up to five seconds ago, or at the reading before where that is longer
   * ago, and a thread of the kernel as it was fifteen seconds or five readings ago, unless `mustLook` says that it is followed.
   */
  processes(mustLook?: (process: ProcessInfo) => boolean): Promise<ProcessTable> | ProcessTable;
  close(): void;
}
