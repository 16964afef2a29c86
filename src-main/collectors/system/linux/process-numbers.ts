import { existsSync, readdirSync } from 'node:fs';
import { messageOf, PlimsollError } from '../../../contract/error.ts';

/**
 * As many new numbers are tried one by one, which costs less than the list of all: the kernel walks through every number for it. Most
 * numbers are those of programs that ended since. What is there may be a thread, which is only known when it was looked at: of
 * those fewer are worth it.
 */
const mostTried = 16;
const mostMet = 4;
/** The list is read at least this often, in case a number was given out of its order, as to a process that was frozen and restored. */
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
  /** As of the last list, or the last numbers that were tried. */
  #newestPid: number | null = null;

  constructor(options: NumbersOptions) {
    this.#options = options;
  }

  /** Looks who came. Throws `unreadable` where the list cannot be read. */
  look(now: number): void {
    const { root, newestPid } = this.#options;
    // Asked before the list is read: who comes meanwhile is listed now, or has a newer number.
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
