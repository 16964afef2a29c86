import type { Alert } from '../contract/alert.ts';
import type { Delivery } from '../contract/delivery.ts';
import { directionOf } from '../contract/direction.ts';
import type { Interruption, SeriesRange } from '../contract/history.ts';
import type { MetricDefinition } from '../contract/metric.ts';
import type {
  BusyHours,
  DayAlerts,
  ReportAvailability,
  ReportFigures,
  ReportMetric,
  RuleFrequency,
  SeriesSpread,
} from '../contract/report.ts';
import type { Rule } from '../contract/rule.ts';
import type { Series } from '../contract/sample.ts';
import { seriesKey } from '../contract/series-key.ts';
import { Calendar } from './calendar.ts';
import { seriesName } from './words.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Plimsoll samples itself every ten seconds; a longer pause than this, in milliseconds, is a gap. */
const missingMs = 35_000;
export const alertDays = 7;

/** One series of the span with all data that history has about it. */
export interface MeasuredSeries {
  series: Series;
  kind: string | null;
  definition: Pick<MetricDefinition, 'title' | 'unit' | 'sign'>;
  range: SeriesRange;
  /** Null if it has no sample in the span. */
  spread: SeriesSpread | null;
}

/** The data from which the figures are computed. */
export interface Evidence {
  host: string;
  version: string;
  madeAt: number;
  from: number;
  to: number;
  zone: string;
  measured: readonly MeasuredSeries[];
  seriesLeftOut: number;
  /** Series whose hours are compared, in fine buckets. */
  busy: readonly Pick<MeasuredSeries, 'series' | 'definition' | 'range'>[];
  interruptions: readonly Interruption[];
  /** Plimsoll's own uptime over the span. Times without a sample are unknown. */
  running: SeriesRange;
  /** Every alert that fired or was firing in the span or in the seven days before its end. */
  alerts: readonly Alert[];
  alertsComplete: boolean;
  rules: readonly Rule[];
  failedDeliveries: readonly Delivery[];
}

/** Computes the figures of a report. Pure: the same evidence gives the same figures. */
export function figuresOf(evidence: Evidence): ReportFigures {
  const { host, version, madeAt, from, to, zone, seriesLeftOut, alertsComplete } = evidence;
  const calendar = new Calendar(zone);
  const alerts = evidence.alerts.filter(({ drill }) => drill !== true);
  const inSpan = alerts.filter((alert) => overlap(alert, from, to) !== null);
  const fired = inSpan.filter(({ firedAt }) => firedAt >= from && firedAt < to);
  const weekFrom = to - alertDays * dayMs;
  const inWeek = alerts.filter((alert) => overlap(alert, weekFrom, to) !== null);
  return {
    ...{ host, version, madeAt, from, to, zone, seriesLeftOut },
    availability: availabilityOf(evidence),
    metrics: evidence.measured.flatMap((one) => metricOf(one, evidence.rules, inSpan)),
    busiest: evidence.busy.map((one) => busyHoursOf(one, calendar)),
    alerts: {
      count: fired.length,
      critical: fired.filter(({ severity }) => severity === 'critical').length,
      rules: frequencies(inSpan, from, to),
      isComplete: alertsComplete,
    },
    alertDays: {
      from: weekFrom,
      days: alertsByDay(inWeek, weekFrom, to, calendar),
      rules: frequencies(inWeek, weekFrom, to),
    },
    programs: programsOf(evidence.measured),
    failedDeliveries: failuresOf(evidence.failedDeliveries, from, to),
  };
}

/** The part of a span in which an alert fired; null if it did not. */
export function overlap(
  { firedAt, resolvedAt }: Pick<Alert, 'firedAt' | 'resolvedAt'>,
  from: number,
  to: number,
): { from: number; to: number } | null {
  const [begin, end] = [Math.max(from, firedAt), Math.min(to, resolvedAt ?? Infinity)];
  if (firedAt >= to || (resolvedAt !== null && resolvedAt < from)) return null;
  return end >= begin ? { from: begin, to: end } : null;
}

