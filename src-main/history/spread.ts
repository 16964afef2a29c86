import type { SeriesSpread } from '../contract/report.ts';
import { eachSample, hasSamplesOf } from './ranges.ts';
import { hourOf } from './schema.ts';
import type { SeriesReader } from './series-reader.ts';

/** The distribution of the samples with `from` ≤ time < `to`; null if there are none. A step for each hour. */
export function* spreadOf(
  reader: SeriesReader,
  from: number,
  to: number,
): Generator<undefined, SeriesSpread | null> {
  const values: number[] = [];
  let [lowest, lowestAt, highest, highestAt] = [Infinity, NaN, -Infinity, NaN];
  for (const hour of reader.hours(hourOf(from), hourOf(to))) {
    eachSample(reader, hour, from, to, (at, value) => {
      values.push(value);
      if (value < lowest) [lowest, lowestAt] = [value, at];
      if (value > highest) [highest, highestAt] = [value, at];
    });
    yield;
  }
  if (!hasSamplesOf(reader, from, to)) return { p95: null, lowestAt: null, highestAt: null };
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const p95 = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? null;
  return { p95, lowestAt, highestAt };
}
