import type { TransitionReason } from '../contract/alert.ts';
import { crosses, worse } from './comparisons.ts';
import type { Line } from './comparisons.ts';
import type { Truth } from './conditions.ts';
import type { PreparedRule } from './prepare.ts';
import { reset } from './state.ts';
import type { RuleState } from './state.ts';

export interface Observation {
  /** The value to judge: the sample, or what a window or an expression made of it. NaN is a missing sample. */
  value: number;
  /** When it was sampled, epoch milliseconds. */
  at: number;
  /**
   * Milliseconds since the value before it on this series; NaN when there was none. The caller measures it, because only
   * the caller can tell a clock that was set from time that passed.
   */
  elapsedMs: number;
  /** The interval of the source, in milliseconds. */
  intervalMs: number;
  /** Whether the other conditions of the rule hold; of no account where it has none. */
  others: Truth;
  /** What is usual now, for a rule with a baseline; null for every other rule. */
  usual: Line | null;
}

/** What happened to the alert of a rule on a series, and why. */
export interface Move {
  readonly to: 'firing' | 'resolved';
  readonly reason: TransitionReason;
}

const fires: Move = { to: 'firing', reason: 'violated_enough' };
const becomesCritical: Move = { to: 'firing', reason: 'became_critical' };
const becomesWarning: Move = { to: 'firing', reason: 'no_longer_critical' };
const isBack: Move = { to: 'resolved', reason: 'back_within' };
const lacksData: Move = { to: 'firing', reason: 'no_data' };
const endsWithoutData: Move = { to: 'resolved', reason: 'resolved_without_data' };
const hasDataAgain: Move = { to: 'resolved', reason: 'data_back' };
const sourceFails: Move = { to: 'firing', reason: 'source_error' };
const sourceWorks: Move = { to: 'resolved', reason: 'source_back' };

/** The shortest silence that ends a row of violations, in milliseconds. */
const shortestGapMs = 60_000;

/** Whether a silence is so long that nobody knows what happened in it. */
export function isGap(elapsedMs: number, intervalMs: number): boolean {
  return elapsedMs > Math.max(3 * intervalMs, shortestGapMs);
}

/**
 * Judges one sample: `(rule, state, observation) → (state, move with a named reason)`. The state is changed in place; it
 * and the arguments are all that the outcome depends on. Docs: `docs/rules.md`, which is its specification.
 *
 * A silence longer than max(3 intervals, 60 s) ends a row of violations that has not fired yet, because nobody knows what
 * happened in it; a shorter one does not. An alert that is firing keeps firing over a silence of any length until a sample
 * says otherwise.
 */
export function evaluate(rule: PreparedRule, state: RuleState, seen: Observation): Move | null {
  const { value, at, others } = seen;
  if (Number.isNaN(value)) return null;
  // Nearly always nothing is the matter, and nothing was: then there is nothing to work out.
  if (state.phase === 'ok' && value >= rule.calmFrom && value <= rule.calmTo) {
    state.lastValue = value;
    state.lastAt = at;
    return null;
  }
  const isFiring = state.phase === 'firing' || state.phase === 'recovering';
  const { joins, recovery } = rule;
  const line = seen.usual ?? rule.line;

  let violated = crosses(line, value, state.lastValue);
  // The recovery threshold acts from firing only: it never keeps a pending alert alive.
  let held = violated || (isFiring && recovery !== null && crosses(recovery, value, NaN));
  let critical = rule.critical !== null && crosses(rule.critical, value, NaN);
  if (joins !== null) {
    const decides = joins === 'and' ? held : !held;
    // What is not known is like a missing sample, unless the rule's own part has decided.
    if (decides && Number.isNaN(others)) return null;
    if (joins === 'or' && others === 1) violated = held = true;
    if (joins === 'and' && others !== 1) violated = held = critical = false;
  }

  const elapsedMs = Number.isNaN(seen.elapsedMs) ? 0 : seen.elapsedMs;
  const afterGap = isGap(elapsedMs, seen.intervalMs);
  if (afterGap && !isFiring && state.phase !== 'ok') reset(state);
  if (afterGap && isFiring) forgetTimes(state);

  const move = isFiring
    ? goOn(rule, state, line, value, held, critical, elapsedMs, afterGap)
    : begin(rule, state, line, value, at, violated, critical, elapsedMs);
  state.lastValue = value;
  state.lastAt = at;
  return move;
}

/** Nothing fires on this series yet. */
function begin(
  rule: PreparedRule,
  state: RuleState,
  line: Line,
  value: number,
  at: number,
  violated: boolean,
  critical: boolean,
  elapsedMs: number,
): Move | null {
  if (rule.of > 0) {
    remember(rule, state, violated, critical);
  } else if (violated) {
    // It was not counted while the rule was one of N of M.
    const begins = state.violations === 0 || Number.isNaN(state.heldMs);
    state.heldMs = begins ? 0 : state.heldMs + elapsedMs;
    state.violations++;
    countCritical(rule, state, critical, elapsedMs);
  } else {
    state.violations = 0;
  }
  if (state.violations === 0) {
    if (state.phase !== 'ok') clearRow(state);
    return null;
  }
  if (Number.isNaN(state.since)) state.since = at;
  if (violated) state.worst = Number.isNaN(state.worst) ? value : worse(line, state.worst, value);
  if (state.violations < rule.needed || (rule.of === 0 && state.heldMs < rule.forMs)) {
    state.phase = 'pending';
    return null;
  }
  state.phase = 'firing';
  state.critical = isCriticalLongEnough(rule, state);
  return fires;
}

