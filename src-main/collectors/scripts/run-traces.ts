import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * Processes of one run are found by a mark in their environment, which all that they start inherit, whatever group or
 * session they move to. Linux alone shows the environment of a process (proc(5)); elsewhere there is the process group.
 */
const variable = 'PLIMSOLL_RUN';

/** What the marks of all runs of one data directory begin with: one owner, at one time. */
export function ownerMark(dataDirectory: string): string {
  return createHash('sha256').update(resolve(dataDirectory)).digest('hex').slice(0, 16);
}

/** A mark for one run. */
export function runMark(owner: string): string {
  return `${owner}-${randomBytes(6).toString('hex')}`;
}

/** The part of a run's environment that marks it. */
export function marked(mark: string): Record<string, string> {
  return { [variable]: mark };
}

/** One process of a run. `memoryBytes` is what it holds in memory now. */
export interface RunProcess {
  pid: number;
  memoryBytes: number;
}

/**
 * Looks for the processes of one run: those with its mark, and those of its process group. Those that were there before the
 * run can not belong to it and are looked at once only.
 */
export class RunTraces {
  readonly #mark: string;
  readonly #before: ReadonlySet<string>;

  constructor(mark: string) {
    this.#mark = mark;
    this.#before = new Set(processNames());
  }

  processes(group: number | undefined): RunProcess[] {
    return processNames()
      .filter((name) => !this.#before.has(name))
      .flatMap((name) => {
        const facts = factsOf(name);
        if (facts === undefined) return [];
        const belongs = facts.group === group || hasMark(name, `${variable}=${this.#mark}\0`);
        return belongs ? [{ pid: Number(name), memoryBytes: facts.memoryBytes }] : [];
      });
  }
}

/** Ends every process that a run of this owner has left, as when the collectors were killed in the midst of one. */
export function endLeftRuns(owner: string): void {
  endAll(() => leftRuns(owner));
}

/** The numbers of the processes that runs of this owner have. */
export function leftRuns(owner: string): number[] {
  const start = `${variable}=${owner}-`;
  return processNames()
    .filter((name) => hasMark(name, start) && factsOf(name) !== undefined)
    .map(Number);
}

/** Ends what `find` finds until it finds nothing: what forks meanwhile is found by the next look. */
export function endAll(find: () => readonly number[]): void {
  for (let look = 0; look < looksAtMost; look++) {
    const found = find();
    if (found.length === 0) return;
    for (const pid of found) endProcess(pid);
  }
}

const looksAtMost = 20;

export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

function processNames(): string[] {
  if (process.platform !== 'linux') return [];
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  } catch {
    return [];
  }
}

/** Undefined for one that is gone or has ended, and for one that may not be looked at. */
function factsOf(name: string): { group: number; memoryBytes: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    // The program's name, in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0] ?? '';
    if (state === 'Z' || state === 'X') return undefined;
    return { group: Number(fields[2]), memoryBytes: Number(fields[21]) * pageBytes };
  } catch {
    return undefined;
  }
}

/** Of all systems that Electron and Node are built for; with larger pages the limit is reached later. */
const pageBytes = 4096;

function hasMark(name: string, text: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${name}/environ`, 'latin1')}`.includes(`\0${text}`);
  } catch {
    return false;
  }
}
