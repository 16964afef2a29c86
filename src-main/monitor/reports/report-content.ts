import type { Alert } from '../../contract/alert.ts';
import type { Delivery } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import { mostPoints, mostSeriesAtOnce } from '../../contract/history.ts';
import type { SeriesRange } from '../../contract/history.ts';
import type { MetricDefinition } from '../../contract/metric.ts';
import type { ChartSubject, ReportChart, ReportContent, SeriesSpread } from '../../contract/report.ts';
import type { Series } from '../../contract/sample.ts';
import { labelsKey, seriesKey } from '../../contract/series-key.ts';
import type { Settings } from '../../contract/settings.ts';
import { sourceKind } from '../../collectors/source-kinds.ts';
import type { HistoryQuestion, HistoryQuestions } from '../../history/messages.ts';
import { alertDays, figuresOf, overlap } from '../../reports/figures.ts';
import type { MeasuredSeries } from '../../reports/figures.ts';
import { english } from '../../reports/phrases-en.ts';
import type { DeliveryFilter } from '../sending/deliveries.ts';
import type { AlertFilter } from '../records/alerts-api.ts';
import { ownMetrics, ownSource, uptimeMetric } from '../own-source.ts';

/** The data for reports, from a running Plimsoll or a stored directory. */
export interface ReportSources {
  host: string;
  version: string;
  now: number;
  settings: Settings;
  ask: <Question extends HistoryQuestion>(
    question: Question,
    ask: HistoryQuestions[Question]['ask'],
    signal?: AbortSignal,
  ) => Promise<HistoryQuestions[Question]['answer']>;
  alerts(filter: AlertFilter): Alert[];
  deliveries(filter: DeliveryFilter): Delivery[];
}

export interface ReportSpan {
  from: number;
  to: number;
  /** The time zone of days and hours. */
  zone: string;
}

/** A report's content, with each metric's chart reduced to a few points. */
export interface GatheredReport {
  content: ReportContent;
  sparks: SeriesRange[];
}

const dayMs = 24 * 3_600_000;
/** A table longer than this is not read; the report says how many series were left out. */
const mostSeries = 4 * mostSeriesAtOnce;
const seriesPerPage = 5000;
const chartPoints = 500;
const sparkPoints = 60;
const linesInChart = 6;
const mostAlerts = 20_000;
const alertsPerPage = 1000;
/** An alert that had been firing longer than this before a report, and ended during it, is not found. */
const lookBackMs = 31 * dayMs;
const mostFailures = 1000;

/** The order of sources in a report; those of other kinds follow by name. */
const kindOrder = ['cpu', 'memory', 'disk', 'network', 'disk-io', 'processes', 'temperatures', 'battery'];

/**
 * Collects all the data of a report. Throws `usage` for an invalid time range, `stage_down` and `deadline` if the
 * history does not answer.
 */
export async function gatherReport(
  sources: ReportSources,
  { from, to: asked, zone }: ReportSpan,
  signal?: AbortSignal,
): Promise<GatheredReport> {
  const { host, version, now, settings, ask } = sources;
  const to = Math.min(asked, now);
  if (!(from < to))
    throw new PlimsollError('usage', 'A report needs a beginning, and an end after it; neither is to come.');
  const known = await seriesSince(sources, from, signal);
  const inOrder = known.filter(isInTable).sort(bySource(sources));
  const listed = inOrder.slice(0, mostSeries);
  const programs = await topPrograms(sources, from, to, signal);
  const measured = await measure(sources, [...listed, ...programs], from, to, signal);
  const one = (metric: string): Series => ({ host, source: ownSource, metric, labels: {} });
  const [running, interruptions] = await Promise.all([
    ask('ranges', { series: [one(uptimeMetric)], from, to, points: mostPoints }, signal),
    ask('interruptions', { running: one(uptimeMetric), lost: one('time_lost_seconds'), from, to }, signal),
  ]);
  const busySeries = listed.filter(
    ({ host: of, metric, labels }) =>
      of === host &&
      (metric === 'cpu_percent' || metric === 'memory_percent') &&
      Object.keys(labels).length === 0,
  );
  const busy = await inPieces(busySeries.slice(0, 2), (series) =>
    ask('ranges', { series, from, to, points: mostPoints }, signal),
  );
  const weekFrom = Math.min(from, to - alertDays * dayMs);
  const { alerts, isComplete } = alertsSince(sources, weekFrom, to);
  const table = new Set(listed.map(seriesKey));
  const figures = figuresOf({
    ...{ host, version, from, to, zone, interruptions, alerts },
    madeAt: now,
    measured,
    seriesLeftOut: inOrder.length - listed.length,
    busy: busy.map((range) => ({
      series: range.series,
      definition: definitionOf(settings, range.series),
      range,
    })),
    running: running[0] ?? {
      series: one(uptimeMetric),
      from,
      to,
      bucketMs: 0,
      at: [],
      min: [],
      avg: [],
      max: [],
      summary: null,
    },
    alertsComplete: isComplete,
    rules: settings.rules,
    failedDeliveries: sources.deliveries({ state: 'failed', limit: mostFailures }),
  });
  // Programs have their own table.
  figures.metrics = figures.metrics.filter(({ series }) => table.has(seriesKey(series)));
  const charts = new Charts(sources, from, to, signal);
  return {
    content: {
      figures,
      system: await charts.system(listed),
      processes: await charts.processes(programs, listed),
      bands: alerts.flatMap((alert) => {
        const part = alert.drill === true ? null : overlap(alert, from, to);
        return part === null ? [] : [{ ...part, severity: alert.severity }];
      }),
    },
    sparks: measured.map(({ range }) => range),
  };
}