/** It fires: it stays, it is back, or it is more or less severe. */
function goOn(
  rule: PreparedRule,
  state: RuleState,
  line: Line,
  value: number,
  held: boolean,
  critical: boolean,
  elapsedMs: number,
  afterGap: boolean,
): Move | null {
  if (rule.of > 0) {
    remember(rule, state, held, critical);
  } else {
    if (held) state.violations++;
    if (afterGap) state.criticalViolations = 0;
    countCritical(rule, state, critical, elapsedMs);
  }
  if (held) state.worst = Number.isNaN(state.worst) ? value : worse(line, state.worst, value);

  const isCalm = rule.of > 0 ? state.violations < rule.needed : !held;
  if (isCalm) {
    state.calmMs = Number.isNaN(state.calmMs) ? 0 : state.calmMs + elapsedMs;
    if (state.calmMs >= rule.clearMs) {
      reset(state);
      return isBack;
    }
    state.phase = 'recovering';
  } else {
    state.calmMs = NaN;
    state.phase = 'firing';
  }
  return rule.critical === null ? null : weigh(rule, state, critical, elapsedMs);
}

/** Whether an alert that fires is more or less severe than before. */
function weigh(rule: PreparedRule, state: RuleState, critical: boolean, elapsedMs: number): Move | null {
  if (!state.critical) {
    if (!isCriticalLongEnough(rule, state)) return null;
    state.critical = true;
    state.criticalCalmMs = NaN;
    return becomesCritical;
  }
  const isCalm = rule.of > 0 ? state.criticalViolations < rule.needed : !critical;
  if (!isCalm) {
    state.criticalCalmMs = NaN;
    return null;
  }
  state.criticalCalmMs = Number.isNaN(state.criticalCalmMs) ? 0 : state.criticalCalmMs + elapsedMs;
  if (state.criticalCalmMs < rule.clearMs) return null;
  state.critical = false;
  state.criticalCalmMs = NaN;
  return becomesWarning;
}

/** The critical threshold asks for as many samples and as long a time as the other one. */
function isCriticalLongEnough(rule: PreparedRule, state: RuleState): boolean {
  if (rule.critical === null || state.criticalViolations < rule.needed) return false;
  return rule.of > 0 || state.criticalHeldMs >= rule.forMs;
}

function countCritical(rule: PreparedRule, state: RuleState, critical: boolean, elapsedMs: number): void {
  if (rule.critical === null) return;
  if (!critical) {
    state.criticalViolations = 0;
    return;
  }
  state.criticalHeldMs = state.criticalViolations === 0 ? 0 : state.criticalHeldMs + elapsedMs;
  state.criticalViolations++;
}

/** Where N of M count: enters a sample among the last M, and counts. */
function remember(rule: PreparedRule, state: RuleState, violated: boolean, critical: boolean): void {
  const recent = (state.recent ??= []);
  recent.push(critical ? 2 : violated ? 1 : 0);
  // The rule may have asked for more of them before.
  while (recent.length > rule.of) recent.shift();
  let [violations, criticalViolations] = [0, 0];
  for (const weight of recent) {
    if (weight > 0) violations++;
    if (weight > 1) criticalViolations++;
  }
  state.violations = violations;
  state.criticalViolations = criticalViolations;
}

/** Nothing is violated any more; what N of M remembers goes on. */
function clearRow(state: RuleState): void {
  const { recent } = state;
  reset(state);
  state.recent = recent;
}

/** After a gap while it fires: for how long it has been calm is not known any more. */
function forgetTimes(state: RuleState): void {
  state.calmMs = NaN;
  state.criticalCalmMs = NaN;
}

/**
 * No sample has come for so long: `(rule, state, silence) → (state, move)`. An alert that fires already says enough; only
 * the policy `resolve` ends it. Less than two intervals are no silence, whatever the rule says.
 */
export function evaluateSilence(
  { rule }: PreparedRule,
  state: RuleState,
  silentMs: number,
  intervalMs: number,
): Move | null {
  const { noData } = rule;
  if (noData === undefined || noData.policy === 'ignore') return null;
  if (silentMs < Math.max(noData.afterSeconds * 1000, 2 * intervalMs)) return null;
  const isFiring = state.phase === 'firing' || state.phase === 'recovering';
  if (noData.policy === 'resolve') {
    if (state.phase === 'pending') reset(state);
    if (!isFiring) return null;
    reset(state);
    return endsWithoutData;
  }
  if (isFiring || state.phase === 'no_data' || state.phase === 'error') return null;
  reset(state);
  state.phase = 'no_data';
  return lacksData;
}

/** The source has failed for `failingMs` without a sample for this series. */
export function evaluateError({ rule }: PreparedRule, state: RuleState, failingMs: number): Move | null {
  const { onSourceError } = rule;
  if (onSourceError?.policy !== 'alert' || failingMs < onSourceError.afterSeconds * 1000) return null;
  if (state.phase !== 'ok' && state.phase !== 'pending') return null;
  reset(state);
  state.phase = 'error';
  return sourceFails;
}

/** A sample came: what was said of missing ones is over, and judging begins anew with it. */
export function endSilence(state: RuleState): Move | null {
  if (state.phase !== 'no_data' && state.phase !== 'error') return null;
  const move = state.phase === 'no_data' ? hasDataAgain : sourceWorks;
  reset(state);
  return move;
}
