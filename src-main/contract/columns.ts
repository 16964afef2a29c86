import type { Labels, Measurement, Reading } from './sample.ts';

/** Which series of its source a sample is of. */
export type Column = Pick<Measurement, 'metric' | 'labels'>;

/** What was returned by one source at one time, its numbers beside the series that they are of. */
export interface ColumnReading {
  host: string;
  source: string;
  /** As of `Reading`. */
  at: number;
  /** Readings of the same series may have the same object here, so that what is found out of it need not be found out again. */
  columns: readonly Column[];
  /** One for each column. */
  values: ArrayLike<number>;
}

export function inColumns({ host, source, at, samples }: Reading): ColumnReading {
  return { host, source, at, columns: columnsOf(samples), values: samples.map(({ value }) => value) };
}

/** The same with a sample for each number. */
export function readingOf({ host, source, at, columns, values }: ColumnReading): Reading {
  const samples = columns.map(({ metric, labels }, place) => ({
    metric,
    labels,
    value: values[place] ?? NaN,
  }));
  return { host, source, at, durationMs: 0, samples, error: null };
}

/** The columns of these samples, in their order. */
export function columnsOf(samples: readonly Measurement[]): Column[] {
  return samples.map(({ metric, labels }) => ({ metric, labels }));
}

/** Whether these are the same columns in the same order. Samples are columns with a value. It makes nothing, for it is asked of every reading. */
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

/** Asked for every sample that comes: it makes nothing. */
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
