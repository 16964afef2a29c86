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
 * Looks for the processes of one run: those with its mark, and those of its process group. Others are looked at once, as long as
 * they live: a process does not come to a mark later, and a machine has hundreds.
 */
export class RunTraces {
  readonly #text: string;
  #others: ReadonlySet<string>;

  constructor(mark: string) {
    this.#text = `${variable}=${mark}\0`;
    // What was there before the run cannot belong to it.
    this.#others = new Set(processNames());
  }

  processes(group: number | undefined): RunProcess[] {
    const found: RunProcess[] = [];
    const others = new Set<string>();
    for (const name of processNames()) {
      if (this.#others.has(name)) {
        others.add(name);
        continue;
      }
      const facts = factsOf(name);
      if (facts === undefined) continue;
      const environment = environmentOf(name);
      if (facts.group === group || holds(environment, this.#text))
        found.push({ pid: Number(name), memoryBytes: facts.memoryBytes });
      // Between fork and the end of exec a process may show none; threads of the kernel, of group 0, never do.
      else if (environment !== '' || facts.group === 0) others.add(name);
    }
    this.#others = others;
    return found;
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
    .filter((name) => holds(environmentOf(name), start) && factsOf(name) !== undefined)
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

/** As in memory: each variable ends with a NUL. Empty for what may not be looked at. */
function environmentOf(name: string): string {
  try {
    return readFileSync(`/proc/${name}/environ`, 'latin1');
  } catch {
    return '';
  }
}

function holds(environment: string, text: string): boolean {
  return environment.startsWith(text) || environment.includes(`\0${text}`);
}
