import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { messageOf, PlimsollError } from '../../../contract/error.ts';
import { ProcessNumbers } from './process-numbers.ts';
import { kernelName, ProcessStat, programName } from './process-stat.ts';
import type { ProcessInfo, ProcessStatus, ProcessTable } from '../system.ts';

/** `sysconf(_SC_CLK_TCK)`: user space sees hundredths of a second on every architecture that Node supports. */
const msPerTick = 10;
/** A stat line has 52 numbers and a name of at most 63 bytes; a longer command line is cut. */
const longestRead = 4096;
/**
 * Each kernel thread is examined in every fifth reading, a fifth of them in each: they are the larger part of most
 * tables, hardly ever do anything, and cost as much to examine as a program.
 */
const kernelThreadRounds = 5;
/**
 * A kernel thread that did nothing between its last two examinations waits fifteen readings, but no longer than this
 * time.
 */
const kernelRestRounds = 15;
const kernelRestMs = 14_500;
/**
 * A program that sleeps and used no processor time between its last two examinations is at rest, and is skipped for
 * this long unless it is watched, because most programs do nothing most of the time. Readings that are further apart
 * examine all of them.
 */
const restMs = 4_500;
/** Programs at rest are spread over turns of one second each, so that no reading has to examine all of them. */
const turnMs = 1_000;
const restTurns = 5;
export interface ProcessFilesOptions {
  /** The path of `/proc`. */
  root: string;
  /** The size of a memory page in bytes; null if unknown. */
  pageBytes: number | null;
  /** How many descriptors may stay open. Further processes are opened for each reading, at twice the cost. */
  mostKept: number;
  /** Seconds since 1970. */
  bootedAt(): number;
  /** The number that was last given to a process or a thread; null if unknown. */
  newestPid(): number | null;
  /** The clock of `lookedAt`, in milliseconds. */
  monotonic(): number;
}

/**
 * All processes, from `/proc/PID/stat` and `/proc/PID/cmdline` (proc(5)). The descriptor of a stat file stays open: reading it
 * is one system call, and it never speaks of another process that got the same number later; when its own is gone, the
 * read fails with ESRCH. Command lines are read when a process is new, once more when it is seen for the second time, and
 * when its name changes: it may have been seen between its fork and its exec.
 *
 * Threads of the kernel take turns, and so do programs that rest. Who is there is known by `ProcessNumbers`.
 */
export class ProcessFiles {
  readonly #options: ProcessFilesOptions;
  readonly #numbers: ProcessNumbers;
  readonly #known = new Map<number, KnownProcess>();
  readonly #buffer = Buffer.allocUnsafe(longestRead);
  readonly #stat = new ProcessStat(this.#buffer);
  #mostKept: number;
  #kept = 0;
  /** Opened by the last `#readStat` and to be kept, until its process is recorded. */
  #fresh: number | null = null;
  #round = 0;
  /** Read once per reading, when a process is new. */
  #bootedAt: number | null = null;

  constructor(options: ProcessFilesOptions) {
    this.#options = options;
    this.#mostKept = options.mostKept;
    const { root, newestPid } = options;
    this.#numbers = new ProcessNumbers({ root, newestPid, withRoom: (open) => this.#withRoom(open) });
  }

