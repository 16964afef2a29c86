import type { Measurement } from '../../contract/sample.ts';
import { labelsBy } from '../sources/labels.ts';
import { roundPercent } from '../sources/rounding.ts';
import type { ProcessStatus, ProcessTable } from '../system/system.ts';
import { sum } from './following.ts';
import type { Followed, Program } from './following.ts';

/**
 * Numbers, so that a rule can compare: the higher, the more it needs attention. Of several processes the highest
 * counts.
 */
const statusNumbers: Record<ProcessStatus, number> = {
  running: 1,
  sleeping: 2,
  blocked: 3,
  stopped: 4,
  zombie: 5,
};

const labelsOf = labelsBy('process');

/** `entries` are the processes watched under this name. */
export function watchedSamples(
  label: string,
  entries: readonly Followed[],
  table: ProcessTable,
): Measurement[] {
  if (entries.length === 0 && table.hidden) return [];
  const living = entries.filter(({ process }) => process.status !== 'zombie');
  const total = (of: (entry: Followed) => number | null) =>
    living.reduce<number | null>((before, entry) => sum(before, of(entry)), 0);
  return labelled(label, [
    ['process_running', living.length > 0 ? 1 : 0],
    ['process_count', living.length],
    ...(living.length === 0
      ? []
      : ([
          ['process_cpu_percent', rounded(total(({ cpuPercent }) => cpuPercent))],
          ['process_memory_bytes', total(({ process }) => process.memoryBytes)],
          ['process_threads', total(({ process }) => process.threads)],
          ['process_open_files', openFiles(living, table)],
          ['process_started_at', startedAt(living)],
        ] as const)),
    ['process_status', statusNumber(entries)],
  ]);
}

function openFiles(living: readonly Followed[], { openFilesOf }: ProcessTable): number | null {
  return living.reduce<number | null>((before, { process }) => sum(before, openFilesOf(process)), 0);
}

function startedAt(living: readonly Followed[]): number | null {
  const known = living.flatMap(({ process }) => process.startedAt ?? []);
  return known.length === 0 ? null : Math.round(Math.min(...known));
}

function statusNumber(entries: readonly Followed[]): number | null {
  const numbers = entries.flatMap(({ process }) =>
    process.status === null ? [] : [statusNumbers[process.status]],
  );
  return numbers.length === 0 ? null : Math.max(...numbers);
}

export function labelled(
  program: string,
  values: readonly (readonly [metric: string, value: number | null])[],
): Measurement[] {
  const labels = labelsOf(program);
  const samples: Measurement[] = [];
  for (const [metric, value] of values) if (value !== null) samples.push({ metric, labels, value });
  return samples;
}

/** What is kept of a program that is among the top, where details are asked for. */
export function detailsOf(
  { entries }: Program,
  table: ProcessTable,
): [metric: string, value: number | null][] {
  const living = entries.filter(({ process }) => process.status !== 'zombie');
  const status: [string, number | null] = ['top_process_status', statusNumber(entries)];
  if (living.length === 0) return [status];
  return [
    [
      'top_process_threads',
      living.reduce<number | null>((before, { process }) => sum(before, process.threads), 0),
    ],
    ['top_process_open_files', openFiles(living, table)],
    status,
    ['top_process_started_at', startedAt(living)],
  ];
}

export function rounded(percent: number | null): number | null {
  return percent === null ? null : roundPercent(percent);
}
