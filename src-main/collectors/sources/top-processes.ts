/** One program at one time: all processes of that name together. */
export interface ProgramUse {
  program: string;
  /** Of one core: 100 means that one core was busy with it. Null where it is not known, as at its first sight. */
  cpuPercent: number | null;
  /** Null where it is not told. */
  memoryBytes: number | null;
}

/** A program and what has changed since the beginning of the table, or since it first stood in it. */
export interface ProgramChange extends ProgramUse {
  before: ProgramUse & { at: number };
}

const keptMs = 10 * 60_000;
/** A source that is sampled ten times a second needs no more rows than one that is sampled each second. */
const shortestStepMs = 1_000;

/**
 * The top programs of the last ten minutes, for the question what was going on when an alert fired. Times are epoch
 * milliseconds. It holds no more than 600 moments, with as many programs each as are handed in.
 */
export class TopProcesses {
  readonly #moments: { at: number; programs: readonly ProgramUse[] }[] = [];

  /** Enters a moment. One that comes within a second of the last takes its place; after the clock went back all is new. */
  record(at: number, programs: readonly ProgramUse[]): void {
    const last = this.#moments.at(-1);
    if (last !== undefined && at < last.at) this.#moments.length = 0;
    const previous = this.#moments.at(-2);
    if (last !== undefined && previous !== undefined && at - previous.at < shortestStepMs)
      this.#moments.pop();
    this.#moments.push({ at, programs });
    const expired = this.#moments.findIndex((moment) => moment.at > at - keptMs);
    this.#moments.splice(0, expired);
  }

  /**
   * The `count` programs that used most processor time at the last moment up to `at`, and how that has changed in the ten minutes
   * before; programs without a known use come last. Empty when nothing is known of that time.
   */
  at(at: number, count: number): ProgramChange[] {
    const until = this.#moments.filter((moment) => moment.at <= at);
    const latest = until.at(-1);
    if (latest === undefined || at - latest.at >= keptMs) return [];
    return [...latest.programs]
      .sort((a, b) => (b.cpuPercent ?? -1) - (a.cpuPercent ?? -1))
      .slice(0, count)
      .map((use) => ({ ...use, before: this.#firstOf(use, until) }));
  }

  #firstOf(use: ProgramUse, moments: readonly { at: number; programs: readonly ProgramUse[] }[]) {
    for (const moment of moments) {
      const found = moment.programs.find(({ program }) => program === use.program);
      if (found !== undefined) return { ...found, at: moment.at };
    }
    throw new Error('the last moment has it');
  }
}
