/** A stretch of one series in columns; entry i of every list belongs to `at[i]`. */
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

export interface Point {
  x: number;
  y: number;
}

/** Stretches within `from` and `to` of which nothing is known because two entries are further apart than `gapMs`. */
export function gapsOf(at: readonly number[], from: number, to: number, gapMs: number): Gap[] {
  const edges = [from, ...at.filter((moment) => moment >= from && moment <= to), to];
  return edges.flatMap((moment, index) => {
    const next = edges[index + 1];
    return next !== undefined && next - moment > gapMs ? [{ from: moment, to: next }] : [];
  });
}

/** One column as points, with a point without value in every gap so that no line is drawn across. */
export function pointsOf(at: readonly number[], values: readonly number[], gapMs: number): Point[] {
  const points: Point[] = [];
  for (const [index, x] of at.entries()) {
    const y = values[index];
    if (y === undefined) continue;
    const before = at[index - 1];
    if (before !== undefined && x - before > gapMs) points.push({ x: (before + x) / 2, y: Number.NaN });
    points.push({ x, y });
  }
  return points;
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
