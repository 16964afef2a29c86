import { hourOfWeek } from './baseline.ts';
import type { Line } from './comparisons.ts';
import type { ResolveOperand } from './conditions.ts';
import { evaluate, isGap } from './evaluate.ts';
import type { Move, Observation } from './evaluate.ts';
import { projected } from './forecast.ts';
import type { PreparedRule } from './prepare.ts';
import type { RuleState } from './state.ts';
import { SampleWindow } from './windows.ts';

/** State of a rule on a series, with the past samples it needs. Monotonic times are NaN before the first event. */
export interface Watched {
  state: RuleState;
  /** When the last sample arrived (or waiting for the first one began), and when the last value was evaluated. */
  heardMonotonic: number;
  judgedMonotonic: number;
  /** Samples of the rule's window; null for a rule without a window. */
  window: SampleWindow | null;
  /** When the last value was added to the window. */
  windowedMonotonic: number;
  learned: Known;
}

/** Facts about a series from history. They are unknown until history has answered. */
export interface Known {
  /** The trend, in units per day. */
  perDay: number;
  /** The baseline as one line per hour of the week. */
  usual: readonly Line[] | null;
}

/** A sample on arrival: its time in epoch milliseconds, and on a monotonic clock that counts sleep. */
export interface Heard {
  value: number;
  at: number;
  monotonic: number;
  /** The interval of its source, in milliseconds. */
  intervalMs: number;
}

/** The initial state that is kept only in memory. */
export function nothingHeard(): Omit<Watched, 'state' | 'learned'> {
  return {
    heardMonotonic: NaN,
    judgedMonotonic: NaN,
    window: null,
    windowedMonotonic: NaN,
  };
}

/**
 * Evaluates a sample of a series; used for live samples and back-tests alike. It computes the value that the rule needs
 * and evaluates it. The evaluated value is left in `seen`, which is shared by all calls so that a sample without a
 * state change allocates nothing.
 */
export function judgeSample(
  rule: PreparedRule,
  watched: Watched,
  heard: Heard,
  resolve: ResolveOperand,
  seen: Observation,
): Move | null {
  const { state } = watched;
  const { at, monotonic, intervalMs } = heard;
  seen.value = measured(rule, watched, heard, resolve);
  seen.at = at;
  seen.elapsedMs = monotonic - watched.judgedMonotonic;
  seen.intervalMs = intervalMs;
  seen.others = rule.others === null ? NaN : rule.others.judge(resolve);
  seen.usual = usualAt(rule, watched, at);
  watched.heardMonotonic = monotonic;
  const move = evaluate(rule, state, seen);
  if (state.lastAt === at) watched.judgedMonotonic = monotonic;
  return move;
}

/** The value to evaluate: the sample, or the result of the rule's expression, window or forecast. NaN if unknown. */
function measured(rule: PreparedRule, watched: Watched, heard: Heard, resolve: ResolveOperand): number {
  const { at, monotonic, intervalMs } = heard;
  const { window, forecast, baseline } = rule.rule;
  let { value } = heard;
  if (rule.expression !== null)
    value = rule.expression.evaluate(value, (reference) => resolve({ ...reference, labels: null }));
  if (window !== undefined) {
    if (Number.isNaN(value)) return NaN;
    watched.window ??= new SampleWindow(window);
    // Unknown values are not added to the window; the time until the next known value still counts.
    const passedMs = monotonic - watched.windowedMonotonic;
    if (isGap(passedMs, intervalMs)) watched.window.clear();
    watched.window.add(value, Number.isNaN(passedMs) ? 0 : passedMs);
    watched.windowedMonotonic = monotonic;
    value = watched.window.result(intervalMs);
  }
  if (forecast !== undefined) value = projected(rule.rule, value, watched.learned.perDay);
  if (baseline !== undefined && usualAt(rule, watched, at) === null) return NaN;
  return value;
}

/** The line of the usual range at that time; null if unknown, and for rules without a baseline. */
export function usualAt(
  { rule }: PreparedRule,
  { learned }: Pick<Watched, 'learned'>,
  at: number,
): Line | null {
  if (rule.baseline === undefined) return null;
  const usual = learned.usual?.[hourOfWeek(at)];
  return usual === undefined || Number.isNaN(usual.threshold) ? null : usual;
}

/** A labelled series counts as gone after this time without samples, in milliseconds, as when a program ends. */
export const goneAfterMs = 10 * 60_000;

/**
 * Whether a labelled series is gone although its source still works. `worked` is the monotonic time at which the source
 * last succeeded. Rules with the `noData` policy `alert` report missing data instead.
 */
export function isGone(
  { rule }: PreparedRule,
  { state, heardMonotonic }: Pick<Watched, 'state' | 'heardMonotonic'>,
  isLabelled: boolean,
  silentMs: number,
  intervalMs: number,
  worked: number,
): boolean {
  if (!isLabelled || rule.noData?.policy === 'alert') return false;
  if (state.phase === 'no_data' || state.phase === 'error') return false;
  return silentMs > Math.max(goneAfterMs, 3 * intervalMs) && worked > later(heardMonotonic, -Infinity);
}

/** The later of two times; the first may be NaN. */
export function later(time: number, other: number): number {
  return Number.isNaN(time) ? other : Math.max(time, other);
}
