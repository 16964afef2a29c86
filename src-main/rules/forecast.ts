import type { Rule } from '../contract/rule.ts';
import { directionOf } from '../contract/direction.ts';

/** What history knows of a series, in columns: a time in epoch milliseconds and the value then. */
export interface Past {
  readonly at: readonly number[];
  readonly values: readonly number[];
}

const dayMs = 86_400_000;

/** The slopes between all pairs of this many points are computed in a few milliseconds. */
const pointsAtMost = 400;

/** Less than this of the wanted days, or fewer points, are no trend. */
const leastPart = 0.25;
const leastPoints = 12;

/**
 * The trend of a past, in units a day: the median of the slopes between all pairs of points (Theil, "A rank-invariant method
 * of linear and polynomial regression analysis", 1950; Sen, "Estimates of the regression coefficient based on Kendall's
 * tau", JASA 63, 1968). A third of the points may be spikes or a cleaned-up disk without moving it.
 *
 * 0 where it is flat: where rising and falling pairs are about as many as chance makes them, by Kendall's S at 95 %.
 * NaN where there is too little past for a trend.
 */
export function trendPerDay(past: Past, overDays: number): number {
  const step = Math.max(1, Math.ceil(past.at.length / pointsAtMost));
  const points: { day: number; value: number }[] = [];
  for (let index = 0; index < past.at.length; index += step) {
    const value = past.values[index] ?? NaN;
    if (Number.isFinite(value)) points.push({ day: (past.at[index] ?? NaN) / dayMs, value });
  }
  const spanDays = (points.at(-1)?.day ?? 0) - (points[0]?.day ?? 0);
  if (points.length < leastPoints || spanDays < overDays * leastPart) return NaN;
  const slopes: number[] = [];
  let rising = 0;
  points.forEach((later, index) => {
    for (const earlier of points.slice(0, index)) {
      if (later.day <= earlier.day) continue;
      slopes.push((later.value - earlier.value) / (later.day - earlier.day));
      rising += Math.sign(later.value - earlier.value);
    }
  });
  const count = points.length;
  const deviation = Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18);
  if (Math.abs(rising) < 1.96 * deviation) return 0;
  slopes.sort((a, b) => a - b);
  return ((slopes[(slopes.length - 1) >> 1] ?? NaN) + (slopes[slopes.length >> 1] ?? NaN)) / 2;
}

/**
 * Where a value will be within the days that the rule looks ahead. A trend that is flat or leads away from the threshold
 * brings nothing nearer: the value itself. NaN while no trend is known.
 */
export function projected(
  rule: Pick<Rule, 'comparison' | 'forecast'>,
  value: number,
  perDay: number,
): number {
  const direction = directionOf(rule.comparison);
  return value + direction * Math.max(0, direction * perDay) * (rule.forecast?.withinDays ?? 0);
}
