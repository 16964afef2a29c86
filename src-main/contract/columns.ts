import type { Labels, Measurement, Reading } from './sample.ts';

/** Identifies the series of a sample within its source. */
export type Column = Pick<Measurement, 'metric' | 'labels'>;

/** The numbers one source returned at one time, in parallel arrays: `values[i]` belongs to the series `columns[i]`. */
export interface ColumnReading {
  host: string;
  source: string;
  /** As `at` of `Reading`. */
  at: number;
  /** Readings of the same series may share this object, so that results derived from it can be cached by identity. */
  columns: readonly Column[];
  values: ArrayLike<number>;
}

export function inColumns({ host, source, at, samples }: Reading): ColumnReading {
  return { host, source, at, columns: columnsOf(samples), values: samples.map(({ value }) => value) };
}

/** Converts to a `Reading`, with one sample object for each number. */
export function readingOf({ host, source, at, columns, values }: ColumnReading): Reading {
  const samples = columns.map(({ metric, labels }, place) => ({
    metric,
    labels,
    value: values[place] ?? NaN,
  }));
  return { host, source, at, durationMs: 0, samples, error: null };
}

/** The columns of these samples, in the same order. */
export function columnsOf(samples: readonly Measurement[]): Column[] {
  return samples.map(({ metric, labels }) => ({ metric, labels }));
}

/** Whether both lists hold the same columns in the same order. Samples can be passed too: they are columns with a value. Allocates nothing: it is called for every reading. */
export function areSameColumns(some: readonly Column[], others: readonly Column[]): boolean {
  if (some.length !== others.length) return false;
  for (let place = 0; place < some.length; place++) {
    const one = some[place];
    const other = others[place];
    if (one === undefined || one.metric !== other?.metric) return false;
    if (!areSameLabels(one.labels, other.labels)) return false;
  }
  return true;
}

/** Runs for every incoming sample, so it allocates nothing. */
export function areSameLabels(one: Labels, other: Labels): boolean {
  if (one === other) return true;
  let more = 0;
  for (const name in one) {
    if (one[name] !== other[name]) return false;
    more++;
  }
  for (const _ in other) more--;
  return more === 0;
}