function availabilityOf({ from, to, interruptions, running }: Evidence): ReportAvailability {
  const gaps: ReportAvailability['gaps'] = [];
  let covered = from;
  const add = (begin: number, end: number, why: 'asleep' | 'off' | 'no_data'): void => {
    const clipped = { from: Math.max(begin, covered), to: Math.min(end, to), why };
    if (clipped.to <= clipped.from) return;
    const last = gaps.at(-1);
    if (last?.why === why && last.to === clipped.from) last.to = clipped.to;
    else gaps.push(clipped);
    covered = clipped.to;
  };
  const known = unknownParts(running, from, to).map((part) => ({ ...part, why: 'no_data' as const }));
  const told = interruptions.map((one) => ({ ...one }));
  // Known sleep and stops take precedence over times that are only known to lack samples.
  for (const { from: begin, to: end, why } of [...told, ...cut(known, told)].sort((a, b) => a.from - b.from))
    add(begin, end, why);
  const lasted = (wanted: string) =>
    gaps.reduce((sum, gap) => sum + (gap.why === wanted ? gap.to - gap.from : 0), 0);
  const [asleepMs, offMs, noDataMs] = [lasted('asleep'), lasted('off'), lasted('no_data')];
  return { watchedMs: to - from - asleepMs - offMs - noDataMs, asleepMs, offMs, noDataMs, gaps };
}

interface Part {
  from: number;
  to: number;
}

/** Times in which Plimsoll did not sample itself. */
function unknownParts({ at, bucketMs }: SeriesRange, from: number, to: number): Part[] {
  const allowed = Math.max(missingMs, bucketMs * 1.5);
  const parts: Part[] = [];
  let until = from;
  for (const begin of [...at, to]) {
    if (begin - until > allowed) parts.push({ from: until, to: begin });
    until = Math.max(until, begin + bucketMs);
  }
  return parts;
}

/** The parts without their overlap with others. Remainders of at most `missingMs` are dropped. */
function cut<P extends Part>(parts: readonly P[], others: readonly Part[]): P[] {
  return others.reduce<P[]>(
    (left, other) =>
      left.flatMap((part) => {
        if (other.to <= part.from || other.from >= part.to) return [part];
        return [
          { ...part, to: other.from },
          { ...part, from: other.to },
        ].filter((piece) => piece.to - piece.from > missingMs);
      }),
    [...parts],
  );
}

function metricOf(
  { series, kind, definition, range, spread }: MeasuredSeries,
  rules: readonly Rule[],
  alerts: readonly Alert[],
): ReportMetric[] {
  const { summary } = range;
  if (summary === null) return [];
  const downwards = rules.some(
    (rule) =>
      rule.source === series.source && rule.metric === series.metric && directionOf(rule.comparison) < 0,
  );
  const at = downwards
    ? (spread?.lowestAt ?? placeOf(range, range.min, -1))
    : (spread?.highestAt ?? placeOf(range, range.max, 1));
  const key = seriesKey(series);
  const then = alerts.find(
    (alert) => seriesKey(alert.series) === key && at >= alert.since && at <= (alert.resolvedAt ?? Infinity),
  );
  const { title, unit, sign } = definition;
  return [
    {
      series,
      kind,
      title,
      unit,
      ...(sign === undefined ? {} : { sign }),
      summary,
      p95: spread?.p95 ?? null,
      worst: {
        at,
        value: downwards ? summary.min : summary.max,
        alert: then === undefined ? null : { id: then.id, ruleName: then.ruleName, severity: then.severity },
      },
    },
  ];
}

/** Time of the lowest (-1) or highest (1) entry, if raw samples are no longer kept. */
function placeOf({ at, from }: SeriesRange, values: readonly number[], direction: 1 | -1): number {
  let best = 0;
  for (const [index, value] of values.entries())
    if ((value - (values[best] ?? value)) * direction > 0) best = index;
  return at[best] ?? from;
}

