import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { messageOf, PlimsollError } from '../../../contract/error.ts';
import { ProcessNumbers } from './process-numbers.ts';
import { kernelName, ProcessStat, programName } from './process-stat.ts';
import type { ProcessInfo, ProcessStatus, ProcessTable } from '../system.ts';

/** `sysconf(_SC_CLK_TCK)`: what user space is shown is a hundredth of a second on every architecture that Node runs on. */
const msPerTick = 10;
/** A stat line has 52 numbers and a name of at most 63 bytes; a command line is cut. */
const longestRead = 4096;
/**
 * Each thread of the kernel is looked at in every fifth reading, and in each reading another fifth of them: they are the
 * larger part of most tables, hardly ever do anything, and looking at one costs as much as looking at a program.
 */
const kernelThreadRounds = 5;
/** One that did nothing between its last two looks only in every fifteenth, unless that would be later than this. */
const kernelRestRounds = 15;
const kernelRestMs = 14_500;
/**
 * A program that sleeps and used no processor time between its last two looks rests: it is left alone for so long, unless somebody
 * follows it, for most programs do nothing most of the time. Readings that are further apart look at all of them.
 */
const restMs = 4_500;
/** Those that rest are looked at in turns, a second each, so that no reading has to look at all. */
const turnMs = 1_000;
const restTurns = 5;
export interface ProcessFilesOptions {
  /** Where `/proc` is. */
  root: string;
  /** Bytes of a memory page; null where it is not known. */
  pageBytes: number | null;
  /** How many descriptors may stay open. Processes beyond are opened for each reading, at twice the cost. */
  mostKept: number;
  /** Seconds since 1970. */
  bootedAt(): number;
  /** The number that a process or a thread was given last; null where that is not told. */
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
  /** Opened by the last `#readStat` to be kept, until its process is entered. */
  #fresh: number | null = null;
  #round = 0;
  /** In this reading, once a process is new. */
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
      // With hidepid=2 others are not even listed, and the first process belongs to somebody else.
      hidden: denied || !sawFirst,
      count: sawFirst ? listed.length - threads : null,
      openFilesOf: (process) => this.#openFilesOf(process),
    };
  }

  close(): void {
    for (const process of [...this.#known.values()]) this.#forget(process);
  }

  /** Null for one that ended meanwhile. */
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

  /** One that was just met is looked at again to learn its name, see the class. */
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
      // Read through a name rather than a descriptor: another process by now.
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

  /** How many bytes were read; 0 for one that ended meanwhile. */
  #readStat(pid: number, known: KnownProcess | undefined): number {
    this.#dropFresh();
    const kept = known?.descriptor ?? null;
    if (known !== undefined && kept !== null) {
      try {
        const length = readSync(kept, this.#buffer, 0, longestRead, 0);
        if (length > 0) return length;
      } catch {
        // It is gone; another may have its number.
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

  /** When no descriptor is to be had, half of the kept ones are given up, for good, and it is tried once more. */
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
      // It ended, or may not be looked at: its name is known, and has to do.
      return '';
    }
  }

  /**
   * From Linux 6.2 on the size of `/proc/PID/fd` is the number of its entries; before it is 0 and they have to be counted.
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

/** A copy of `/proc` for tests lies on a file system whose folders have sizes of another kind. */
function isProcfs(root: string): boolean {
  return root === '/proc';
}
