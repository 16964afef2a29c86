import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * The processes of one run are found by a mark in their environment, which every child inherits, whatever group or
 * session it moves to. Only Linux shows the environment of a process (proc(5)); other systems have only the process
 * group.
 */
const variable = 'PLIMSOLL_RUN';

/** The prefix of the marks of all runs of one data directory; only one process owns it at a time. */
export function ownerMark(dataDirectory: string): string {
  return createHash('sha256').update(resolve(dataDirectory)).digest('hex').slice(0, 16);
}

/** A mark for one run. */
export function runMark(owner: string): string {
  return `${owner}-${randomBytes(6).toString('hex')}`;
}

/** The environment variable that marks a run. */
export function marked(mark: string): Record<string, string> {
  return { [variable]: mark };
}

/** One process of a run. `memoryBytes` is its resident memory. */
export interface RunProcess {
  pid: number;
  memoryBytes: number;
}

/**
 * Finds the processes of one run: those with its mark, and those in its process group. Any other process is examined
 * only once, because a running process does not gain a mark later, and a machine has hundreds of processes.
 */
export class RunTraces {
  readonly #text: string;
  #others: ReadonlySet<string>;

  constructor(mark: string) {
    this.#text = `${variable}=${mark}\0`;
    // Processes older than the run cannot belong to it.
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
      // Between fork and the end of exec the environment may look empty; kernel threads (group 0) never have one.
      else if (environment !== '' || facts.group === 0) others.add(name);
    }
    this.#others = others;
    return found;
  }
}

/** Ends every process that runs of this owner left behind, for example when the collectors were killed during one. */
export function endLeftRuns(owner: string): void {
  endAll(() => leftRuns(owner));
}

/** The process ids of all runs of this owner. */
export function leftRuns(owner: string): number[] {
  const start = `${variable}=${owner}-`;
  return processNames()
    .filter((name) => holds(environmentOf(name), start) && factsOf(name) !== undefined)
    .map(Number);
}

/** Ends what `find` returns until it returns nothing, so that processes forked meanwhile are ended too. */
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
    // It has just ended.
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

/** Undefined if the process is gone, has ended, or may not be examined. */
function factsOf(name: string): { group: number; memoryBytes: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
    // The name, in parentheses, may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0] ?? '';
    if (state === 'Z' || state === 'X') return undefined;
    return { group: Number(fields[2]), memoryBytes: Number(fields[21]) * pageBytes };
  } catch {
    return undefined;
  }
}

/**
 * The page size of nearly every system that Electron and Node are built for; with larger pages the limit takes effect
 * later.
 */
const pageBytes = 4096;

/** The raw environment: each variable ends with a NUL. Empty if it may not be read. */
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
