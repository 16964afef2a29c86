import type { Phase } from '../contract/rule.ts';
import type { PreparedRule } from './prepare.ts';

/**
 * What must be remembered of one rule on one series between two samples: plain data, a few hundred bytes, kept over
 * restarts. NaN stands for what is not there, which JSON writes as null, so that a number's place always holds a number and
 * judging a sample allocates nothing.
 */
export interface RuleState {
  phase: Phase;
  /** Violations in a row; where N of M count, those among the last M. */
  violations: number;
  /** How long they have lasted, in milliseconds. */
  heldMs: number;
  /** When the first of them was sampled, epoch milliseconds. */
  since: number;
  /** The worst value since then. */
  worst: number;
  /** The same two for the critical threshold. */
  criticalViolations: number;
  criticalHeldMs: number;
  /** Whether it fires as critical because of the critical threshold. */
  critical: boolean;
  /** For how long it has been back while it fires; and not beyond the critical threshold. NaN while it is neither. */
  calmMs: number;
  criticalCalmMs: number;
  /** The last value that was judged, and when it was sampled. */
  lastValue: number;
  lastAt: number;
  /** Where N of M count: the last M samples, oldest first: 0 within, 1 a violation, 2 a critical one. */
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

/** A state as it was written, where null is what is not there and an older Plimsoll left out what it did not know. */
export function revived(written: Readonly<Partial<Record<keyof RuleState, unknown>>>): RuleState {
  const state = freshState();
  for (const key of Object.keys(state) as (keyof RuleState)[]) {
    const value = written[key];
    if (value !== undefined && value !== null) Object.assign(state, { [key]: value });
  }
  // An older Plimsoll counted and did not time: its row goes on, and its time begins anew.
  if (state.violations > 0 && Number.isNaN(state.heldMs)) state.heldMs = 0;
  return state;
}

/** The state of a rule that was changed: what fires goes on firing, and what is pending goes on where it still counts. */
export function refit(state: RuleState, { of, needed, critical }: PreparedRule): void {
  if (critical === null) state.critical = false;
  const isFiring = state.phase === 'firing' || state.phase === 'recovering';
  if (of === 0) {
    if (state.recent === null) return;
    // Two among ten are not two in a row.
    if (state.phase === 'pending') reset(state);
    state.recent = null;
    return;
  }
  const counted = state.recent?.filter((weight) => weight > 0).length ?? state.violations;
  // It fired by another count, which must not end it: that is for the samples that come.
  const violations = isFiring ? Math.max(needed, counted) : counted;
  if (state.recent !== null && violations === counted) return;
  state.recent = new Array<number>(Math.min(of, violations)).fill(state.critical ? 2 : 1);
}

/** Forgets everything but the last value. */
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
