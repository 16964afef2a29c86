import type { UsualRange } from '../contract/alert-context.ts';
import { eachSample } from './ranges.ts';
import { hourOf } from './schema.ts';
import type { SeriesReader } from './series-reader.ts';

/** Fewer values, or all from a shorter time, do not represent a day. */
const leastValues = 60;
const leastSpanMs = 4 * 3_600_000;
/** The part of the values that is left out on either side: what happens for half an hour a day is not usual. */
const tail = 0.02;
/** How many samples of a series are used, at least half of it: more would not be more precise. */
const mostLookedAt = 2000;

/** Every n-th sample of a series, evenly spread over `from` ≤ time < `to`. */
export function someSamples(reader: SeriesReader, from: number, to: number): [at: number, value: number][] {
  let kept: [at: number, value: number][] = [];
  let stride = 1;
  let count = 0;
  for (const hour of reader.hours(hourOf(from), hourOf(to))) {
    eachSample(reader, hour, from, to, (at, value) => {
      if (count++ % stride === 0) kept.push([at, value]);
      if (kept.length < mostLookedAt) return;
      kept = kept.filter((_, place) => place % 2 === 0);
      stride *= 2;
    });
  }
  return kept;
}

/**
 * The range that contains nearly all values, from samples in any order. Null if they are too few or too close together,
 * and for a series that only grows, as counters do: every new value of it is the highest.
 */
export function usualRange(samples: readonly (readonly [at: number, value: number])[]): UsualRange | null {
  if (samples.length < leastValues) return null;
  const inTime = samples.toSorted(([a], [b]) => a - b);
  const [first, last] = [inTime[0], inTime.at(-1)];
  if (first === undefined || last === undefined || last[0] - first[0] < leastSpanMs) return null;
  if (onlyGrows(inTime)) return null;
  const values = Float64Array.from(inTime, ([, value]) => value).sort();
  const place = Math.floor(values.length * tail);
  const [low, high] = [values[place], values[values.length - 1 - place]];
  return low === undefined || high === undefined ? null : { low, high };
}

function onlyGrows(inTime: readonly (readonly [at: number, value: number])[]): boolean {
  const [first, last] = [inTime[0]?.[1] ?? 0, inTime.at(-1)?.[1] ?? 0];
  return last > first && inTime.every(([, value], place) => value >= (inTime[place - 1]?.[1] ?? -Infinity));
}
