import type { HistoryExport } from '../../contract/history-size.ts';
import type { Series } from '../../contract/sample.ts';
import { csvLines } from '../../deliveries/formats.ts';
import type { HistoryQuestion, HistoryQuestions } from '../../history/messages.ts';
import type { SeriesPage } from '../../contract/history.ts';

/** How many series of a source are requested at once. */
const columnsAtOnce = 200;
/** A history with more series needs several pages. */
const seriesAtOnce = 20_000;

export type AskExport = <Question extends Extract<HistoryQuestion, 'recorded' | 'search'>>(
  question: Question,
  ask: HistoryQuestions[Question]['ask'],
) => Promise<HistoryQuestions[Question]['answer']>;

/**
 * The samples of a time range, source by source and oldest first, as lines of JSON or CSV (RFC 4180, with a header), in
 * pieces: at most 50,000 numbers are in memory at once. In CSV, texts that a spreadsheet could interpret as formulas
 * are escaped.
 */
export async function* historyExport(
  { from, to, source, metric, format }: HistoryExport,
  ask: AskExport,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLines([['time', 'host', 'source', 'metric', 'labels', 'value']]);
  const wanted = await everySeries(ask, { source, metric });
  for (const group of bySource(wanted)) {
    const [{ host, source: name } = { host: '', source: '' }] = group;
    const columns = group.map(({ metric: of, labels }) => ({ metric: of, labels }));
    for (let begin = from; begin < to;) {
      const part = await ask('recorded', { host, source: name, columns, from: begin, to });
      yield textOf(part.at, part.values, group, format);
      if (part.to <= begin) break;
      begin = part.to;
    }
  }
}

async function everySeries(
  ask: AskExport,
  wanted: { source: string | undefined; metric: string | undefined },
): Promise<Series[]> {
  const found: Series[] = [];
  for (let offset: number | null = 0; offset !== null;) {
    const page: SeriesPage = await ask('search', { ...wanted, offset, limit: seriesAtOnce });
    found.push(...page.series);
    offset = page.next;
  }
  return found;
}

function textOf(
  at: Float64Array,
  values: Float64Array,
  series: readonly Series[],
  format: HistoryExport['format'],
): string {
  const rows: [time: number, series: Series, value: number][] = [];
  at.forEach((time, reading) => {
    series.forEach((one, place) => {
      const value = values[reading * series.length + place] ?? NaN;
      if (!Number.isNaN(value)) rows.push([time, one, value]);
    });
  });
  if (format === 'csv')
    return csvLines(
      rows.map(([time, { host, source, metric, labels }, value]) => [
        new Date(time).toISOString(),
        host,
        source,
        metric,
        JSON.stringify(labels),
        value,
      ]),
    );
  return rows.map(([time, one, value]) => `${JSON.stringify({ at: time, ...one, value })}\n`).join('');
}

function bySource(series: readonly Series[]): Series[][] {
  const groups = new Map<string, Series[]>();
  for (const one of series) {
    const key = JSON.stringify([one.host, one.source]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / columnsAtOnce) }, (_, piece) =>
      group.slice(piece * columnsAtOnce, (piece + 1) * columnsAtOnce),
    ),
  );
}
