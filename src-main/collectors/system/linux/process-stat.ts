import type { ProcessStatus } from '../system.ts';

/** Field numbers as in proc(5): the state is 3, the resident pages are 24. */
const lastField = 24;
/** The signal that is sent to its parent when it ends. */
const exitSignalField = 38;
/** PF_KTHREAD of include/linux/sched.h: a kernel thread. */
const kernelThread = 0x00200000;
/** The longest name in bytes, with room to spare: the kernel shows at most 63. */
const longestName = 127;

const openingBracket = 0x28;
const closingBracket = 0x29;
const space = 0x20;
const minus = 0x2d;
const zero = 0x30;
const one = 0x31;
const nine = 0x39;
const dead = 0x58;

/**
 * One line of `/proc/PID/stat` (proc(5)), `pid (name) state …`. It is parsed in place and reused, because a reading of
 * all processes consists mostly of this.
 */
export class ProcessStat {
  readonly #bytes: Buffer;
  readonly #fields = new Float64Array(lastField + 1);
  #length = 0;
  #nameStart = 0;
  #nameEnd = 0;
  #fieldsEnd = 0;

  /** Lines start at the first byte of `bytes`. */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** False if the first `length` bytes are not such a line, or belong to a process that is being removed. */
  read(length: number): boolean {
    const bytes = this.#bytes;
    this.#length = length;
    let start = 0;
    while (start < length && bytes[start] !== openingBracket) start++;
    // A name may contain any byte, including brackets and line breaks; only numbers follow it.
    let end = Math.min(length - 1, start + longestName);
    while (end > start && bytes[end] !== closingBracket) end--;
    this.#nameStart = start + 1;
    this.#nameEnd = end;
    return end > start && bytes[end + 2] !== dead && this.#readFields(end + 3);
  }

  get status(): ProcessStatus | null {
    return statusOf(this.#bytes[this.#nameEnd + 2]);
  }

  get isKernelThread(): boolean {
    return (this.#at(9) & kernelThread) !== 0;
  }

  /**
   * Whether it is a thread other than its program's first. Such a thread is found by its number, though it is in no
   * list. The kernel sends no signal when it ends, which the field shows as -1.
   */
  get isThread(): boolean {
    const bytes = this.#bytes;
    let at = this.#fieldsEnd;
    for (let field = lastField + 1; field < exitSignalField; field++) {
      if (at >= this.#length) return false;
      at++;
      while (at < this.#length && bytes[at] !== space) at++;
    }
    return at + 2 < this.#length && bytes[at + 1] === minus && bytes[at + 2] === one;
  }

  /** Clock ticks, user and kernel. */
  get cpuTicks(): number {
    return this.#at(14) + this.#at(15);
  }

  get threads(): number {
    return this.#at(20);
  }

  /** Clock ticks since boot. */
  get startTicks(): number {
    return this.#at(22);
  }

  get residentPages(): number {
    return this.#at(24);
  }

  /** Whether it has this name. */
  isNamed(name: Buffer): boolean {
    if (name.length !== this.#nameEnd - this.#nameStart) return false;
    for (let place = 0; place < name.length; place++) {
      if (name[place] !== this.#bytes[this.#nameStart + place]) return false;
    }
    return true;
  }

  /** A copy of the name. */
  name(): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#nameStart, this.#nameEnd));
  }

  #at(field: number): number {
    return this.#fields[field] ?? NaN;
  }

  /** Reads fields 4 to 24; false if there are fewer, or something other than numbers. */
  #readFields(start: number): boolean {
    const [bytes, length, fields] = [this.#bytes, this.#length, this.#fields];
    let at = start;
    for (let field = 4; field <= lastField; field++) {
      if (at >= length || bytes[at++] !== space) return false;
      const negative = bytes[at] === minus;
      if (negative) at++;
      const first = at;
      let value = 0;
      for (; at < length; at++) {
        const byte = bytes[at] ?? 0;
        if (byte < zero || byte > nine) break;
        value = value * 10 + (byte - zero);
      }
      if (at === first) return false;
      fields[field] = negative ? -value : value;
    }
    this.#fieldsEnd = at;
    return true;
  }
}

/**
 * The letters of the kernel's `task_state_array` (fs/proc/array.c): R, S, D, T, t (stopped by a debugger), Z, and I for
 * idle kernel threads. Null for transient states, such as a parked thread.
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

/**
 * The kernel keeps 15 bytes of a program's name: if the name of the started file begins with them, it is the whole name
 * (as in psutil 5.9.4). Node names its first thread, and so the process, MainThread: then the file's name is used, too.
 */
export function programName(comm: Buffer, commandLine: string): string {
  const name = comm.toString();
  const [started = ''] = commandLine.split('\0', 1);
  const file = started.slice(started.lastIndexOf('/') + 1);
  if (name === 'MainThread') return file || name;
  // Compares bytes, because the name may have been cut within a character.
  return comm.length === 15 && comm.equals(Buffer.from(file).subarray(0, 15)) ? file : name;
}

/** `kworker/3:1-events` shows its core and its current work; people want to see one name, kworker. */
export function kernelName(name: string): string {
  const slash = name.indexOf('/');
  return slash > 0 ? name.slice(0, slash) : name;
}