/** Every series with a sample at that time or later. */
async function seriesSince({ ask }: ReportSources, from: number, signal?: AbortSignal): Promise<Series[]> {
  const found: Series[] = [];
  let offset: number | null = 0;
  while (offset !== null) {
    const page: HistoryQuestions['newest']['answer'] = await ask(
      'newest',
      { from, offset, limit: seriesPerPage },
      signal,
    );
    for (const { host, source, metric, labels } of page.samples) found.push({ host, source, metric, labels });
    offset = page.next;
  }
  return found;
}

/** Processor time, memory and threads of programs: of those that are watched, and of the top ones. */
const programMetrics = {
  cpu: ['process_cpu_percent', 'top_process_cpu_percent'],
  memory: ['process_memory_bytes', 'top_process_memory_bytes'],
  threads: ['process_threads', 'top_process_threads'],
};
const programsEach = 8;

/** Programs come and go by the hundred and have their own table; Plimsoll's own samples are in the availability. */
function isInTable({ source, metric, labels }: Series): boolean {
  if (source === ownSource) return metric === 'own_cpu_percent' || metric === 'own_memory_bytes';
  return labels['process'] === undefined;
}

/**
 * This machine's series before those of others, whole machines before their parts, otherwise in the order of their
 * kind.
 */
function bySource({ host, settings }: ReportSources): (a: Series, b: Series) => number {
  const ranks = new Map<string, (string | number)[]>();
  const rankOf = (series: Series) => {
    const key = seriesKey(series);
    const kind = kindOf(settings, series);
    const order = kindOrder.indexOf(kind ?? '');
    const place = Object.keys(sourceKind(kind ?? '')?.metrics ?? {}).indexOf(series.metric);
    const rank = ranks.get(key) ?? [
      series.host === host ? 0 : 1,
      series.host,
      series.source === ownSource ? kindOrder.length + 1 : order < 0 ? kindOrder.length : order,
      series.source,
      Object.keys(series.labels).length === 0 ? 0 : 1,
      place < 0 ? 1000 : place,
      key,
    ];
    ranks.set(key, rank);
    return rank;
  };
  return (a, b) => {
    const [first, second] = [rankOf(a), rankOf(b)];
    for (const [index, value] of first.entries()) {
      const other = second[index] ?? value;
      if (value < other) return -1;
      if (value > other) return 1;
    }
    return 0;
  };
}

function kindOf(settings: Settings, { source }: Series): string | null {
  return settings.sources.find(({ name }) => name === source)?.kind ?? null;
}

function definitionOf(settings: Settings, series: Series): MetricDefinition {
  const kind = kindOf(settings, series);
  const metrics = series.source === ownSource ? ownMetrics : sourceKind(kind ?? '')?.metrics;
  return metrics?.[series.metric] ?? { title: series.metric, unit: 'none', help: '' };
}

