/** Counters of processor time since boot, in any unit common to both. */
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

/** Bytes. A value that this system does not report is null. */
export interface Memory {
  total: number;
  available: number;
  used: number | null;
  free: number | null;
  /** Absent if this system does not report it; a total of 0 means no swap. */
  swap?: Swap;
}

/** How much memory the programs in this process's control group may use together. Bytes. */
export interface MemoryLimit {
  bytes: number;
  /** Null if unknown. */
  usedBytes: number | null;
}

/** How much processor time the programs in this process's control group may use together. */
export interface CpuLimit {
  /** 1.5 is the time of one and a half cores. */
  cores: number;
  /** The processor time that they have used, a counter. Null if unknown. */
  usedMs: number | null;
  /** Time is assigned in periods: how many were started, and in how many it ran out. Counters; null if unknown. */
  periods: { all: number; throttled: number } | null;
}

/** Bytes of one file system. `available` is what an ordinary user can still write. */
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
  /** Absent if this system does not report them. */
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
  /** Its answers may take for ever, because they come from another machine or a program. */
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
  /** Milliseconds in which at least one request was under way. Null if unknown. */
  busyMs: number | null;
}

/** Sockets in use, including listening ones, but not TCP sockets in TIME_WAIT. */
export interface ConnectionCounts {
  tcp: number;
  udp: number;
}

/** Where this machine can send to, as far as it is known. */
export interface Routes {
  /** Whether there is a route to everybody, such as a default route. */
  leadOut: boolean;
  /**
   * Whether there is a route to this address apart from that one: the address is in a network that this machine is
   * attached to, or has a route of its own. Irrelevant while `leadOut` is true.
   */
  leadTo(address: string): boolean;
}

export interface Uptime {
  seconds: number;
  /** Boot time, in seconds since 1970. */
  bootedAt: number;
}

export interface Temperature {
  sensor: string;
  celsius: number;
}

export interface Battery {
  /** All batteries together. */
  percent: number;
  /** Null if unknown. */
  onAc: boolean | null;
}

/**
 * The state of a process. `blocked` waits for a disk or the like and cannot be interrupted; a `zombie` has ended, but
 * its parent has not collected its status.
 */
export type ProcessStatus = 'running' | 'sleeping' | 'blocked' | 'stopped' | 'zombie';

/**
 * One process, the same object for as long as it lives. Each `processes()` updates it in place; a process that gets the
 * number of an ended one is another object.
 */
export interface ProcessInfo {
  readonly pid: number;
  /** The program's name, as task lists show it. May contain anything, including line breaks. */
  name: string;
  /** Arguments joined by spaces; empty for processes without any, such as kernel threads. */
  commandLine: string;
  /** Processor time since its start. Null if the system reports a rate instead. */
  cpuMs: number | null;
  /** Percent of one core since the last reading, for systems that report only that; null the first time. */
  cpuPercent?: number | null;
  /** Resident memory (RSS). Null if unknown. */
  memoryBytes: number | null;
  /** Null if unknown. */
  threads: number | null;
  /** Null if unknown. */
  status: ProcessStatus | null;
  /** Seconds since 1970. Null if unknown. */
  startedAt: number | null;
  /**
   * When it was last examined, in monotonic milliseconds: a table may contain older states of some processes. Absent if
   * every table examines all of them.
   */
  lookedAt?: number;
}

export interface ProcessTable {
  processes: readonly ProcessInfo[];
  /** Whether there are processes that may not be examined: one that is not in the list may be running nonetheless. */
  hidden: boolean;
  /** How many processes there are, examined or not. Null if even that is hidden. */
  count: number | null;
  /** The number of its open files; null if that may not be read, or it has ended meanwhile. */
  openFilesOf(process: ProcessInfo): number | null;
}

/**
 * This machine as it can be read on every platform. A call that cannot answer throws a `PlimsollError` (`unreadable` or
 * `unsupported`); it never returns 0 for "could not read".
 */
export interface System {
  cpuTimes(): Promise<CpuTimes> | CpuTimes;
  coreTimes(): Promise<CoreTimes[]> | CoreTimes[];
  /** Null if the system has no such thing, like Windows. */
  loadAverages(): Promise<LoadAverages | null> | LoadAverages | null;
  memory(): Promise<Memory> | Memory;
  /**
   * The tightest limit that applies to this process, for example in a container; null if there is none. It may exceed
   * what the machine has.
   */
  memoryLimit(): MemoryLimit | null;
  /** See `memoryLimit`. */
  cpuLimit(): CpuLimit | null;
  /** The file system that holds `path`. */
  volume(path: string): Promise<Volume> | Volume;
  /** The volume of the operating system: `/`, or the system drive on Windows. */
  readonly systemVolume: string;
  networkCounters(): Promise<InterfaceCounters[]> | InterfaceCounters[];
  /** Every file system once, however often it is mounted, without the kernel's own. */
  mounts(): Promise<readonly Mount[]> | readonly Mount[];
  /** Like `volume`, with inodes. It may never return. */
  mountUsage(path: string): Promise<MountUsage> | MountUsage;
  /** Whole devices that were ever used, without partitions and without those backed by files or memory. */
  deviceCounters(): Promise<DeviceCounters[]> | DeviceCounters[];
  connections(): Promise<ConnectionCounts> | ConnectionCounts;
  /** How many TCP sockets are in each state. Costs as much as everything else together. */
  tcpStates(): Promise<Map<string, number>> | Map<string, number>;
  routes(): Routes;
  uptime(): Promise<Uptime> | Uptime;
  /** Throws `unsupported` if there is no sensor. */
  temperatures(): Promise<Temperature[]> | Temperature[];
  /** Throws `unsupported` if there is none. */
  battery(): Promise<Battery> | Battery;
  /**
   * All processes. The state of a process at rest may be up to five seconds old, or from the previous reading if that
   * is longer ago, and that of a kernel thread fifteen seconds or five readings old, unless `mustLook` says that the
   * process is watched.
   */
  processes(mustLook?: (process: ProcessInfo) => boolean): Promise<ProcessTable> | ProcessTable;
  close(): void;
}
