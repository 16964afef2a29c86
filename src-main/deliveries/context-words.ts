import type { AlertContext, Companion, HostState } from '../contract/alert-context.ts';
import type { Unit } from '../contract/metric.ts';
import type { ProgramChange } from '../contract/top-programs.ts';
import { oneLine, subjectOf, valueText } from './words.ts';

/**
 * The circumstances of an alert as lines of a message, each with a title. Text from elsewhere cannot break its line.
 */
export function contextLines(context: AlertContext, unit: Unit): [title: string, said: string][] {
  const { values, programs, others, host } = context;
  const { at = 0, byCpu = [], byMemory = [] } = programs ?? {};
  const lines: [title: string, said: string[]][] = [
    ['Rule', [context.rule]],
    ['Last values', values.length < 2 ? [] : values.map(({ value }) => valueText(value, unit))],
    ['Busiest programs', byCpu.map((change) => cpuWords(change, at))],
    ['Largest programs', byMemory.map((change) => memoryWords(change, at))],
    ['Out of the usual', others.filter(({ isUnusual }) => isUnusual === true).map(unusualWords)],
    ['Host', hostWords(host, context.at)],
  ];
  return lines.flatMap(([title, said]) => (said.length === 0 ? [] : [[title, oneLine(said.join(', '))]]));
}

/** The program that explains most, in a few words: `chrome +1.9 GB in 10 min`. Null if none does. */
export function topProgramWords({ programs }: Pick<AlertContext, 'programs'>): string | null {
  if (programs === undefined) return null;
  const { at, measure, byCpu = [], byMemory = [] } = programs;
  const [cpu] = byCpu.toSorted((a, b) => cpuGrown(b) - cpuGrown(a));
  const [memory] = byMemory.toSorted((a, b) => memoryGrown(b) - memoryGrown(a));
  const said = [
    ...(measure !== 'memory' && cpu !== undefined ? [cpuWords(cpu, at)] : []),
    ...(measure !== 'cpu' && memory !== undefined ? [memoryWords(memory, at)] : []),
  ];
  return said.length === 0 ? null : oneLine(said.join(', '));
}

/** `rustc CPU 4 → 310 % in 10 min`. 100 % is one core. */
function cpuWords({ program, cpuPercent, before }: ProgramChange, at: number): string {
  if (cpuPercent === null) return program;
  const now = valueText(Math.round(cpuPercent), 'percent');
  if (before === null || before.cpuPercent === null) return `${program} CPU ${now}`;
  return `${program} CPU ${Math.round(before.cpuPercent)} → ${now} in ${spanText(at - before.at)}`;
}

/** `chrome +1.9 GB in 10 min`; only the current size if it hardly changed. */
function memoryWords(change: ProgramChange, at: number): string {
  const { program, memoryBytes, before } = change;
  if (memoryBytes === null) return program;
  const grown = memoryGrown(change);
  if (before === null || before.memoryBytes === null || Math.abs(grown) < leastGrownBytes)
    return `${program} ${bytesText(memoryBytes)}`;
  return `${program} ${grown < 0 ? '−' : '+'}${bytesText(Math.abs(grown))} in ${spanText(at - before.at)}`;
}

/** A change of less than this is not worth mentioning. */
const leastGrownBytes = 10_000_000;

function cpuGrown({ cpuPercent, before }: ProgramChange): number {
  return (cpuPercent ?? 0) - (before?.cpuPercent ?? 0);
}

/** A program that was not seen before may have existed all the time, too small to be noticed. */
function memoryGrown({ memoryBytes, before }: ProgramChange): number {
  return (memoryBytes ?? 0) - (before === null ? 0 : (before.memoryBytes ?? memoryBytes ?? 0));
}

function unusualWords({ title, unit, value, usual, ...series }: Companion): string {
  const what = `${subjectOf(series, title)} ${valueText(value, unit)}`;
  if (usual === undefined) return what;
  return `${what} (usually ${valueText(usual.low, unit)} to ${valueText(usual.high, unit)})`;
}

function hostWords(host: HostState, at: number): string[] {
  const { onBattery, batteryPercent, resumed, bootedAt, plimsollStartedAt, load } = host;
  return [
    ...(onBattery === true
      ? [
          batteryPercent === undefined
            ? 'on battery'
            : `on battery at ${valueText(batteryPercent, 'percent')}`,
        ]
      : []),
    ...(resumed === undefined
      ? []
      : [`awake for ${spanText(at - resumed.at)} after ${spanText(resumed.sleptMs)} of sleep`]),
    ...(bootedAt === undefined ? [] : [`started ${spanText(at - bootedAt)} before`]),
    ...(plimsollStartedAt === undefined
      ? []
      : [`Plimsoll started ${spanText(at - plimsollStartedAt)} before`]),
    ...(load === undefined
      ? []
      : [
          `load ${load.averages.map((average) => average.toFixed(2)).join(' ')} on ${load.processors} processors`,
        ]),
  ];
}

function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

/** In decimal units, as task lists use. */
function bytesText(bytes: number): string {
  const [size, sign] = bytes >= 1e9 ? [bytes / 1e9, 'GB'] : [bytes / 1e6, 'MB'];
  return `${size >= 10 ? Math.round(size) : size.toFixed(1)} ${sign}`;
}
