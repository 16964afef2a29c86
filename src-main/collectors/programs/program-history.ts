import type { ProgramChange, ProgramUse, TopPrograms } from '../../contract/top-programs.ts';
import { roundPercent } from '../sources/rounding.ts';

const keptMs = 10 * 60_000;
/** A moment replaces an earlier one that is closer than this. */
const shortestStepMs = 1_000;
/** By processor time and by memory each: a program at the top now was rarely outside these ten minutes ago. */
const keptPerMoment = 30;

interface Moment {
  at: number;
  programs: ReadonlyMap<string, ProgramUse>;
}

/**
 * The programs of the last ten minutes, to show what was running when an alert fired. Times are epoch milliseconds. It
 * holds at most 600 moments, each with the 30 programs that used the most processor time and the 30 that used the most
 * memory.
 */
export class ProgramHistory {
  readonly #moments: Moment[] = [];

  /**
   * Records a moment. It replaces the last one if that is less than a second ago. If the clock went back, the history
   * starts anew.
   */
  record(at: number, programs: readonly ProgramUse[]): void {
    const last = this.#moments.at(-1);
    if (last !== undefined && at < last.at) this.#moments.length = 0;
    const previous = this.#moments.at(-2);
    if (last !== undefined && previous !== undefined && at - previous.at < shortestStepMs)
      this.#moments.pop();
    const kept = [...byCpu(programs).slice(0, keptPerMoment), ...byMemory(programs).slice(0, keptPerMoment)];
    this.#moments.push({ at, programs: new Map(kept.map((use) => [use.program, plain(use)])) });
    const expired = this.#moments.findIndex((moment) => moment.at > at - keptMs);
    this.#moments.splice(0, expired);
  }

  /** The top `count` programs of the last moment by each measure; null before the first moment. */
  latest(count: number): TopPrograms | null {
    const latest = this.#moments.at(-1);
    if (latest === undefined) return null;
    const programs = [...latest.programs.values()];
    const change = (use: ProgramUse): ProgramChange => ({ ...use, before: this.#before(use.program) });
    return {
      at: latest.at,
      byCpu: byCpu(programs).slice(0, count).map(change),
      byMemory: byMemory(programs).slice(0, count).map(change),
    };
  }

  #before(program: string): ProgramChange['before'] {
    for (const { at, programs } of this.#moments.slice(0, -1)) {
      const use = programs.get(program);
      if (use !== undefined) return { at, cpuPercent: use.cpuPercent, memoryBytes: use.memoryBytes };
    }
    return null;
  }
}

/** A copy of these fields only: others that the caller keeps with them would live as long as the moment. */
function plain({ program, cpuPercent, memoryBytes }: ProgramUse): ProgramUse {
  return { program, cpuPercent: cpuPercent === null ? null : roundPercent(cpuPercent), memoryBytes };
}

/** Programs that used any processor time, most first. */
function byCpu(programs: readonly ProgramUse[]): ProgramUse[] {
  return programs
    .filter(({ cpuPercent }) => (cpuPercent ?? 0) > 0)
    .sort((a, b) => (b.cpuPercent ?? 0) - (a.cpuPercent ?? 0));
}

function byMemory(programs: readonly ProgramUse[]): ProgramUse[] {
  return programs
    .filter(({ memoryBytes }) => (memoryBytes ?? 0) > 0)
    .sort((a, b) => (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0));
}
