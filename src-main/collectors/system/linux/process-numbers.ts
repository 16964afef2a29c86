import { existsSync, readdirSync } from 'node:fs';
import { messageOf, PlimsollError } from '../../../contract/error.ts';

/**
 * Up to this many new process ids are tried one by one, which costs less than listing `/proc`, for which the kernel
 * walks through every number. Most of them belong to programs that have already ended. Others may be threads, which
 * only examining them shows, so that fewer of those are worth it.
 */
const mostTried = 16;
const mostMet = 4;
/**
 * The list is read at least this often, in case a process got a number out of order, for example when it was restored
 * from a checkpoint.
 */
const relistMs = 60_000;

interface NumbersOptions {
  /** Where `/proc` is. */
  root: string;
  /** The number that a process or a thread was given last; null where that is not told. */
  newestPid(): number | null;
  /** Opens something where no descriptor may be left. */
  withRoom<Result>(open: () => Result): Result;
}

/**
 * Which processes there are, by their numbers. Who is new is found by the numbers that were given out since. The list itself is read
 * when these are many, when nobody tells them, and once a minute.
 */
export class ProcessNumbers {
  readonly #options: NumbersOptions;
  /** Those of the last list and those that came since; who reads them leaves out those that have ended. */
  pids: number[] = [];
  #listedAt = Number.NEGATIVE_INFINITY;
  /** At the last list, or at the last numbers that were tried. */
  #newestPid: number | null = null;

  constructor(options: NumbersOptions) {
    this.#options = options;
  }

  /** Looks who came. Throws `unreadable` where the list cannot be read. */
  look(now: number): void {
    const { root, newestPid } = this.#options;
    // Read before the list, so that a process that starts meanwhile is either in the list or has a higher number.
    const newest = newestPid();
    if (newest !== null && this.#findNew(newest, now)) return;
    let names: string[];
    try {
      names = this.#options.withRoom(() => readdirSync(root));
    } catch (cause) {
      throw new PlimsollError(
        'unreadable',
        `${root} cannot be read: ${messageOf(cause)}. Plimsoll needs /proc mounted and readable.`,
        { retry: true, cause },
      );
    }
    this.pids = [];
    for (const name of names) {
      const pid = pidOf(name);
      if (pid !== null) this.pids.push(pid);
    }
    this.#listedAt = now;
    this.#newestPid = newest;
  }

  /** Adds the processes since the last number; false if the whole list has to be read. */
  #findNew(newest: number, now: number): boolean {
    const before = this.#newestPid;
    if (before === null || now - this.#listedAt >= relistMs) return false;
    // Numbers start again after the highest.
    if (newest < before || newest - before > mostTried) return false;
    const met: number[] = [];
    for (let pid = before + 1; pid <= newest; pid++) {
      // Checking first is far cheaper than a failed open.
      if (!existsSync(`${this.#options.root}/${pid}/stat`)) continue;
      if (met.length === mostMet) return false;
      // A process that started while the list was read may already be in it.
      if (!this.pids.includes(pid)) met.push(pid);
    }
    this.pids.push(...met);
    this.#newestPid = newest;
    return true;
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