/** Processor time and memory of the programs that used most of either, sorted by processor time. */
async function topPrograms(
  { ask, host }: ReportSources,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<Series[]> {
  const found = new Map<string, Series>();
  for (const metrics of [programMetrics.cpu, programMetrics.memory]) {
    const answers: HistoryQuestions['top']['answer'][] = [];
    for (const metric of metrics)
      answers.push(await ask('top', { metric, host, by: 'avg', from, to, limit: programsEach }, signal));
    const entries = answers
      .flatMap((answer) => answer.entries)
      .sort((one, other) => other.summary.avg - one.summary.avg);
    const named = new Set<string>();
    for (const { series } of entries) {
      const program = labelsKey(series.labels);
      // A watched program may also be among the top.
      if (named.has(program) || named.size === programsEach) continue;
      named.add(program);
      if (!found.has(program)) found.set(program, series);
    }
  }
  return [...found.values()].flatMap((series) => {
    const family = programMetrics[programMetrics.cpu.includes(series.metric) ? 'cpu' : 'memory'].indexOf(
      series.metric,
    );
    return [programMetrics.cpu, programMetrics.memory].map((metrics) => ({
      ...series,
      metric: metrics[family] ?? series.metric,
    }));
  });
}

async function measure(
  { settings, ask }: ReportSources,
  all: readonly Series[],
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<MeasuredSeries[]> {
  const ranges = await inPieces(all, (series) =>
    ask('ranges', { series, from, to, points: sparkPoints }, signal),
  );
  const spreads = await inPieces<SeriesSpread | null>(all, (series) =>
    ask('spread', { series, from, to }, signal),
  );
  return ranges.map((range, index) => ({
    series: range.series,
    kind: kindOf(settings, range.series),
    definition: definitionOf(settings, range.series),
    range,
    spread: spreads[index] ?? null,
  }));
}

/** Asks in pieces of the permitted number of series. */
async function inPieces<Answer>(
  series: readonly Series[],
  ask: (piece: Series[]) => Promise<Answer[]>,
): Promise<Answer[]> {
  const found: Answer[] = [];
  for (let start = 0; start < series.length; start += mostSeriesAtOnce)
    found.push(...(await ask(series.slice(start, start + mostSeriesAtOnce))));
  return found;
}

function alertsSince(
  sources: ReportSources,
  from: number,
  to: number,
): { alerts: Alert[]; isComplete: boolean } {
  const alerts: Alert[] = [];
  let last: Alert | undefined;
  for (;;) {
    const page = sources.alerts({
      from: from - lookBackMs,
      to,
      limit: alertsPerPage,
      ...(last === undefined ? {} : { before: last.firedAt, beforeId: last.id }),
    });
    alerts.push(...page);
    last = page.at(-1);
    if (page.length < alertsPerPage || last === undefined) break;
    if (alerts.length >= mostAlerts && last.firedAt >= from) return { alerts, isComplete: false };
  }
  // Alerts that fired longer ago and are not finished are still firing.
  const older = sources.alerts({ state: 'firing', to: from - lookBackMs, limit: alertsPerPage });
  return { alerts: [...alerts, ...older], isComplete: true };
}

/** The charts of one time range. */
class Charts {
  readonly #sources: ReportSources;
  readonly #from: number;
  readonly #to: number;
  readonly #signal: AbortSignal | undefined;

  constructor(sources: ReportSources, from: number, to: number, signal?: AbortSignal) {
    this.#sources = sources;
    this.#from = from;
    this.#to = to;
    this.#signal = signal;
  }

  async system(series: readonly Series[]): Promise<ReportChart[]> {
    const own = series.filter(({ host }) => host === this.#sources.host);
    const charts = [
      await this.#chart('processor', own, ['cpu_percent']),
      await this.#chart('memory', own, ['memory_percent']),
      await this.#chart('disk', own, ['disk_percent']),
      await this.#chart('network', own, ['bytes_recv_per_sec', 'bytes_sent_per_sec']),
    ];
    return charts.filter((chart) => chart !== null);
  }

  /** `programs` are the top ones, in order. */
  async processes(programs: readonly Series[], listed: readonly Series[]): Promise<ReportChart[]> {
    const threads = programs
      .filter(({ metric }) => programMetrics.cpu.includes(metric))
      .map((series) => ({
        ...series,
        metric: programMetrics.threads[programMetrics.cpu.indexOf(series.metric)] ?? series.metric,
      }));
    const known = await inPieces(threads, (piece) =>
      this.#sources.ask('ranges', { series: piece, from: this.#from, to: this.#to, points: 1 }, this.#signal),
    );
    const withThreads = known.filter(({ summary }) => summary !== null).map(({ series }) => series);
    const charts = [
      await this.#chart('program_cpu', programs, programMetrics.cpu),
      await this.#chart('program_memory', programs, programMetrics.memory),
      await this.#chart('program_threads', withThreads, programMetrics.threads),
      await this.#chart('processes', listed, ['process_count_total']),
    ];
    return charts.filter((chart) => chart !== null);
  }

  /** Null if there is nothing to draw. */
  async #chart(
    subject: ChartSubject,
    from: readonly Series[],
    metrics: readonly string[],
  ): Promise<ReportChart | null> {
    const { settings, ask } = this.#sources;
    const chosen = from.filter(({ metric }) => metrics.includes(metric));
    const [first] = chosen;
    if (first === undefined) return null;
    const drawn = chosen.slice(0, linesInChart);
    const query = { series: drawn, from: this.#from, to: this.#to, points: chartPoints };
    const ranges = await ask('ranges', query, this.#signal);
    const definition = definitionOf(settings, first);
    const lines = settings.rules.flatMap((rule) =>
      rule.enabled &&
      typeof rule.threshold === 'number' &&
      chosen.some(({ source, metric }) => source === rule.source && metric === rule.metric)
        ? [{ value: rule.threshold, severity: rule.severity }]
        : [],
    );
    const { unit, sign } = definition;
    // A percentage of one core may exceed 100.
    const full = first.labels['process'] === undefined ? definition.full : undefined;
    return {
      ...{ title: english.charts[subject], subject, unit },
      ...(sign === undefined ? {} : { sign }),
      ...(full === undefined ? {} : { full }),
      lines: [...new Map(lines.map((line) => [line.value, line])).values()].slice(0, 4),
      series: ranges.map((range) => ({
        name: nameIn(chosen, range.series, definitionOf(settings, range.series)),
        range,
      })),
      more: chosen.length - drawn.length,
    };
  }
}

/** The part of a series' name that distinguishes it from the others of a chart. */
function nameIn(
  all: readonly Series[],
  { source, metric, labels }: Series,
  { title }: MetricDefinition,
): string {
  const values = Object.values(labels);
  if (values.length > 0) return values.join(', ');
  if (all.some((other) => other.metric !== metric)) return title;
  return source;
}
