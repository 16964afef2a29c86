import type { SamplesPage, SeriesRange } from '../../src-main/contract/history.ts';
import type { Series } from '../../src-main/contract/sample.ts';

type Cell = string | number;

/** The displayed ranges as JSON, exactly as history answered. */
export function rangesAsJson(ranges: readonly SeriesRange[]): string {
  return `${JSON.stringify(ranges, null, 2)}\n`;
}

/** The displayed ranges as CSV, one line per entry; `bucket_ms` is 0 for raw samples. */
export function rangesAsCsv(ranges: readonly SeriesRange[]): string {
  const lines = ranges.flatMap(({ series, bucketMs, at, min, avg, max }) =>
    at.map((time, index) => [
      ...leading(series, time),
      bucketMs,
      min[index] ?? '',
      avg[index] ?? '',
      max[index] ?? '',
    ]),
  );
  return csv([['time', 'host', 'source', 'metric', 'labels', 'bucket_ms', 'min', 'avg', 'max'], ...lines]);
}

/** Raw samples as CSV, series by series within each page. */
export function samplesAsCsv(pages: readonly SamplesPage[]): string {
  const lines = pages.flatMap(({ series }) =>
    series.flatMap(({ series: one, at, values }) =>
      at.map((time, index) => [...leading(one, time), values[index] ?? '']),
    ),
  );
  return csv([['time', 'host', 'source', 'metric', 'labels', 'value'], ...lines]);
}

function leading({ host, source, metric, labels }: Series, at: number): Cell[] {
  return [new Date(at).toISOString(), host, source, metric, JSON.stringify(labels)];
}

/**
 * CSV as defined by RFC 4180. A text that a spreadsheet could take for a formula gets an apostrophe in front; numbers
 * stay numbers.
 */
function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: Cell): string {
  if (typeof value === 'number') return String(value);
  const text = /^[\s']*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
