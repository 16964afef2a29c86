import type { Rule } from '../contract/rule.ts';
import type { Line } from './comparisons.ts';
import { quantile } from './windows.ts';

/**
 * Past extremes of a series from history, in columns: lowest and highest value of each interval, which begins at `at`
 * (epoch ms).
 */
export interface PastExtremes {
  readonly at: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
}

const hoursOfWeek = 168;
const hourMs = 3_600_000;
/** The epoch began on a Thursday; hour 0 of the week begins on Monday at midnight. */
const mondayOffset = 72;

/** A baseline for an hour of the week needs at least this many intervals, from this many different weeks. */
const leastStretches = 4;
const leastWeeks = 2;

/** Hour of the week in UTC, from 0 (Monday, 00:00) to 167. */
export function hourOfWeek(at: number): number {
  return (Math.floor(at / hourMs) + mondayOffset) % hoursOfWeek;
}

/**
 * The baseline as one line per hour of the week: the quantile of the values in that hour over the past weeks, moved
 * outwards by the margin. An hour with data from fewer than two weeks gets a line of NaN, which no sample crosses.
 *
 * The upper line uses the maxima of the intervals and the lower line the minima. Quarter-hour averages would make
 * half of all samples unusual.
 */
export function usualLines(
  { comparison, baseline }: Pick<Rule, 'comparison' | 'baseline'>,
  past: PastExtremes,
): readonly Line[] {
  const hours = Array.from({ length: hoursOfWeek }, () => ({
    least: [] as number[],
    most: [] as number[],
    weeks: new Set<number>(),
  }));
  past.at.forEach((at, index) => {
    const hour = hours[hourOfWeek(at)];
    const [least, most] = [past.min[index] ?? NaN, past.max[index] ?? NaN];
    if (hour === undefined || !Number.isFinite(least) || !Number.isFinite(most)) return;
    hour.least.push(least);
    hour.most.push(most);
    hour.weeks.add(Math.floor((at / hourMs + mondayOffset) / hoursOfWeek));
  });
  const { quantile: part, margin } = { quantile: 0.99, margin: 0, ...baseline };
  return hours.map(({ least, most, weeks }) => {
    const isKnown = most.length >= leastStretches && weeks.size >= leastWeeks;
    const low = isKnown ? outwards(quantile(ascending(least), 1 - part), -margin) : NaN;
    const high = isKnown ? outwards(quantile(ascending(most), part), margin) : NaN;
    return { comparison, threshold: comparison === 'greater_than' ? high : low, upper: high, tolerance: 0 };
  });
}

function ascending(values: number[]): number[] {
  return values.sort((a, b) => a - b);
}

function outwards(value: number, margin: number): number {
  return value + margin * Math.abs(value);
}
