import type { ProgramUse } from '../../contract/top-programs.ts';
import { labelText } from '../sources/labels.ts';
import type { ProcessInfo, ProcessTable } from '../system/system.ts';
import { processMatcher } from './process-pattern.ts';

/** What is remembered of one process between collections. */
export interface Followed {
  readonly process: ProcessInfo;
  name: string;
  commandLine: string;
  /** Its program as a label. */
  program: string;
  /** The usage of its program, once it was asked for. */
  use: Program | null;
  /** Indexes in the list of watched names. */
  watchedAs: readonly number[];
  /** When it was last examined, in monotonic milliseconds, and its processor time by then. */
  lookedAt: number;
  cpuMs: number;
  /** Of one core, between its last two examinations; null if unknown. */
  cpuPercent: number | null;
  /** The last round in which it was present. */
  round: number;
}

/** A program with its processes, including zombies, which no longer use anything. */
export interface Program extends ProgramUse {
  readonly entries: Followed[];
}

/** Beyond this time between two tables, every process is examined again. */
const seldomMs = 4_500;

/** Follows all processes from one collection to the next, and knows which are watched. */
export class Following {
  readonly #matchers: readonly ((process: ProcessInfo) => boolean)[];
  readonly #followed = new Map<ProcessInfo, Followed>();
  #at: number | null = null;
  #round = 0;
  /** The programs of the last table, updated as processes change; null after processes came, went or were renamed. */
  #programs: Map<string, Program> | null = null;
  readonly #changed = new Set<Program>();

  /** `watch` holds names and patterns, see `processMatcher`. */
  constructor(watch: readonly string[] = []) {
    this.#matchers = watch.map(processMatcher);
  }

  /**
   * Whether a table taken at `at` (monotonic milliseconds) has to examine a process: because it is watched, its usage
   * is not known yet, or the last table here is long ago, even if others have examined some processes since.
   */
  mustLook(process: ProcessInfo, at: number): boolean {
    if (this.#at === null || at - this.#at >= seldomMs) return true;
    const entry = this.#followed.get(process);
    return entry === undefined || entry.cpuPercent === null || entry.watchedAs.length > 0;
  }

  /**
   * `at` is monotonic milliseconds. False if this is the first table or no time has passed: there are no rates then.
   */
  take({ processes: current }: ProcessTable, at: number): boolean {
    const before = this.#at;
    const round = ++this.#round;
    for (const process of current) {
      const known = this.#followed.get(process);
      if (known !== undefined && known.lookedAt === process.lookedAt) {
        known.round = round;
        continue;
      }
      const entry = known ?? this.#meet(process);
      if (entry.name !== process.name || entry.commandLine !== process.commandLine) {
        Object.assign(entry, this.#identity(process));
        this.#programs = null;
      }
      const lookedAt = process.lookedAt ?? at;
      if (known === undefined || lookedAt !== entry.lookedAt)
        this.#look(entry, known === undefined, before, lookedAt);
      if (known === undefined) {
        this.#followed.set(process, entry);
        this.#programs = null;
      }
      if (entry.use !== null) this.#changed.add(entry.use);
      entry.round = round;
    }
    if (this.#followed.size > current.length) {
      this.#programs = null;
      for (const [process, entry] of this.#followed)
        if (entry.round !== round) this.#followed.delete(process);
    }
    this.#at = at;
    return before !== null && at > before;
  }

  /**
   * The usage of each program; null where it is unknown for one of its processes. The result changes with the next
   * table.
   */
  programs(): ReadonlyMap<string, Program> {
    this.#programs ??= this.#grouped();
    for (const program of this.#changed) addUp(program);
    this.#changed.clear();
    return this.#programs;
  }

  #grouped(): Map<string, Program> {
    const programs = new Map<string, Program>();
    this.#changed.clear();
    for (const entry of this.#followed.values()) {
      const { program } = entry;
      let use = programs.get(program);
      if (use === undefined) {
        use = { program, cpuPercent: null, memoryBytes: null, entries: [] };
        programs.set(program, use);
        this.#changed.add(use);
      }
      use.entries.push(entry);
      entry.use = use;
    }
    return programs;
  }

  /** For each watched name, its processes. */
  watched(): Followed[][] {
    const found: Followed[][] = this.#matchers.map(() => []);
    if (found.length === 0) return found;
    for (const entry of this.#followed.values()) {
      for (const place of entry.watchedAs) found[place]?.push(entry);
    }
    return found;
  }

  #look(entry: Followed, isNew: boolean, before: number | null, at: number): void {
    const { cpuMs, cpuPercent = null, threads } = entry.process;
    // A new process has done all its work since the last collection.
    const elapsedMs = at - (isNew ? (before ?? at) : entry.lookedAt);
    entry.cpuPercent =
      cpuMs === null ? cpuPercent : percentOfCore(cpuMs - entry.cpuMs, elapsedMs, !isNew, threads ?? 1);
    entry.lookedAt = at;
    entry.cpuMs = cpuMs ?? 0;
  }

  #meet(process: ProcessInfo): Followed {
    const identity = this.#identity(process);
    return { process, ...identity, use: null, lookedAt: 0, cpuMs: 0, cpuPercent: null, round: 0 };
  }

  #identity(process: ProcessInfo) {
    const { name, commandLine } = process;
    const watchedAs = this.#matchers.flatMap((isMeant, place) => (isMeant(process) ? [place] : []));
    return { name, commandLine, program: labelText(name), watchedAs };
  }
}

/**
 * Null for a process that is older than the last collection but was not seen by it: nobody knows when it used its time.
 */
function percentOfCore(usedMs: number, elapsedMs: number, known: boolean, threads: number): number | null {
  if (elapsedMs <= 0 || usedMs < 0) return null;
  if (!known && usedMs > elapsedMs * Math.max(1, threads)) return null;
  return (100 * usedMs) / elapsedMs;
}

function addUp(program: Program): void {
  program.cpuPercent = program.memoryBytes = 0;
  for (const { cpuPercent, process } of program.entries) {
    program.cpuPercent = sum(program.cpuPercent, cpuPercent);
    program.memoryBytes = sum(program.memoryBytes, process.memoryBytes);
  }
}

/** The sum is unknown if one of its parts is. */
export function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}
