import type { Measurement } from '../../contract/sample.ts';
import { leftOutSample } from '../sources/labels.ts';
import type { ProcessTable } from '../system/system.ts';
import type { Program } from './following.ts';
import { detailsOf, labelled, rounded } from './program-samples.ts';

const seriesPerProgram = 2;
const seriesPerDetailedProgram = 6;

/** Programs below this share of a core are not in the top list: in a quiet moment chance would decide. */
const leastTopPercent = 1;

/**
 * A program that was in the top list keeps its series this long, so that charts have no gaps while others are ahead.
 */
const stayMs = 10 * 60_000;

/** The programs that are or recently were at the top, and their series. */
export class Leaders {
  readonly #top: number;
  readonly #details: boolean;
  readonly #seriesEach: number;
  readonly #mostPrograms: number;
  /** When each program was last at the top, oldest first. */
  readonly #lastAt = new Map<string, number>();

  constructor(top: number, details: boolean, mostSeries: number) {
    this.#top = top;
    this.#details = details;
    this.#seriesEach = details ? seriesPerDetailedProgram : seriesPerProgram;
    this.#mostPrograms = Math.floor(mostSeries / this.#seriesEach);
  }

  samples(programs: ReadonlyMap<string, Program>, table: ProcessTable, at: number): Measurement[] {
    const leading = this.#leading(programs);
    for (const { program } of leading.slice(0, this.#mostPrograms)) {
      this.#lastAt.delete(program);
      this.#lastAt.set(program, at);
    }
    for (const [program, lastAt] of this.#lastAt) {
      if (at - lastAt <= stayMs && this.#lastAt.size <= this.#mostPrograms) break;
      this.#lastAt.delete(program);
    }
    const samples: Measurement[] = [];
    for (const program of [...this.#lastAt.keys()].sort()) {
      const known = programs.get(program);
      const { cpuPercent, memoryBytes } = known ?? (table.hidden ? unknown : gone);
      samples.push(
        ...labelled(program, [
          ['top_process_cpu_percent', rounded(cpuPercent)],
          ['top_process_memory_bytes', memoryBytes],
          ...(this.#details && known !== undefined ? detailsOf(known, table) : []),
        ]),
      );
    }
    const leftOut = leading.length - this.#mostPrograms;
    if (leftOut > 0) samples.push(leftOutSample(leftOut * this.#seriesEach));
    return samples;
  }

  /** The first by processor time, the first by memory, the second by processor time, … */
  #leading(programs: ReadonlyMap<string, Program>): Program[] {
    const all = [...programs.values()];
    const byCpu = all
      .filter(({ cpuPercent }) => (cpuPercent ?? 0) > leastTopPercent)
      .sort((a, b) => (b.cpuPercent ?? 0) - (a.cpuPercent ?? 0));
    const byMemory = all
      .filter(({ memoryBytes }) => (memoryBytes ?? 0) > 0)
      .sort((a, b) => (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0));
    const leading = new Set<Program>();
    for (let place = 0; place < this.#top; place++) {
      for (const use of [byCpu[place], byMemory[place]]) if (use !== undefined) leading.add(use);
    }
    return [...leading];
  }
}

const unknown = { cpuPercent: null, memoryBytes: null };
const gone = { cpuPercent: 0, memoryBytes: 0 };
