import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { messageOf, PlimsollError } from '../../../contract/error.ts';
import type { ProcessInfo, ProcessStatus, ProcessTable } from '../system.ts';

/** `sysconf(_SC_CLK_TCK)`: what user space is shown is a hundredth of a second on every architecture that Node runs on. */
const msPerTick = 10;
/** A stat line has 52 numbers and a name of at most 63 bytes; a command line is cut. */
const longestRead = 4096;
/** PF_KTHREAD of include/linux/sched.h: a thread of the kernel itself. */
const kernelThread = 0x00200000;
/**
 * Each thread of the kernel is looked at in every fifth reading, and in each reading another fifth of them: they are the
 * larger part of most tables, hardly ever do anything, and looking at one costs as much as looking at a program.
 */
const kernelThreadRounds = 5;
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
 * Threads of the kernel take turns, and so do programs that rest. The list itself is read when a number was given out since, and
 * otherwise as seldom as those that rest are looked at.
 */
export class ProcessFiles {
  readonly #options: ProcessFilesOptions;
  readonly #known = new Map<number, KnownProcess>();
  readonly #buffer = Buffer.allocUnsafe(longestRead);
  readonly #fields = new Float64Array(lastField + 1);
  #mostKept: number;
  #kept = 0;
  /** Opened by the last `#readStat` to be kept, until its process is entered. */
  #fresh: number | null = null;
  #round = 0;
  /** Those of the last list, without those that were found to have ended. */
  #pids: number[] = [];
  #listedAt = Number.NEGATIVE_INFINITY;
  /** As of the last list. */
  #newestPid: number | null = null;

  constructor(options: ProcessFilesOptions) {
    this.#options = options;
    this.#mostKept = options.mostKept;
  }

