/** Counters of processor time since boot, in any unit that both share. */
export interface CpuTimes {
  busy: number;
  total: number;
}

/** Bytes. A part that this system does not report is null. */
export interface Memory {
  total: number;
  available: number;
  used: number | null;
  free: number | null;
}

/** Bytes of one file system. `available` is what an ordinary user may still write. */
export interface Volume {
  total: number;
  used: number;
  available: number;
}

/** Byte counters of one network interface since it came up. */
export interface InterfaceCounters {
  name: string;
  receivedBytes: number;
  sentBytes: number;
}

/**
 * This machine as it can be read on every platform. A call that can not answer throws a `PlimsollError`
 * (`unreadable` or `unsupported`); it never answers 0 for "could not read".
 */
export interface System {
  cpuTimes(): Promise<CpuTimes> | CpuTimes;
  memory(): Promise<Memory> | Memory;
  /** The file system that holds `path`. */
  volume(path: string): Promise<Volume> | Volume;
  /** Where the operating system itself lives: `/`, or the system drive on Windows. */
  readonly systemVolume: string;
  networkCounters(): Promise<InterfaceCounters[]> | InterfaceCounters[];
  close(): void;
}
