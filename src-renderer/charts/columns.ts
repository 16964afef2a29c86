/**
 * A stretch of one series in columns; entry i of every list belongs to `at[i]`. As long as they are the same lists, they only grow, and only
 * their last entry changes: that of a bucket that is not over.
 */
export interface Columns {
  at: readonly number[];
  min: readonly number[];
  avg: readonly number[];
  max: readonly number[];
}

export interface Gap {
  from: number;
  to: number;
}

/** Stretches within `from` and `to` of which nothing is known because two entries are further apart than `gapMs`. */
export function gapsOf(at: readonly number[], from: number, to: number, gapMs: number): Gap[] {
  const edges = [from, ...at.filter((moment) => moment >= from && moment <= to), to];
  return edges.flatMap((moment, index) => {
    const next = edges[index + 1];
    return next !== undefined && next - moment > gapMs ? [{ from: moment, to: next }] : [];
  });
}

/** What is known of lists that were looked at: they only grow, and in the last entry of what they were only for the more extreme. */
const looked = new WeakMap<readonly number[], { taken: number; low: number; high: number }>();

/** The smallest and the largest value, from zero on; at the cost of what is new since the same lists were looked at. */
export function extremesOf({ min, max }: Columns): { low: number; high: number } {
  return { low: extremesIn(min).low, high: extremesIn(max).high };
}

function extremesIn(values: readonly number[]): { low: number; high: number } {
  const known = looked.get(values);
  const isLonger = known !== undefined && values.length >= known.taken;
  let { low, high } = isLonger ? known : { low: 0, high: 0 };
  for (let index = isLonger ? Math.max(0, known.taken - 1) : 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    if (value > high) high = value;
    if (value < low) low = value;
  }
  looked.set(values, { taken: values.length, low, high });
  return { low, high };
}

/** Index of the entry closest in time; -1 where none is within `reach`. */
export function nearest(at: readonly number[], moment: number, reach: number): number {
  let low = 0;
  let high = at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? Infinity) < moment) low = middle + 1;
    else high = middle;
  }
  const distance = (index: number): number => Math.abs((at[index] ?? Infinity) - moment);
  const best = distance(low) <= distance(low - 1) ? low : low - 1;
  return distance(best) <= reach ? best : -1;
}
