import type { SeriesRange } from '../../src-main/contract/history.ts';

export interface TimeRow {
  at: number;
  /** One for each series; null if it has no samples. */
  values: readonly ({ min: number; avg: number; max: number } | null)[];
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const steps = [
  ...[1, 5, 10, 30].map((count) => count * second),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * minute),
  ...[1, 2, 3, 6, 12, 24, 48, 168].map((count) => count * hour),
];

/** A round row length, in milliseconds, that divides the span into at most `most` rows. */
export function rowMs(span: number, most: number): number {
  return steps.find((step) => span / step <= most) ?? Math.ceil(span / most / (24 * hour)) * 24 * hour;
}

/** Several series in rows of `stepMs`, newest first, each with the values of that time. Rows without values are left out. */
export function timeRows(
  series: readonly (Pick<SeriesRange, 'at' | 'min' | 'avg' | 'max'> | undefined)[],
  { from, to, stepMs }: { from: number; to: number; stepMs: number },
): TimeRow[] {
  const rows = new Map<number, { min: number; avg: number; max: number; count: number }[]>();
  for (const [place, one] of series.entries()) {
    if (one === undefined) continue;
    for (const [index, at] of one.at.entries()) {
      if (at < from || at >= to) continue;
      const [min, avg, max] = [one.min[index] ?? NaN, one.avg[index] ?? NaN, one.max[index] ?? NaN];
      const row = Math.floor(at / stepMs) * stepMs;
      const cells = rows.get(row) ?? [];
      rows.set(row, cells);
      const cell = cells[place];
      if (cell === undefined) cells[place] = { min, avg, max, count: 1 };
      else {
        cell.count++;
        cell.min = Math.min(cell.min, min);
        cell.max = Math.max(cell.max, max);
        cell.avg += (avg - cell.avg) / cell.count;
      }
    }
  }
  return [...rows]
    .sort(([a], [b]) => b - a)
    .map(([at, cells]) => ({ at, values: series.map((_, place) => cells[place] ?? null) }));
}
