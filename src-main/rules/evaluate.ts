import type { TransitionReason } from '../contract/alert.ts';
import { crosses, worse } from './comparisons.ts';
import type { Line } from './comparisons.ts';
import type { Truth } from './conditions.ts';
import type { PreparedRule } from './prepare.ts';
import { reset } from './state.ts';
import type { RuleState } from './state.ts';

export interface Observation {
  /** The value to evaluate: the sample, or the result of a window or an expression. NaN means a missing sample. */
  value: number;
  /** Sample time, epoch milliseconds. */
  at: number;
  /**
   * Milliseconds since the previous value of this series; NaN if there is none. The caller measures it, because only
   * the caller can distinguish a changed clock from elapsed time.
   */
  elapsedMs: number;
  /** The interval of the source, in milliseconds. */
  intervalMs: number;
  /** Whether the other conditions of the rule hold. Ignored if the rule has none. */
  others: Truth;
  /** The line of the usual range at this time, for a rule with a baseline; null for other rules. */
  usual: Line | null;
}

/** A change of the alert of a rule on a series, with its reason. */
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

/** The shortest gap between samples that ends a row of violations, in milliseconds. */
const shortestGapMs = 60_000;

/** Whether the time between two samples is so long that it ends a row of violations. */
export function isGap(elapsedMs: number, intervalMs: number): boolean {
  return elapsedMs > Math.max(3 * intervalMs, shortestGapMs);
}

/**
 * Evaluates one sample: `(rule, state, observation) → (state, move with a named reason)`. The state is changed in
 * place. The result depends on nothing but the state and the arguments. Specification: `docs/rules.md`.
 *
 * A gap longer than max(3 intervals, 60 s) ends a row of violations that has not fired yet, because nobody knows
 * what happened in it; a shorter gap does not. A firing alert keeps firing over a gap of any length until a sample ends
 * it.
 */
export function evaluate(rule: PreparedRule, state: RuleState, seen: Observation): Move | null {
  const { value, at, others } = seen;
  if (Number.isNaN(value)) return null;
  // Fast path: nearly always the state is `ok` and the value is within its calm range.
  if (state.phase === 'ok' && value >= rule.calmFrom && value <= rule.calmTo) {
    state.lastValue = value;
    state.lastAt = at;
    return null;
  }
  const isFiring = state.phase === 'firing' || state.phase === 'recovering';
  const { joins, recovery } = rule;
  const line = lineOf(rule, seen);

  let violated = crosses(line, value, state.lastValue);
  // The recovery threshold applies only while firing: it never keeps a pending alert alive.
  let held = violated || (isFiring && recovery !== null && crosses(recovery, value, NaN));
  let critical = rule.critical !== null && crosses(rule.critical, value, NaN);
  if (joins !== null) {
    const decides = joins === 'and' ? held : !held;
    // Unknown conditions are treated like a missing sample, unless the rule's own comparison already decides.
    if (decides && Number.isNaN(others)) return null;
    if (joins === 'or' && others === 1) violated = held = true;
    if (joins === 'and' && others !== 1) violated = held = critical = false;
  }

  const afterGap = isGap(seen.elapsedMs, seen.intervalMs);
  if (afterGap && !isFiring && state.phase !== 'ok') reset(state);
  if (afterGap && isFiring) forgetTimes(state);

  const move = isFiring
    ? goOn(rule, state, seen, held, critical)
    : begin(rule, state, seen, violated, critical);
  state.lastValue = value;
  state.lastAt = at;
  return move;
}

/** The line that a value is compared with. */
function lineOf(rule: PreparedRule, seen: Observation): Line {
  return seen.usual ?? rule.line;
}

/** Before the first value no time has passed. */
function elapsedOf({ elapsedMs }: Observation): number {
  return Number.isNaN(elapsedMs) ? 0 : elapsedMs;
}

/** Evaluates a sample of a series on which the rule does not fire. */
function begin(
  rule: PreparedRule,
  state: RuleState,
  seen: Observation,
  violated: boolean,
  critical: boolean,
): Move | null {
  const elapsedMs = elapsedOf(seen);
  if (rule.of > 0) {
    remember(rule, state, violated, critical);
  } else if (violated) {
    // While the rule counted N of M, the duration was not measured.
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
  if (Number.isNaN(state.since)) state.since = seen.at;
  if (violated) noteWorst(rule, state, seen);
  if (state.violations < rule.needed || (rule.of === 0 && state.heldMs < rule.forMs)) {
    state.phase = 'pending';
    return null;
  }
  state.phase = 'firing';
  state.critical = isCriticalLongEnough(rule, state);
  return fires;
}

/** Evaluates a sample of a series on which the rule fires: it may continue, recover or change its severity. */
function goOn(
  rule: PreparedRule,
  state: RuleState,
  seen: Observation,
  held: boolean,
  critical: boolean,
): Move | null {
  const elapsedMs = elapsedOf(seen);
  if (rule.of > 0) {
    remember(rule, state, held, critical);
  } else {
    if (held) state.violations++;
    if (isGap(elapsedMs, seen.intervalMs)) state.criticalViolations = 0;
    countCritical(rule, state, critical, elapsedMs);
  }
  if (held) noteWorst(rule, state, seen);

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

function noteWorst(rule: PreparedRule, state: RuleState, seen: Observation): void {
  const { value } = seen;
  state.worst = Number.isNaN(state.worst) ? value : worse(lineOf(rule, seen), state.worst, value);
}

/** Decides whether the severity of a firing alert changes. */
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

/** The critical threshold needs the same number of samples and the same duration as the threshold. */
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

/** For a rule that counts N of M: adds a sample to the last M and counts the violations among them. */
function remember(rule: PreparedRule, state: RuleState, violated: boolean, critical: boolean): void {
  const recent = (state.recent ??= []);
  recent.push(critical ? 2 : violated ? 1 : 0);
  // M may have been larger before the rule was changed.
  while (recent.length > rule.of) recent.shift();
  let [violations, criticalViolations] = [0, 0];
  for (const weight of recent) {
    if (weight > 0) violations++;
    if (weight > 1) criticalViolations++;
  }
  state.violations = violations;
  state.criticalViolations = criticalViolations;
}

/** Ends the row of violations, but keeps the last M samples of a rule that counts N of M. */
function clearRow(state: RuleState): void {
  const { recent } = state;
  reset(state);
  state.recent = recent;
}

/** After a gap during an alert, the time without violations is unknown. */
function forgetTimes(state: RuleState): void {
  state.calmMs = NaN;
  state.criticalCalmMs = NaN;
}

/**
 * Evaluates the absence of samples: `(rule, state, silence) → (state, move)`. A firing alert needs no second one about missing
 * data; only the policy `resolve` ends it. Less than two intervals never count as silence, whatever the rule says.
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

/** Evaluates a failing source: no sample of this series came for `failingMs`. */
export function evaluateError({ rule }: PreparedRule, state: RuleState, failingMs: number): Move | null {
  const { onSourceError } = rule;
  if (onSourceError?.policy !== 'alert' || failingMs < onSourceError.afterSeconds * 1000) return null;
  if (state.phase !== 'ok' && state.phase !== 'pending') return null;
  reset(state);
  state.phase = 'error';
  return sourceFails;
}

/** A sample arrived: ends `no_data` or `error`, and evaluation starts afresh with it. */
export function endSilence(state: RuleState): Move | null {
  if (state.phase !== 'no_data' && state.phase !== 'error') return null;
  const move = state.phase === 'no_data' ? hasDataAgain : sourceWorks;
  reset(state);
  return move;
}
