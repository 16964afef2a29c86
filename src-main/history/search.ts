import type { SeriesSearch } from '../contract/history.ts';
import type { Series } from '../contract/sample.ts';
import { labelsKey } from '../contract/series-key.ts';

/** One page of the matching series, in the order of host, source, metric and labels. */
export function pageOf<One extends Series>(
  all: readonly One[],
  search: SeriesSearch,
): { page: One[]; total: number; next: number | null } {
  const { host, source, metric, text = '', offset, limit } = search;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = all
    .filter(
      (series) =>
        (host === undefined || series.host === host) &&
        (source === undefined || series.source === source) &&
        (metric === undefined || series.metric === metric),
    )
    .filter((series) => {
      if (words.length === 0) return true;
      const said = textOf(series).join('\n').toLowerCase();
      return words.every((word) => said.includes(word));
    })
    .map((series) => ({ series, key: textOf(series, labelsKey(series.labels)) }))
    .sort((a, b) => compare(a.key, b.key));
  const end = offset + limit;
  return {
    page: found.slice(offset, end).map(({ series }) => series),
    total: found.length,
    next: end < found.length ? end : null,
  };
}

function textOf(
  { host, source, metric, labels }: Series,
  said = Object.entries(labels).flat().join('\n'),
): string[] {
  return [host, source, metric, said];
}

function compare(a: readonly string[], b: readonly string[]): number {
  const place = a.findIndex((text, index) => text !== b[index]);
  return place < 0 ? 0 : (a[place] ?? '') < (b[place] ?? '') ? -1 : 1;
}
