import type { ProcessInfo, ProcessStatus, ProcessTable } from './system.ts';

/**
 * Start times are accurate to the second at best, and to the hour for processes that run for days: within this
 * tolerance it may be the same process.
 */
const startToleranceSeconds = 2 * 3600;

/** Windows' idle process: its processor time is idle time. */
const idlePid = 0;

const statuses: Readonly<Record<string, ProcessStatus>> = {
  running: 'running',
  sleeping: 'sleeping',
  blocked: 'blocked',
  stopped: 'stopped',
  zombie: 'zombie',
};

/** The fields used from an entry of systeminformation's `processes()`. */
interface Told {
  pid: number;
  name: string;
  /** Percent; of what depends on the platform. */
  cpu: number;
  /** KiB. */
  memRss: number;
  started: string;
  state: string;
  command: string;
  params: string;
}

/**
 * The processes of macOS and Windows, as systeminformation reports them, through `ps` and through one PowerShell that
 * stays open. Processor time is a rate there: on Windows the share of all cores since the last query, on macOS that of
 * one core over the last minute. Threads and open files are unknown. A process is the same while its number and name
 * stay and its start time is about the same.
 */
export class PortableProcesses {
  readonly #isWindows: boolean;
  readonly #cores: number;
  #known: ReadonlyMap<number, Known> = new Map();

  constructor(platform: NodeJS.Platform, cores: number) {
    this.#isWindows = platform === 'win32';
    this.#cores = cores;
  }

  take(list: readonly Told[]): ProcessTable {
    const known = new Map<number, Known>();
    for (const told of list) {
      if (this.#isWindows && told.pid === idlePid) continue;
      const before = this.#known.get(told.pid);
      const isSame = before?.isStill(told) === true;
      const process = isSame ? before : new Known(told);
      process.cpuPercent = isSame || !this.#isWindows ? this.#percentOfCore(told.cpu) : null;
      process.memoryBytes = told.memRss > 0 ? told.memRss * 1024 : null;
      process.status = Object.hasOwn(statuses, told.state) ? (statuses[told.state] ?? null) : null;
      known.set(told.pid, process);
    }
    this.#known = known;
    return {
      processes: [...known.values()],
      hidden: false,
      count: known.size,
      openFilesOf: () => null,
    };
  }

  #percentOfCore(cpu: number): number | null {
    if (!Number.isFinite(cpu) || cpu < 0) return null;
    return this.#isWindows ? cpu * this.#cores : cpu;
  }
}

class Known implements ProcessInfo {
  readonly pid: number;
  readonly cpuMs = null;
  readonly threads = null;
  readonly startedAt: number | null;
  name: string;
  commandLine: string;
  cpuPercent: number | null = null;
  memoryBytes: number | null = null;
  status: ProcessStatus | null = null;

  constructor(told: Told) {
    this.pid = told.pid;
    this.startedAt = secondsOf(told.started);
    this.name = told.name;
    this.commandLine = commandLineOf(told);
  }

  isStill(told: Told): boolean {
    const startedAt = secondsOf(told.started);
    if (told.name !== this.name) return false;
    if (startedAt === null || this.startedAt === null) return startedAt === this.startedAt;
    return Math.abs(startedAt - this.startedAt) <= startToleranceSeconds;
  }
}

/** On macOS the arguments are separate from the program. */
function commandLineOf({ command, params }: Told): string {
  return params === '' ? command : `${command} ${params}`;
}

/** Converts a local time such as `2026-01-05 13:00:00` to seconds since 1970. */
function secondsOf(started: string): number | null {
  const ms = Date.parse(started.replace(' ', 'T'));
  return Number.isNaN(ms) ? null : ms / 1000;
}
