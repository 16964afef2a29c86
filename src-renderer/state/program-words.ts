import type { AlertContext } from '../../src-main/contract/alert-context.ts';
import type { ProgramChange } from '../../src-main/contract/top-programs.ts';
import { m } from '../paraglide/messages.js';
import type { Format } from './format.ts';

/**
 * Whether local programs can be the cause: they can for processor time, memory and processes, but not for a remote
 * answer or a full disk.
 */
export function mayBePrograms(metric: string): boolean {
  return /(^|_)(cpu|load|processor|memory|mem|swap|rss|process|processes)(_|$|\d)/i.test(metric);
}

/** Less growth of a program's memory is not worth mentioning, in bytes. */
const leastGrownBytes = 10_000_000;

/** The program that best explains why an alert fired: `chrome +1.9 GB in 10 min`. Null if none does. */
export function topProgramLine({ programs }: AlertContext, format: Format): string | null {
  if (programs === undefined) return null;
  const { at, measure, byCpu = [], byMemory = [] } = programs;
  if (measure !== 'memory') {
    const [top] = byCpu.toSorted((a, b) => cpuGrown(b) - cpuGrown(a));
    if (top !== undefined) return cpuLine(top, at, format);
  }
  const [top] = byMemory.toSorted((a, b) => memoryGrown(b) - memoryGrown(a));
  return top === undefined ? null : memoryLine(top, at, format);
}

function cpuLine({ program, cpuPercent, before }: ProgramChange, at: number, format: Format): string {
  if (cpuPercent === null) return program;
  const now = format.value(cpuPercent, 'percent');
  if (before === null || before.cpuPercent === null) return m.top_program_cpu_only({ program, now });
  const span = format.duration(at - before.at);
  return m.top_program_cpu({ program, now, before: format.value(before.cpuPercent, 'percent'), span });
}

function memoryLine(change: ProgramChange, at: number, format: Format): string {
  const { program, memoryBytes } = change;
  if (memoryBytes === null) return program;
  const grown = memoryChangeWords(change, at, format);
  return grown === null
    ? m.top_program_memory_only({ program, now: format.memory(memoryBytes) })
    : `${program} ${grown}`;
}

/** `+1.9 GB in 10 min`; null if it hardly changed or is unknown. */
export function memoryChangeWords(change: ProgramChange, at: number, format: Format): string | null {
  const grown = memoryGrown(change);
  if (change.before === null || Math.abs(grown) < leastGrownBytes) return null;
  const size = `${grown < 0 ? '−' : '+'}${format.memory(Math.abs(grown))}`;
  return m.why_memory_change({ change: size, span: format.duration(at - change.before.at) });
}

/** `+306 points in 10 min`; null if it hardly changed or is unknown. */
export function cpuChangeWords(
  { cpuPercent, before }: ProgramChange,
  at: number,
  format: Format,
): string | null {
  if (cpuPercent === null || before === null || before.cpuPercent === null) return null;
  const grown = Math.round(cpuPercent - before.cpuPercent);
  if (grown === 0) return null;
  const change = `${grown < 0 ? '−' : '+'}${format.number(Math.abs(grown), 0)}`;
  return m.why_cpu_change({ change, span: format.duration(at - before.at) });
}

function cpuGrown({ cpuPercent, before }: ProgramChange): number {
  return (cpuPercent ?? 0) - (before?.cpuPercent ?? 0);
}

/** A program that was not listed before may have been running all the time, below the cut-off. */
function memoryGrown({ memoryBytes, before }: ProgramChange): number {
  return (memoryBytes ?? 0) - (before === null ? 0 : (before.memoryBytes ?? memoryBytes ?? 0));
}
