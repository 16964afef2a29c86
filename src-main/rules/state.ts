import type { Phase } from '../contract/rule.ts';
import type { PreparedRule } from './prepare.ts';

/**
 * The state of one rule on one series between two samples: plain data of a few hundred bytes, kept over restarts.
 * Absent numbers are NaN (null in JSON), so that each field always holds a number and evaluation allocates nothing.
 */
export interface RuleState {
  phase: Phase;
  /** Consecutive violations; for a rule that counts N of M, those among the last M samples. */
  violations: number;
  /** Duration of the row of violations, in milliseconds. */
  heldMs: number;
  /** Sample time of the first violation, epoch milliseconds. */
  since: number;
  /** The worst value since the first violation. */
  worst: number;
  /** Number and duration of violations of the critical threshold. */
  criticalViolations: number;
  criticalHeldMs: number;
  /** Whether it fires as critical because of the critical threshold. */
  critical: boolean;
  /**
   * While firing: for how long, in milliseconds, the value has been back in range, and below the critical threshold.
   * NaN if it is not.
   */
  calmMs: number;
  criticalCalmMs: number;
  /** The last evaluated value and its sample time. */
  lastValue: number;
  lastAt: number;
  /** For a rule that counts N of M: the last M samples, oldest first. 0: no violation, 1: violation, 2: critical violation. */
  recent: number[] | null;
}

export function freshState(): RuleState {
  return {
    phase: 'ok',
    lastValue: NaN,
    lastAt: NaN,
    violations: 0,
    heldMs: NaN,
    since: NaN,
    worst: NaN,
    criticalViolations: 0,
    criticalHeldMs: NaN,
    critical: false,
    calmMs: NaN,
    criticalCalmMs: NaN,
    recent: null,
  };
}

/** Restores a state from JSON, in which null stands for NaN and older versions lack fields. */
export function revived(written: Readonly<Partial<Record<keyof RuleState, unknown>>>): RuleState {
  const state = freshState();
  for (const key of Object.keys(state) as (keyof RuleState)[]) {
    const value = written[key];
    if (value !== undefined && value !== null) Object.assign(state, { [key]: value });
  }
  // An older version counted violations without measuring their duration: the count is kept, and the duration starts at
  // 0.
  if (state.violations > 0 && Number.isNaN(state.heldMs)) state.heldMs = 0;
  return state;
}

/** Adapts the state to a changed rule: alerts keep firing, and pending violations are kept if they still count. */
export function refit(state: RuleState, { of, needed, critical }: PreparedRule): void {
  if (critical === null) state.critical = false;
  const isFiring = state.phase === 'firing' || state.phase === 'recovering';
  if (of === 0) {
    if (state.recent === null) return;
    // Two violations among ten samples are not two consecutive ones.
    if (state.phase === 'pending') reset(state);
    state.recent = null;
    return;
  }
  const counted = state.recent?.filter((weight) => weight > 0).length ?? state.violations;
  // The alert fired by other numbers. The change must not end it; later samples decide.
  const violations = isFiring ? Math.max(needed, counted) : counted;
  if (state.recent !== null && violations === counted) return;
  state.recent = new Array<number>(Math.min(of, violations)).fill(state.critical ? 2 : 1);
}

/** Resets everything but the last value. */
export function reset(state: RuleState): void {
  state.phase = 'ok';
  state.violations = 0;
  state.heldMs = NaN;
  state.since = NaN;
  state.worst = NaN;
  state.criticalViolations = 0;
  state.criticalHeldMs = NaN;
  state.critical = false;
  state.calmMs = NaN;
  state.criticalCalmMs = NaN;
  state.recent = null;
}
