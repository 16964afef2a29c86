import type { Labels, Series } from './sample.ts';

/** Labels in one fixed order, so that equal labels always give equal text. */
export function labelsKey(labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return '';
  return JSON.stringify(names.sort().map((name) => [name, labels[name]]));
}

/** Text that is equal for two series exactly when host, source, metric and labels are equal. */
export function seriesKey(series: Series): string {
  return JSON.stringify([series.host, series.source, series.metric, labelsKey(series.labels)]);
}
