import type { Labels, Series } from './sample.ts';

/** Labels as text in a fixed order, so that equal labels give equal text. */
export function labelsKey(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return '';
  return JSON.stringify(names.sort().map((name) => [name, labels[name]]));
}

/** A key for a series: equal exactly if host, source, metric and labels are equal. */
export function seriesKey(series: Series): string {
  return JSON.stringify([series.host, series.source, series.metric, labelsKey(series.labels)]);
}
