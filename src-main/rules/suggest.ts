import { directionOf } from '../contract/direction.ts';
import type { Rule } from '../contract/rule.ts';
import { quantile } from './windows.ts';

/** Durations that a person would choose for a rule, in seconds. */
export const usualDurations = [60, 120, 300, 600, 900, 1800, 3600] as const;

/** Proportions of past values beyond a threshold worth suggesting, from none to a half. */
const parts = [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];

/**
 * Candidate thresholds for values given in ascending order, rounded as a person would write them, without duplicates.
 * They begin with one that no value crosses and become more sensitive. Empty if the comparison has no direction or all
 * values are equal.
 */
export function thresholdsFor(rule: Pick<Rule, 'comparison'>, ascending: ArrayLike<number>): number[] {
  const direction = directionOf(rule.comparison);
  const values = Array.from(ascending);
  const [least, most] = [values[0] ?? NaN, values.at(-1) ?? NaN];
  if (direction === 0 || !(most > least)) return [];
  const step = roundStep(most - least);
  const candidates = parts.map((part) => {
    const value = quantile(values, direction > 0 ? 1 - part : Math.max(part, 1e-9));
    return rounded(value, step, direction);
  });
  return candidates.filter((value, index) => candidates.indexOf(value) === index);
}

/** A rounding step of about 1 % of a range: 1, 2 or 5 times a power of ten, rounded up. */
function roundStep(range: number): number {
  const power = 10 ** Math.floor(Math.log10(range / 100));
  const digit = range / 100 / power;
  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

/** Rounds outwards, so that values which did not cross the threshold still do not. */
function rounded(value: number, step: number, direction: number): number {
  const steps = direction > 0 ? Math.ceil(value / step - 1e-9) : Math.floor(value / step + 1e-9);
  return Number((steps * step).toPrecision(12));
}

/** The rule with another threshold. Its critical and recovery thresholds move by the same amount. */
export function withThreshold(rule: Rule, threshold: number): Rule {
  const moved = threshold - (rule.threshold ?? threshold);
  const along = (line: number) => Number((line + moved).toPrecision(12));
  return {
    ...rule,
    threshold,
    ...(rule.criticalThreshold !== undefined && { criticalThreshold: along(rule.criticalThreshold) }),
    ...(rule.recoveryThreshold !== undefined && { recoveryThreshold: along(rule.recoveryThreshold) }),
  };
}

/** Longer values to try for `forSeconds`. None for a rule that counts N of M. */
export function longerDurations({ violationsOf, forSeconds = 0 }: Rule): number[] {
  return violationsOf === undefined ? usualDurations.filter((seconds) => seconds > forSeconds) : [];
}

/**
 * Returns the first candidate that fires no more often than wanted. Candidates are ordered by falling sensitivity, so
 * it is the most sensitive one. Null if all fire more often.
 */
export function mostSensitive<Tried extends { count: number }>(
  tried: readonly Tried[],
  wanted: number,
): Tried | null {
  return tried.find(({ count }) => count <= wanted) ?? null;
}
