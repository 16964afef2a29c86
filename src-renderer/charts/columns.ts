/**
 * A time range of one series in columns; entry i of every list belongs to `at[i]`. The same list objects only grow, and
 * only their last entry may change, while its bucket is still open.
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

/** Gaps between `from` and `to`: times between entries that are more than `gapMs` apart. */
export function gapsOf(at: readonly number[], from: number, to: number, gapMs: number): Gap[] {
  const edges = [from, ...at.filter((moment) => moment >= from && moment <= to), to];
  return edges.flatMap((moment, index) => {
    const next = edges[index + 1];
    return next !== undefined && next - moment > gapMs ? [{ from: moment, to: next }] : [];
  });
}

/** Cached extremes by list. This is valid because lists only grow and their last entry only becomes more extreme. */
const looked = new WeakMap<readonly number[], { taken: number; low: number; high: number }>();

/** The smallest and the largest value, including zero. Repeated calls cost only as much as the new entries. */
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

/** Index of the entry closest in time; -1 if none is within `reach`. */
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
