import type { Rule } from '../contract/rule.ts';
import type { Line } from './comparisons.ts';
import { quantile } from './windows.ts';

/** What history knows of a series, in columns: the least and the most of each stretch that began at `at`, epoch ms. */
export interface PastExtremes {
  readonly at: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
}

const hoursOfWeek = 168;
const hourMs = 3_600_000;
/** Epoch time begins on a Thursday; hour 0 is the one after midnight before Monday. */
const mondayOffset = 72;

/** Fewer stretches, or those of one week only, say nothing of what is usual. */
const leastStretches = 4;
const leastWeeks = 2;

/** Which hour of the week it is in UTC, from 0 on Monday to 167. */
export function hourOfWeek(at: number): number {
  return (Math.floor(at / hourMs) + mondayOffset) % hoursOfWeek;
}

/**
 * What was usual in each hour of the week, as the line that a sample crosses: the quantile of what fell into that hour in
 * the weeks before, moved outwards by the margin. An hour that was seen in fewer than two weeks has no usual, its line is
 * none, and nothing crosses it.
 *
 * Upwards it looks at the most of each stretch and downwards at the least: an average of a quarter of an hour would make
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
