import { z } from 'zod';
import { PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { labelText, leftOutMetric, leftOutSample, mostLabelledSeries } from './labels.ts';
import { PartialReading } from '../partial-reading.ts';
import { processMatcher } from './process-pattern.ts';
import { roundPercent } from './rounding.ts';
import { defineSource } from '../source-kind.ts';
import type { ProcessInfo, ProcessTable } from '../system/system.ts';
import { TopProcesses, type ProgramUse } from './top-processes.ts';

const seriesPerWatched = 7;
const seriesPerProgram = 2;
const mostWatched = 20;

/** Below this much of a core nobody is among the top: in a quiet moment chance would decide who is. */
const leastTopPercent = 1;

/** A program that was among the top keeps its series for so long, so that charts have no holes where others pushed ahead. */
const stayMs = 10 * 60_000;

export const processes = defineSource({
  kind: 'processes',
  title: 'Processes',
  description:
    'Whether programs run and what they use, and which programs use most. What has the same name is one program, however many processes it has.',
  intervalSeconds: 5,
  local: true,
  options: z.strictObject({
    watch: z
      .array(z.string().min(1).max(200))
      .max(mostWatched)
      .refine((names) => new Set(names.map(labelText)).size === names.length, 'must not name one twice')
      .default([])
      .meta({
        title: 'Watch',
        description:
          'Names of programs, such as postgres, or patterns with * and ? for the whole name or the whole command line, such as chrome* or *app.py*. Upper and lower case are the same.',
      }),
    top: z.int().min(0).max(50).default(5).meta({
      title: 'Top',
      description: 'How many of the programs that use most processor time, and most memory, have series.',
    }),
  }),
  metrics: {
    process_count_total: {
      title: 'Processes',
      unit: 'count',
      help: 'All processes of this machine. Absent where others are hidden (hidepid).',
    },
    process_running: {
      title: 'Running',
      unit: 'none',
      labels: ['process'],
      help: '1 while something that is watched under this name runs, 0 while nothing does. Absent while it is not seen and others are hidden.',
    },
    process_count: {
      title: 'Processes of a program',
      unit: 'count',
      labels: ['process'],
      help: 'How many processes are watched under this name, of those that can be seen.',
    },
    process_cpu_percent: {
      title: 'Process CPU',
      unit: 'percent',
      labels: ['process'],
      help: 'Processor time since the collection before, all of them together: 100 is one core.',
    },
    process_memory_bytes: {
      title: 'Process memory',
      unit: 'bytes',
      labels: ['process'],
      help: 'Memory that they hold (RSS). What several of them share is counted for each.',
    },
    process_threads: { title: 'Threads', unit: 'count', labels: ['process'], help: 'Threads, all together.' },
    process_open_files: {
      title: 'Open files',
      unit: 'count',
      labels: ['process'],
      help: 'Files, sockets and the like that they have open. Absent when one of them may not be looked into.',
    },
    process_started_at: {
      title: 'Process started at',
      unit: 'none',
      labels: ['process'],
      help: 'When the oldest of them was started, in seconds since 1970.',
    },
    top_process_cpu_percent: {
      title: 'Top CPU',
      unit: 'percent',
      labels: ['process'],
      help: 'Processor time of a program that is, or was in the last ten minutes, among the top: 100 is one core. 0 when it does not run any more.',
    },
    top_process_memory_bytes: {
      title: 'Top memory',
      unit: 'bytes',
      labels: ['process'],
      help: 'Memory (RSS) of the same programs.',
    },
    ...leftOutMetric,
  },
  open({ watch, top }, { system, monotonic }) {
    const following = new Following(watch);
    const leaders = new Leaders(top, mostLabelledSeries - watch.length * seriesPerWatched);
    const recent = new TopProcesses();
    return {
      async collect() {
        const table = await system.processes();
        const at = monotonic();
        if (!following.take(table, at)) return [];
        const programs = following.programs();
        const { samples: topSamples, leading } = leaders.samples(programs, table.hidden, at);
        recent.record(at, leading);
        const samples: Measurement[] = [];
        if (table.count !== null) {
          samples.push({ metric: 'process_count_total', labels: {}, value: table.count });
        }
        samples.push(...following.watched(table), ...topSamples);
        const unsure = table.hidden ? following.notSeen() : [];
        if (unsure.length === 0) return samples;
        throw new PartialReading(
          samples,
          new PlimsollError(
            'no_permission',
            `Whether ${unsure.join(', ')} runs is not known: this system hides processes of other users (hidepid).`,
          ),
        );
      },
    };
  },
});

/** What is remembered of one process from one collection to the next. */
interface Followed {
  process: ProcessInfo;
  name: string;
  commandLine: string;
  /** Its program as a label. */
  program: string;
  /** Places in the list of what is watched. */
  watchedAs: readonly number[];
  /** When it was last looked at, monotonic milliseconds, and the time that it had used by then. */
  lookedAt: number;
  cpuMs: number;
  /** Of one core, between the last two looks at it; null when that is not known. */
  cpuPercent: number | null;
}

/** Follows all processes from one collection to the next, and knows which of them are watched. */
class Following {
  readonly #matchers: readonly ((process: ProcessInfo) => boolean)[];
  readonly #labels: readonly string[];
  #followed: ReadonlyMap<ProcessInfo, Followed> = new Map();
  #at: number | null = null;
  #notSeen: string[] = [];

  constructor(watch: readonly string[]) {
    this.#matchers = watch.map(processMatcher);
    this.#labels = watch.map(labelText);
  }

  /** False when this is the first table, or no time has passed: there are no rates then. */
  take({ processes: current }: ProcessTable, at: number): boolean {
    const before = this.#at;
    const followed = new Map<ProcessInfo, Followed>();
    for (const process of current) {
      const known = this.#followed.get(process);
      const entry = known ?? this.#meet(process);
      if (entry.name !== process.name || entry.commandLine !== process.commandLine) {
        Object.assign(entry, this.#identity(process));
      }
      if (known === undefined || process.stale !== true) {
        // What is new has done all of its work since the collection before.
        const usedMs = process.cpuMs - (known === undefined ? 0 : entry.cpuMs);
        const elapsedMs = at - (known === undefined ? (before ?? at) : entry.lookedAt);
        entry.lookedAt = at;
        entry.cpuMs = process.cpuMs;
        entry.cpuPercent = percentOfCore(usedMs, elapsedMs, known !== undefined, process.threads);
      }
      followed.set(process, entry);
    }
    this.#followed = followed;
    this.#at = at;
    return before !== null && at > before;
  }

  /** What each program uses; null where it is not known of one of its processes. */
  programs(): Map<string, ProgramUse> {
    const programs = new Map<string, ProgramUse>();
    for (const { program, cpuPercent, process } of this.#followed.values()) {
      const use = programs.get(program);
      if (use === undefined) {
        programs.set(program, { program, cpuPercent, memoryBytes: process.memoryBytes });
      } else {
        use.cpuPercent = sum(use.cpuPercent, cpuPercent);
        use.memoryBytes = sum(use.memoryBytes, process.memoryBytes);
      }
    }
    return programs;
  }

  watched({ hidden, openFilesOf }: ProcessTable): Measurement[] {
    const found: Followed[][] = this.#labels.map(() => []);
    for (const entry of this.#followed.values()) {
      for (const place of entry.watchedAs) found[place]?.push(entry);
    }
    this.#notSeen = this.#labels.filter((_label, place) => found[place]?.length === 0);
    return this.#labels.flatMap((label, place) => {
      const entries = found[place] ?? [];
      if (entries.length === 0 && hidden) return [];
      const values: [metric: string, value: number | null][] = [
        ['process_running', entries.length > 0 ? 1 : 0],
        ['process_count', entries.length],
      ];
      if (entries.length > 0) {
        const total = (of: (entry: Followed) => number | null) =>
          entries.reduce<number | null>((before, entry) => sum(before, of(entry)), 0);
        values.push(
          ['process_cpu_percent', rounded(total(({ cpuPercent }) => cpuPercent))],
          ['process_memory_bytes', total(({ process }) => process.memoryBytes)],
          ['process_threads', total(({ process }) => process.threads)],
          ['process_open_files', total(({ process }) => openFilesOf(process))],
          ['process_started_at', Math.round(Math.min(...entries.map(({ process }) => process.startedAt)))],
        );
      }
      return values.flatMap(([metric, value]) =>
        value === null ? [] : [{ metric, labels: { process: label }, value }],
      );
    });
  }

  /** What of the watched was not found by the last `watched`. */
  notSeen(): readonly string[] {
    return this.#notSeen;
  }

  #meet(process: ProcessInfo): Followed {
    return { process, ...this.#identity(process), lookedAt: 0, cpuMs: 0, cpuPercent: null };
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

/** The programs that are, or were a moment ago, among the top, and their series. */
class Leaders {
  readonly #top: number;
  readonly #mostPrograms: number;
  /** When each program was last among the top, the longest ago first. */
  readonly #lastAt = new Map<string, number>();

  constructor(top: number, mostSeries: number) {
    this.#top = top;
    this.#mostPrograms = Math.floor(mostSeries / seriesPerProgram);
  }

  /** `leading` are those that are among the top now. */
  samples(programs: ReadonlyMap<string, ProgramUse>, hidden: boolean, at: number) {
    const leading = this.#leading(programs);
    for (const { program } of leading.slice(0, this.#mostPrograms)) {
      this.#lastAt.delete(program);
      this.#lastAt.set(program, at);
    }
    for (const [program, lastAt] of this.#lastAt) {
      if (at - lastAt <= stayMs && this.#lastAt.size <= this.#mostPrograms) break;
      this.#lastAt.delete(program);
    }
    const samples = [...this.#lastAt.keys()].sort().flatMap((program): Measurement[] => {
      const gone = { program, cpuPercent: 0, memoryBytes: 0 };
      const { cpuPercent, memoryBytes } = programs.get(program) ?? (hidden ? unknown : gone);
      const labels = { process: program };
      const values = [
        ['top_process_cpu_percent', rounded(cpuPercent)],
        ['top_process_memory_bytes', memoryBytes],
      ] as const;
      return values.flatMap(([metric, value]) => (value === null ? [] : [{ metric, labels, value }]));
    });
    const leftOut = leading.length - this.#mostPrograms;
    if (leftOut > 0) samples.push(leftOutSample(leftOut * seriesPerProgram));
    return { samples, leading };
  }

  /** The first by processor time, the first by memory, the second by processor time, … */
  #leading(programs: ReadonlyMap<string, ProgramUse>): ProgramUse[] {
    const all = [...programs.values()];
    const byCpu = all
      .filter(({ cpuPercent }) => (cpuPercent ?? 0) > leastTopPercent)
      .sort((a, b) => (b.cpuPercent ?? 0) - (a.cpuPercent ?? 0));
    const byMemory = all
      .filter(({ memoryBytes }) => (memoryBytes ?? 0) > 0)
      .sort((a, b) => (b.memoryBytes ?? 0) - (a.memoryBytes ?? 0));
    const leading = new Set<ProgramUse>();
    for (let place = 0; place < this.#top; place++) {
      for (const use of [byCpu[place], byMemory[place]]) if (use !== undefined) leading.add(use);
    }
    return [...leading];
  }
}

const unknown = { cpuPercent: null, memoryBytes: null };

/** Of something unknown the sum is unknown. */
function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}

function rounded(percent: number | null): number | null {
  return percent === null ? null : roundPercent(percent);
}