function busyHoursOf({ series, definition, range }: Evidence['busy'][number], calendar: Calendar): BusyHours {
  const sums = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => ({ sum: 0, count: 0 })));
  // The zone is evaluated once for each quarter-hour: no zone changes its clock within one.
  const places = new Map<number, ReturnType<Calendar['place']>>();
  for (const [index, begin] of range.at.entries()) {
    const middle = begin + range.bucketMs / 2;
    const quarter = Math.floor(middle / (hourMs / 4));
    const place = places.get(quarter) ?? calendar.place(middle);
    places.set(quarter, place);
    const cell = sums[place.weekday]?.[place.hour];
    const value = range.avg[index];
    if (cell === undefined || value === undefined) continue;
    cell.sum += value;
    cell.count++;
  }
  const means = sums.map((day) => day.map(({ sum, count }) => (count === 0 ? null : sum / count)));
  return { series, title: definition.title, unit: definition.unit, means };
}

/** Highest frequency first. An alert is counted where it fired; if it fired earlier, only its duration counts. */
function frequencies(alerts: readonly Alert[], from: number, to: number): RuleFrequency[] {
  const found = new Map<string, RuleFrequency>();
  for (const alert of alerts) {
    const part = overlap(alert, from, to);
    if (part === null) continue;
    const rule = found.get(alert.ruleId) ?? {
      ruleId: alert.ruleId,
      ruleName: alert.ruleName,
      severity: alert.severity,
      ...{ count: 0, firingMs: 0, longestMs: 0, stillFiring: 0 },
    };
    found.set(alert.ruleId, rule);
    if (alert.severity === 'critical') rule.severity = 'critical';
    if (alert.firedAt >= from) rule.count++;
    if (alert.resolvedAt === null || alert.resolvedAt >= to) rule.stillFiring++;
    rule.firingMs += part.to - part.from;
    rule.longestMs = Math.max(rule.longestMs, part.to - part.from);
  }
  return [...found.values()].sort((a, b) => b.count - a.count || b.firingMs - a.firingMs);
}

function alertsByDay(alerts: readonly Alert[], from: number, to: number, calendar: Calendar): DayAlerts[] {
  const days = new Map<string, DayAlerts>();
  for (let at = from; at < to; at += hourMs) {
    const { day } = calendar.place(at);
    if (!days.has(day)) days.set(day, { day, counts: {} });
  }
  const { day: last } = calendar.place(to - 1);
  if (!days.has(last)) days.set(last, { day: last, counts: {} });
  for (const { ruleId, firedAt } of alerts) {
    if (firedAt < from || firedAt >= to) continue;
    const counts = days.get(calendar.place(firedAt).day)?.counts;
    if (counts !== undefined) counts[ruleId] = (counts[ruleId] ?? 0) + 1;
  }
  return [...days.values()];
}

const mostPrograms = 12;

function programsOf(measured: readonly MeasuredSeries[]): ReportFigures['programs'] {
  const found = new Map<string, ReportFigures['programs'][number]>();
  for (const { series, range } of measured) {
    const isCpu = series.metric.endsWith('process_cpu_percent');
    if (range.summary === null || (!isCpu && !series.metric.endsWith('process_memory_bytes'))) continue;
    const program = seriesName(series);
    const entry = found.get(program) ?? { program, cpu: null, memory: null };
    found.set(program, entry);
    if (isCpu) entry.cpu = range.summary;
    else entry.memory = range.summary;
  }
  return [...found.values()]
    .sort((a, b) => (b.cpu?.avg ?? -1) - (a.cpu?.avg ?? -1) || (b.memory?.avg ?? -1) - (a.memory?.avg ?? -1))
    .slice(0, mostPrograms);
}

function failuresOf(
  deliveries: readonly Delivery[],
  from: number,
  to: number,
): ReportFigures['failedDeliveries'] {
  const found = new Map<string, ReportFigures['failedDeliveries'][number]>();
  for (const { destination, createdAt, finishedAt, error } of deliveries) {
    if (createdAt < from || createdAt >= to) continue;
    const lastAt = finishedAt ?? createdAt;
    const entry = found.get(destination);
    if (entry === undefined) found.set(destination, { destination, count: 1, lastAt, error });
    else {
      entry.count++;
      if (lastAt >= entry.lastAt) Object.assign(entry, { lastAt, error });
    }
  }
  return [...found.values()].sort((a, b) => b.count - a.count);
}
