import { hourOfWeek } from './baseline.ts';
import type { Line } from './comparisons.ts';
import type { ResolveOperand } from './conditions.ts';
import { evaluate, isGap } from './evaluate.ts';
import type { Move, Observation } from './evaluate.ts';
import { projected } from './forecast.ts';
import type { PreparedRule } from './prepare.ts';
import type { RuleState } from './state.ts';
import { SampleWindow } from './windows.ts';

/** Where a rule stands on a series, with what it looks back over. Monotonic times are NaN before their first. */
export interface Watched {
  state: RuleState;
  /** When the last sample came, or one was first waited for; and when the last value was judged. */
  heardMonotonic: number;
  judgedMonotonic: number;
  /** The samples that its rule looks back over; null where it looks at the last one only. */
  window: SampleWindow | null;
  /** When the last value came into the window. */
  windowedMonotonic: number;
  learned: Known;
}

/** What history has answered about a series; nothing is known before that. */
export interface Known {
  /** The trend, in units a day. */
  perDay: number;
  /** What is usual, as the line that a sample crosses, by hour of the week. */
  usual: readonly Line[] | null;
}

/** A sample as it comes: when it was taken, epoch milliseconds, and on the monotonic clock with sleep. */
export interface Heard {
  value: number;
  at: number;
  monotonic: number;
  /** The interval of its source, in milliseconds. */
  intervalMs: number;
}

/** What is remembered of a series only while a process runs, as it begins. */
export function nothingHeard(): Omit<Watched, 'state' | 'learned'> {
  return {
    heardMonotonic: NaN,
    judgedMonotonic: NaN,
    window: null,
    windowedMonotonic: NaN,
  };
}

/**
 * Judges a sample of a series, live and in a back-test alike: makes of it what the rule asks for, and evaluates that. What
 * was judged is left in `seen`, one for all, so that judging a sample makes no object where nothing moves.
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

/** The value to judge: the sample, or what the rule makes of it. NaN while that is not known. */
function measured(rule: PreparedRule, watched: Watched, heard: Heard, resolve: ResolveOperand): number {
  const { at, monotonic, intervalMs } = heard;
  const { window, forecast, baseline } = rule.rule;
  let { value } = heard;
  if (rule.expression !== null)
    value = rule.expression.evaluate(value, (reference) => resolve({ ...reference, labels: null }));
  if (window !== undefined) {
    if (Number.isNaN(value)) return NaN;
    watched.window ??= new SampleWindow(window);
    // A value that was not known is not in the window, and the time until the next one is its time all the same.
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

/** The line of what is usual at that time; null while it is not known, and for rules that do not ask for it. */
export function usualAt(
  { rule }: PreparedRule,
  { learned }: Pick<Watched, 'learned'>,
  at: number,
): Line | null {
  if (rule.baseline === undefined) return null;
  const usual = learned.usual?.[hourOfWeek(at)];
  return usual === undefined || Number.isNaN(usual.threshold) ? null : usual;
}

/** A labelled series that its source has not sent for this long is gone, as programs and interfaces go. */
export const goneAfterMs = 10 * 60_000;

/**
 * Whether a labelled series is gone while its source goes on, which last `worked` at that time on the monotonic clock. Who
 * asked for an alert without data gets that instead.
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

/** The later of two times; the first may be unknown. */
export function later(time: number, other: number): number {
  return Number.isNaN(time) ? other : Math.max(time, other);
}
