import { usage } from './arguments.ts';
import type { ProbeState } from './exit-codes.ts';
import { shown } from './terminal.ts';

/** What a range of Nagios says: a value outside of it, or with `@` inside of it, is an alarm. The bounds are within. */
export interface Range {
  from: number;
  to: number;
  alarmInside: boolean;
  /** As it was written. */
  text: string;
}

/** Reads `10`, `10:`, `~:10`, `10:20` or `@10:20`. Throws `usage`. */
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

/** The one that counts where there are several. */
export function worstOf(states: readonly ProbeState[]): ProbeState {
  return byWeight.find((state) => states.includes(state)) ?? 'ok';
}

/** One value of the performance data. `warning` and `critical` are ranges as Nagios writes them. */
export interface Performance {
  label: string;
  value: number;
  unit: string;
  warning?: string | undefined;
  critical?: string | undefined;
}

/** Units that Nagios knows. Everything else is a number without one. */
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

/** Without an exponent, which not every reader of performance data knows, and with no more digits than are looked at. */
function plain(value: number): string {
  return value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 4 });
}

/** What Nagios reads of a line at most, with room for the end of it. */
const lineAtMost = 4000;

/** The line that a plugin answers with. Performance data for which there is no room is left out from its end. */
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

/** A bar begins the performance data. */
function oneLine(text: string): string {
  return shown(text).replaceAll('|', '/');
}
