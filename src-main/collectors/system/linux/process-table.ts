import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { messageOf, PlimsollError } from '../../../contract/error.ts';
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
/**
 * As many new numbers are tried one by one, which costs less than the list of all: the kernel walks through every number for it. Most
 * numbers are those of programs that ended since. What is there may be a thread, which is only known when it was looked at: of
 * those fewer are worth it.
 */
const mostTried = 16;
const mostMet = 4;
/** The list is read at least this often, in case a number was given out of its order, as to a process that was frozen and restored. */
const relistMs = 60_000;

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
 * Threads of the kernel take turns, and so do programs that rest. Who is new is found by the numbers that were given out since. The list
 * itself is read when these are many, when nobody tells them, and once a minute.
 */
export class ProcessFiles {
  readonly #options: ProcessFilesOptions;
  readonly #known = new Map<number, KnownProcess>();
  readonly #buffer = Buffer.allocUnsafe(longestRead);
  readonly #stat = new ProcessStat(this.#buffer);
  #mostKept: number;
  #kept = 0;
  /** Opened by the last `#readStat` to be kept, until its process is entered. */
  #fresh: number | null = null;
  #round = 0;
  /** Those of the last list and those that came since, without those that were found to have ended. */
  #pids: number[] = [];
  #listedAt = Number.NEGATIVE_INFINITY;
  /** In this reading, once a process is new. */
  #bootedAt: number | null = null;
  /** As of the last list, or the last numbers that were tried. */
  #newestPid: number | null = null;

  constructor(options: ProcessFilesOptions) {
    this.#options = options;
    this.#mostKept = options.mostKept;
  }

  /** See `System.processes`. */
  read(mustLook: (process: ProcessInfo) => boolean = () => false): ProcessTable {
    this.#round++;
    this.#bootedAt = null;
    const now = this.#options.monotonic();
    this.#list(now);
    const listed = this.#pids;
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
    this.#pids = left;
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

  #list(now: number): void {
    const { root, newestPid } = this.#options;
    // Asked before the list is read: who comes meanwhile is listed now, or has a newer number.
    const newest = newestPid();
    if (newest !== null && this.#findNew(newest, now)) return;
    let names: string[];
    try {
      names = this.#withRoom(() => readdirSync(root));
    } catch (cause) {
      throw new PlimsollError(
        'unreadable',
        `${root} cannot be read: ${messageOf(cause)}. Plimsoll needs /proc mounted and readable.`,
        { retry: true, cause },
      );
    }
    this.#pids = [];
    for (const name of names) {
      const pid = pidOf(name);
      if (pid !== null) this.#pids.push(pid);
    }
    this.#listedAt = now;
    this.#newestPid = newest;
  }

  /** Adds who came since the number before; false when the list has to be read. */
  #findNew(newest: number, now: number): boolean {
    const before = this.#newestPid;
    if (before === null || now - this.#listedAt >= relistMs) return false;
    // Numbers begin anew when the highest was given out.
    if (newest < before || newest - before > mostTried) return false;
    const met: number[] = [];
    for (let pid = before + 1; pid <= newest; pid++) {
      // Asking first is far cheaper than failing to open.
      if (!existsSync(`${this.#options.root}/${pid}/stat`)) continue;
      if (met.length === mostMet) return false;
      // Who came while the list was read may be in it.
      if (!this.#pids.includes(pid)) met.push(pid);
    }
    this.#pids.push(...met);
    this.#newestPid = newest;
    return true;
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

const zero = 0x30;
const nine = 0x39;

function pidOf(name: string): number | null {
  const first = name.charCodeAt(0);
  if (first < zero || first > nine) return null;
  const pid = Number(name);
  return Number.isSafeInteger(pid) ? pid : null;
}

/** A copy of `/proc` for tests lies on a file system whose folders have sizes of another kind. */
function isProcfs(root: string): boolean {
  return root === '/proc';
}
