import type { Labels, Measurement } from './sample.ts';

/** Which series of its source a sample is of. */
export type Column = Pick<Measurement, 'metric' | 'labels'>;

/** The columns of these samples, in their order. */
export function columnsOf(samples: readonly Measurement[]): Column[] {
  return samples.map(({ metric, labels }) => ({ metric, labels }));
}

/** Whether these samples have exactly these columns, in this order. */
export function haveColumns(samples: readonly Measurement[], columns: readonly Column[]): boolean {
  if (columns.length !== samples.length) return false;
  for (let place = 0; place < columns.length; place++) {
    const [column, sample] = [columns[place], samples[place]];
    if (column === undefined || column.metric !== sample?.metric) return false;
    if (!areSameLabels(column.labels, sample.labels)) return false;
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
