import type { Rule } from '../contract/rule.ts';
import { violates, worse } from './comparisons.ts';

/** What must be remembered of one rule on one series between two samples. Plain data, kept over restarts. */
export interface RuleState {
  phase: 'ok' | 'pending' | 'firing';
  /** Violations in a row. */
  violations: number;
  /** When the first of them was sampled, epoch milliseconds; null while there is none. */
  since: number | null;
  /** The worst value since then; null while there is none. */
  worst: number | null;
  lastValue: number | null;
  lastAt: number | null;
}

export const freshState: Readonly<RuleState> = {
  phase: 'ok',
  violations: 0,
  since: null,
  worst: null,
  lastValue: null,
  lastAt: null,
};

export interface Observation {
  value: number;
  /** When it was sampled, epoch milliseconds. */
  at: number;
  /**
   * Milliseconds since the sample before it on this series, or null when there was none. The caller measures it, because only
   * the caller can tell a clock that was set from time that passed.
   */
  elapsedMs: number | null;
  /** The interval of the source, in milliseconds. */
  intervalMs: number;
}

export type Move = { to: 'firing'; reason: 'violated_enough' } | { to: 'resolved'; reason: 'back_within' };

export interface Step {
  state: RuleState;
  move: Move | null;
}

/** The shortest silence that ends a row of violations, in milliseconds. */
const shortestGapMs = 60_000;

/**
 * Judges one sample: `(rule, state, observation) → (state, move with a named reason)`.
 *
 * A silence longer than max(3 intervals, 60 s) ends a row of violations that has not fired yet, because nobody knows what
 * happened in it; a shorter one does not. An alert that is firing keeps firing over a silence of any length until a sample
 * says otherwise.
 */
export function evaluate(rule: Rule, state: RuleState, observation: Observation): Step {
  const { value, at } = observation;
  const known = isGap(observation) && state.phase !== 'firing' ? freshState : state;
  const seen = { lastValue: value, lastAt: at };

  if (!violates(rule, value)) {
    const move: Move | null = known.phase === 'firing' ? { to: 'resolved', reason: 'back_within' } : null;
    return { state: { ...freshState, ...seen }, move };
  }

  const violations = known.violations + 1;
  const fires = known.phase === 'firing' || violations >= rule.consecutiveViolations;
  return {
    state: {
      ...seen,
      phase: fires ? 'firing' : 'pending',
      violations,
      since: known.since ?? at,
      worst: known.worst === null ? value : worse(rule, known.worst, value),
    },
    move: fires && known.phase !== 'firing' ? { to: 'firing', reason: 'violated_enough' } : null,
  };
}

function isGap({ elapsedMs, intervalMs }: Observation): boolean {
  return elapsedMs !== null && elapsedMs > Math.max(3 * intervalMs, shortestGapMs);
}
