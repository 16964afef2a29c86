import { usage } from './arguments.ts';
import type { ProbeState } from './exit-codes.ts';
import { shown } from './terminal.ts';

/** A Nagios range: a value outside it, or with `@` inside it, is an alarm. The bounds are inside. */
export interface Range {
  from: number;
  to: number;
  alarmInside: boolean;
  /** The original text. */
  text: string;
}

/** Parses `10`, `10:`, `~:10`, `10:20` or `@10:20`. Throws `usage`. */
export function rangeOf(flag: string, text: string): Range {
  const number = String.raw`[+-]?(?:\d+(?:\.\d*)?|\.\d+)`;
  const found = new RegExp(`^(@?)(?:(~|${number})?:)?(${number})?$`).exec(text);
  const [, at = '', start = '0', end] = found ?? [];
  const from = start === '~' ? -Infinity : Number(start);
  const to = end === undefined ? Infinity : Number(end);
  if (found === null || !/\d|~/.test(text) || from > to)
    throw usage(
      `${flag} takes a number or a range of Nagios such as 80, 10:, ~:10, 10:20 or @10:20, not ${shown(text)}.`,
    );
  return { from, to, alarmInside: at === '@', text };
}

export function isAlarm({ from, to, alarmInside }: Range, value: number): boolean {
  return (value >= from && value <= to) === alarmInside;
}

const byWeight: readonly ProbeState[] = ['critical', 'warning', 'unknown', 'ok'];

/** The worst of several states. */
export function worstOf(states: readonly ProbeState[]): ProbeState {
  return byWeight.find((state) => states.includes(state)) ?? 'ok';
}

/** One value of the performance data. `warning` and `critical` are ranges in Nagios' notation. */
export interface Performance {
  label: string;
  value: number;
  unit: string;
  warning?: string | undefined;
  critical?: string | undefined;
}

/** Nagios' names of units. Values in any other unit are plain numbers. */
const unitsOfNagios: Readonly<Record<string, string>> = {
  percent: '%',
  bytes: 'B',
  seconds: 's',
  milliseconds: 'ms',
};

function performanceText({ label, value, unit, warning = '', critical = '' }: Performance): string {
  const quoted = `'${oneLine(label).replaceAll('=', '_').replaceAll("'", "''")}'`;
  const bounds = unit === 'percent' ? ['0', '100'] : [];
  const parts = [`${plain(value)}${unitsOfNagios[unit] ?? ''}`, warning, critical, ...bounds];
  return `${quoted}=${parts.join(';').replace(/;+$/, '')}`;
}

/** Without an exponent, which not every parser of performance data supports, and without meaningless digits. */
function plain(value: number): string {
  return value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 4 });
}

/** The longest line that Nagios reads, minus room for its end. */
const lineAtMost = 4000;

/** A plugin's output line. Performance data that does not fit is dropped from the end. */
export function probeLine(state: ProbeState, sentence: string, values: readonly Performance[]): string {
  let line = `PLIMSOLL ${state.toUpperCase()} - ${oneLine(sentence).slice(0, 1000)}`;
  let mark = ' | ';
  for (const value of values) {
    const text = mark + performanceText(value);
    if (Buffer.byteLength(line + text) > lineAtMost) break;
    line += text;
    mark = ' ';
  }
  return line;
}

/** A `|` would begin the performance data. */
function oneLine(text: string): string {
  return shown(text).replaceAll('|', '/');
}
