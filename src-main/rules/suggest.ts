import { directionOf } from '../contract/direction.ts';
import type { Rule } from '../contract/rule.ts';
import { quantile } from './windows.ts';

/** For how long a rule might ask, in seconds, so that a person would have chosen it. */
export const usualDurations = [60, 120, 300, 600, 900, 1800, 3600] as const;

/** How much of what was judged may be beyond a threshold that is worth a look, from none to a half. */
const parts = [0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5];

/**
 * Thresholds that part the judged values, given in ascending order, from the one that nothing crosses inwards: numbers that
 * a person would write, each once. None for a comparison that has no direction, and for values that are all the same.
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

/** The hundredth part of a range, or a little more: 1, 2 or 5 with noughts. */
function roundStep(range: number): number {
  const power = 10 ** Math.floor(Math.log10(range / 100));
  const digit = range / 100 / power;
  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

/** Outwards, so that what was not to be crossed is not. */
function rounded(value: number, step: number, direction: number): number {
  const steps = direction > 0 ? Math.ceil(value / step - 1e-9) : Math.floor(value / step + 1e-9);
  return Number((steps * step).toPrecision(12));
}

/** A rule with another threshold: the other lines, which stand beyond or behind it, move along. */
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

/** The times for which a rule might have to hold longer than it does. None where it counts N of M. */
export function longerDurations({ violationsOf, forSeconds = 0 }: Rule): number[] {
  return violationsOf === undefined ? usualDurations.filter((seconds) => seconds > forSeconds) : [];
}

/**
 * Of what was tried in order, each less sensitive than the one before, the first that fires no more often than wanted: what
 * is still told then is as much as can be. Null where there is none.
 */
export function mostSensitive<Tried extends { count: number }>(
  tried: readonly Tried[],
  wanted: number,
): Tried | null {
  return tried.find(({ count }) => count <= wanted) ?? null;
}