  /** See `System.processes`. */
  read(mustLook: (process: ProcessInfo) => boolean = () => false): ProcessTable {
    this.#round++;
    const now = this.#options.monotonic();
    this.#list(now);
    const listed = this.#pids;
    const left: number[] = [];
    const processes: KnownProcess[] = [];
    let denied = false;
    for (const pid of listed) {
      const process = this.#look(pid, now, mustLook);
      if (process === null) continue;
      left.push(pid);
      if (process === 'denied') denied = true;
      else processes.push(process);
    }
    this.#dropFresh();
    this.#pids = left;
    for (const process of this.#known.values()) {
      if (process.round !== this.#round) this.#forget(process);
    }
    const sawFirst = listed.includes(1);
    return {
      processes,
      // With hidepid=2 others are not even listed, and the first process belongs to somebody else.
      hidden: denied || !sawFirst,
      count: sawFirst ? listed.length : null,
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
    if (newest !== null && newest === this.#newestPid && now - this.#listedAt < restMs) return;
    let names: string[];
    try {
      names = this.#withRoom(() => readdirSync(root));
    } catch (cause) {
      throw new PlimsollError(
        'unreadable',
        `${root} can not be read: ${messageOf(cause)}. Plimsoll needs /proc mounted and readable.`,
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

  /** Null for one that ended meanwhile. */
  #look(
    pid: number,
    now: number,
    mustLook: (process: ProcessInfo) => boolean,
  ): KnownProcess | 'denied' | null {
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
        `${this.#options.root}/${pid}/stat can not be read: ${messageOf(thrown)}.`,
        { retry: true, cause: thrown },
      );
    }
    const bytes = this.#buffer.subarray(0, length);
    // A name may hold every byte, brackets and line breaks included; only numbers follow it.
    const nameStart = bytes.indexOf(openingBracket) + 1;
    const nameEnd = bytes.lastIndexOf(closingBracket);
    if (nameStart === 0 || nameEnd < nameStart || !readFields(bytes, nameEnd + 2, this.#fields)) return null;
    const state = bytes[nameEnd + 2];
    if (state === dead) return null;
    return this.#enter(pid, bytes.subarray(nameStart, nameEnd), statusOf(state), now);
  }

  /** One that was just met is looked at again to learn its name, see the class. */
  #canWait({ pid, isKernel, sightings, rests, lookedAt }: KnownProcess, now: number): boolean {
    if (sightings < 2) return false;
    if (isKernel) return (pid + this.#round) % kernelThreadRounds !== 0;
    return rests && now - lookedAt < restMs && (pid + Math.floor(now / turnMs)) % restTurns !== 0;
  }

  #enter(pid: number, name: Buffer, status: ProcessStatus | null, now: number): KnownProcess {
    const fields = this.#fields;
    const startTicks = fields[22] ?? 0;
    let process = this.#known.get(pid);
    if (process !== undefined && process.startTicks !== startTicks) {
      // Read through a name rather than a descriptor: another process by now.
      this.#forget(process);
      process = undefined;
    }
    if (process === undefined) {
      process = new KnownProcess(pid, startTicks, this.#options.bootedAt() + (startTicks * msPerTick) / 1000);
      this.#known.set(pid, process);
    }
    if (process.descriptor === null) {
      process.descriptor = this.#fresh;
      this.#fresh = null;
    }
    process.round = this.#round;
    process.lookedAt = now;
    const cpuMs = ((fields[14] ?? 0) + (fields[15] ?? 0)) * msPerTick;
    process.rests = status === 'sleeping' && process.status === 'sleeping' && process.cpuMs === cpuMs;
    process.status = status;
    process.cpuMs = cpuMs;
    process.threads = fields[20] ?? 0;
    const { pageBytes } = this.#options;
    process.memoryBytes = pageBytes === null ? null : (fields[24] ?? 0) * pageBytes;
    const renamed = !process.comm.equals(name);
    if (renamed || process.sightings < 2) {
      if (renamed) process.comm = Buffer.from(name);
      process.sightings++;
      process.isKernel = ((fields[9] ?? 0) & kernelThread) !== 0;
      const commandLine = process.isKernel ? '' : this.#commandLineOf(pid);
      process.commandLine = commandLine.replaceAll('\0', ' ').trim();
      process.name = process.isKernel
        ? kernelName(process.comm.toString())
        : programName(process.comm, commandLine);
    }
    return process;
  }

  #readStat(pid: number, known: KnownProcess | undefined): number {
    this.#dropFresh();
    if (known !== undefined && known.descriptor !== null) {
      try {
        const length = readSync(known.descriptor, this.#buffer, 0, longestRead, 0);
        if (length > 0) return length;
      } catch {
        // It is gone; another may have its number.
      }
      this.#forget(known);
    }
    const descriptor = this.#withRoom(() => openSync(`${this.#options.root}/${pid}/stat`, 'r'));
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

/** Field numbers are those of proc(5): the state is 3, the resident pages are 24. */
const lastField = 24;
const openingBracket = 0x28;
const closingBracket = 0x29;
const space = 0x20;
const minus = 0x2d;
const zero = 0x30;
const nine = 0x39;
const dead = 0x58;

/**
 * Letters of the kernel's `task_state_array` (fs/proc/array.c): R, S, D, T, t (stopped by a debugger), Z, and I for threads of the
 * kernel that have nothing to do. Null for those that only pass by, such as a thread that is parked.
 */
function statusOf(letter: number | undefined): ProcessStatus | null {
  switch (letter) {
    case 0x52:
      return 'running';
    case 0x53:
    case 0x49:
      return 'sleeping';
    case 0x44:
      return 'blocked';
    case 0x54:
    case 0x74:
      return 'stopped';
    case 0x5a:
      return 'zombie';
    default:
      return null;
  }
}

/** Reads fields 4 to 24; false when there are fewer, or something else than numbers. */
function readFields(bytes: Uint8Array, stateAt: number, fields: Float64Array): boolean {
  let at = stateAt + 1;
  for (let field = 4; field <= lastField; field++) {
    if (bytes[at++] !== space) return false;
    const negative = bytes[at] === minus;
    if (negative) at++;
    const start = at;
    let value = 0;
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined || byte < zero || byte > nine) break;
      value = value * 10 + (byte - zero);
      at++;
    }
    if (at === start) return false;
    fields[field] = negative ? -value : value;
  }
  return true;
}

function pidOf(name: string): number | null {
  const first = name.charCodeAt(0);
  if (first < zero || first > nine) return null;
  const pid = Number(name);
  return Number.isSafeInteger(pid) ? pid : null;
}

/**
 * The kernel keeps 15 bytes of a program's name: where the file that was started begins with them, it is the whole one
 * (as psutil 5.9.4). Node calls its first thread MainThread, and with it the process: there the file is named, too.
 */
function programName(comm: Buffer, commandLine: string): string {
  const name = comm.toString();
  const [started = ''] = commandLine.split('\0', 1);
  const file = started.slice(started.lastIndexOf('/') + 1);
  if (name === 'MainThread') return file || name;
  // As bytes: the cut may have gone through a letter.
  return comm.length === 15 && comm.equals(Buffer.from(file).subarray(0, 15)) ? file : name;
}

/** `kworker/3:1-events` says what it happens to do on which core: to people they are all kworkers. */
function kernelName(name: string): string {
  const slash = name.indexOf('/');
  return slash > 0 ? name.slice(0, slash) : name;
}

/** A copy of `/proc` for tests lies on a file system whose folders have sizes of another kind. */
function isProcfs(root: string): boolean {
  return root === '/proc';
}

/** Bytes of a page, from the auxiliary vector (getauxval(3)): AT_PAGESZ is 6. Null where there is none. */
export function pageBytesOf(auxvPath: string): number | null {
  try {
    const vector = readFileSync(auxvPath);
    for (let at = 0; at + 16 <= vector.length; at += 16) {
      if (vector.readBigUInt64LE(at) === 6n) return Number(vector.readBigUInt64LE(at + 8));
    }
  } catch {
    // Without the file memory is absent, which is what null says.
  }
  return null;
}

/**
 * How many descriptors may stay open for processes: an eighth of what this process may have, and no more than 2048. The rest is
 * for everything else that it does.
 */
export function descriptorsToKeep(limitsPath: string): number {
  let limit = 256;
  try {
    const text = readFileSync(limitsPath, 'utf8');
    limit = Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? limit);
  } catch {
    // Unknown is treated as small.
  }
  return Math.min(2048, Math.floor(limit / 8));
}
