import type { ProgramUse } from '../../contract/top-programs.ts';
import { labelText } from '../sources/labels.ts';
import type { ProcessInfo, ProcessTable } from '../system/system.ts';
import { processMatcher } from './process-pattern.ts';

/** What is remembered of one process from one collection to the next. */
export interface Followed {
  readonly process: ProcessInfo;
  name: string;
  commandLine: string;
  /** Its program as a label. */
  program: string;
  /** What all of its program use, once that was asked for. */
  use: Program | null;
  /** Places in the list of what is watched. */
  watchedAs: readonly number[];
  /** When it was last looked at, monotonic milliseconds, and the time that it had used by then. */
  lookedAt: number;
  cpuMs: number;
  /** Of one core, between the last two looks at it; null when that is not known. */
  cpuPercent: number | null;
  /** In which it was there last. */
  round: number;
}

/** A program with its processes; zombies are among them, and use nothing any more. */
export interface Program extends ProgramUse {
  readonly entries: Followed[];
}

/** Tables that are further apart tell of all how they are. */
const seldomMs = 4_500;

/** Follows all processes from one collection to the next, and knows which of them are watched. */
export class Following {
  readonly #matchers: readonly ((process: ProcessInfo) => boolean)[];
  readonly #followed = new Map<ProcessInfo, Followed>();
  #at: number | null = null;
  #round = 0;
  /** As of the last table but for those that have changed since; null where processes came, went or have another name. */
  #programs: Map<string, Program> | null = null;
  readonly #changed = new Set<Program>();

  /** `watch` holds names and patterns, see `processMatcher`. */
  constructor(watch: readonly string[] = []) {
    this.#matchers = watch.map(processMatcher);
  }

  /**
   * Whether a table at that time (monotonic milliseconds) has to say how a process is then: it is watched, what it uses is not known
   * yet, or the table before is long ago, whoever else has looked at some meanwhile.
   */
  mustLook(process: ProcessInfo, at: number): boolean {
    if (this.#at === null || at - this.#at >= seldomMs) return true;
    const entry = this.#followed.get(process);
    return entry === undefined || entry.cpuPercent === null || entry.watchedAs.length > 0;
  }

  /** `at` is monotonic milliseconds. False when this is the first table, or no time has passed: there are no rates then. */
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

  /** What each program uses; null where it is not known of one of its processes. What is returned changes with the next table. */
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

  /** For each place in the list of what is watched, the processes that are meant. */
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
    // What is new has done all of its work since the collection before.
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

/** Null for a process that is older than the collection before and was not seen by it: when it used its time is not known. */
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

/** Of something unknown the sum is unknown. */
export function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}