  /** See `System.processes`. */
  read(mustLook: (process: ProcessInfo) => boolean = () => false): ProcessTable {
    this.#round++;
    this.#bootedAt = null;
    const now = this.#options.monotonic();
    this.#numbers.look(now);
    const listed = this.#numbers.pids;
    const left: number[] = [];
    const processes: KnownProcess[] = [];
    let denied = false;
    let threads = 0;
    for (const pid of listed) {
      const process = this.#look(pid, now, mustLook);
      if (process === 'thread') threads++;
      if (process === null || process === 'thread') continue;
      left.push(pid);
      if (process === 'denied') denied = true;
      else processes.push(process);
    }
    this.#dropFresh();
    this.#numbers.pids = left;
    if (this.#known.size > processes.length) {
      for (const process of this.#known.values()) if (process.round !== this.#round) this.#forget(process);
    }
    const sawFirst = listed.includes(1);
    return {
      processes,
      // With hidepid=2 the processes of others are not even listed, and process 1 belongs to somebody else.
      hidden: denied || !sawFirst,
      count: sawFirst ? listed.length - threads : null,
      openFilesOf: (process) => this.#openFilesOf(process),
    };
  }

  close(): void {
    for (const process of [...this.#known.values()]) this.#forget(process);
  }

  /** Null if the process has ended meanwhile. */
  #look(
    pid: number,
    now: number,
    mustLook: (process: ProcessInfo) => boolean,
  ): KnownProcess | 'denied' | 'thread' | null {
    const known = this.#known.get(pid);
    if (known !== undefined && this.#canWait(known, now) && !mustLook(known)) {
      known.round = this.#round;
      return known;
    }
    let length: number;
    try {
      length = this.#readStat(pid, known);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EPERM') return 'denied';
      if (code === 'ENOENT' || code === 'ESRCH') return null;
      throw new PlimsollError(
        'unreadable',
        `${this.#options.root}/${pid}/stat cannot be read: ${messageOf(thrown)}.`,
        { retry: true, cause: thrown },
      );
    }
    if (!this.#stat.read(length)) return null;
    if (known === undefined && this.#stat.isThread) return 'thread';
    return this.#enter(pid, now);
  }

  /** A process that was just found is examined again to learn its name, see the class. */
  #canWait({ pid, isKernel, sightings, rests, lookedAt }: KnownProcess, now: number): boolean {
    if (sightings < 2) return false;
    const age = now - lookedAt;
    if (!isKernel) return rests && age < restMs && (pid + Math.floor(now / turnMs)) % restTurns !== 0;
    const turn = pid + this.#round;
    if (rests && age < kernelRestMs) return turn % kernelRestRounds !== 0;
    return turn % kernelThreadRounds !== 0;
  }

  #enter(pid: number, now: number): KnownProcess {
    const stat = this.#stat;
    const { startTicks, status } = stat;
    let process = this.#known.get(pid);
    if (process !== undefined && process.startTicks !== startTicks) {
      // It was opened by its path rather than kept open, and is another process by now.
      this.#forget(process);
      process = undefined;
    }
    if (process === undefined) {
      this.#bootedAt ??= this.#options.bootedAt();
      process = new KnownProcess(pid, startTicks, this.#bootedAt + (startTicks * msPerTick) / 1000);
      this.#known.set(pid, process);
    }
    if (process.descriptor === null) {
      process.descriptor = this.#fresh;
      this.#fresh = null;
    }
    process.round = this.#round;
    process.lookedAt = now;
    const cpuMs = stat.cpuTicks * msPerTick;
    process.rests = status === 'sleeping' && process.status === 'sleeping' && process.cpuMs === cpuMs;
    process.status = status;
    process.cpuMs = cpuMs;
    process.threads = stat.threads;
    const { pageBytes } = this.#options;
    process.memoryBytes = pageBytes === null ? null : stat.residentPages * pageBytes;
    const renamed = !stat.isNamed(process.comm);
    if (renamed || process.sightings < 2) {
      if (renamed) process.comm = stat.name();
      process.sightings++;
      process.isKernel = stat.isKernelThread;
      const commandLine = process.isKernel ? '' : this.#commandLineOf(pid);
      process.commandLine = commandLine.replaceAll('\0', ' ').trim();
      process.name = process.isKernel
        ? kernelName(process.comm.toString())
        : programName(process.comm, commandLine);
    }
    return process;
  }

  /** How many bytes were read; 0 if the process has ended meanwhile. */
  #readStat(pid: number, known: KnownProcess | undefined): number {
    this.#dropFresh();
    const kept = known?.descriptor ?? null;
    if (known !== undefined && kept !== null) {
      try {
        const length = readSync(kept, this.#buffer, 0, longestRead, 0);
        if (length > 0) return length;
      } catch {
        // It has ended; another process may have its number.
      }
      this.#forget(known);
    }
    const path = `${this.#options.root}/${pid}/stat`;
    if (kept !== null && !existsSync(path)) return 0;
    const descriptor = this.#withRoom(() => openSync(path, 'r'));
    let length = 0;
    try {
      length = readSync(descriptor, this.#buffer, 0, longestRead, 0);
    } finally {
      const keeps = length > 0 && this.#kept < this.#mostKept;
      if (keeps) {
        this.#kept++;
        this.#fresh = descriptor;
      } else {
        closeSync(descriptor);
      }
    }
    return length;
  }

  /** If no descriptor is available, gives up half of the kept ones for good, and tries once more. */
  #withRoom<Result>(open: () => Result): Result {
    try {
      return open();
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if ((code !== 'EMFILE' && code !== 'ENFILE') || this.#kept === 0) throw thrown;
    }
    this.#mostKept = Math.floor(this.#kept / 2);
    for (const process of this.#known.values()) {
      if (this.#kept <= this.#mostKept) break;
      if (process.descriptor === null) continue;
      this.#release(process.descriptor);
      process.descriptor = null;
    }
    return open();
  }

  #commandLineOf(pid: number): string {
    try {
      const descriptor = this.#withRoom(() => openSync(`${this.#options.root}/${pid}/cmdline`, 'r'));
      try {
        const length = readSync(descriptor, this.#buffer, 0, longestRead, 0);
        return this.#buffer.toString('utf8', 0, length);
      } finally {
        closeSync(descriptor);
      }
    } catch {
      // It has ended, or may not be examined: its name has to do.
      return '';
    }
  }

  /**
   * From Linux 6.2 on, the size of `/proc/PID/fd` is the number of its entries; before that it is 0 and they have to be
   * counted.
   */
  #openFilesOf({ pid }: ProcessInfo): number | null {
    const folder = `${this.#options.root}/${pid}/fd`;
    try {
      const { size } = statSync(folder);
      return isProcfs(this.#options.root) && size > 0 ? size : readdirSync(folder).length;
    } catch {
      return null;
    }
  }

  #dropFresh(): void {
    if (this.#fresh !== null) this.#release(this.#fresh);
    this.#fresh = null;
  }

  #forget(process: KnownProcess): void {
    if (process.descriptor !== null) this.#release(process.descriptor);
    process.descriptor = null;
    this.#known.delete(process.pid);
  }

  #release(descriptor: number): void {
    this.#kept--;
    try {
      closeSync(descriptor);
    } catch {
      // It was stale: there is nothing left to close.
    }
  }
}

class KnownProcess implements ProcessInfo {
  readonly pid: number;
  readonly startTicks: number;
  readonly startedAt: number;
  name = '';
  commandLine = '';
  cpuMs = 0;
  memoryBytes: number | null = null;
  threads = 0;
  status: ProcessStatus | null = null;
  comm: Buffer = Buffer.alloc(0);
  descriptor: number | null = null;
  sightings = 0;
  isKernel = false;
  round = 0;
  rests = false;
  lookedAt = 0;

  constructor(pid: number, startTicks: number, startedAt: number) {
    this.pid = pid;
    this.startTicks = startTicks;
    this.startedAt = startedAt;
  }
}

/** A copy of `/proc` for tests is on a file system whose folder sizes mean something else. */
function isProcfs(root: string): boolean {
  return root === '/proc';
}
