import type { MetricDefinition } from '../../src-main/contract/metric.ts';
import type { Rule, Severity } from '../../src-main/contract/rule.ts';
import type { Labels, Sample, Series } from '../../src-main/contract/sample.ts';
import { labelsKey, seriesKey } from '../../src-main/contract/series-key.ts';
import type { SourceHealth, Status } from '../../src-main/contract/status.ts';
import { isCurrent } from './verdict.ts';
import { primaryMetric } from './words.ts';

/** How a level is drawn. `plain`: it has no threshold. */
export type MeterTone = 'calm' | 'plain' | 'unknown' | Severity;

export interface Tick {
  value: number;
  severity: Severity;
}

/** Why there is no current value. The interface has a text for each; `message` is from the source. */
export type UnknownReason = { why: 'first_sample' | 'late' | 'absent' } | { why: 'error'; message: string };

/** One level with its thresholds: everything a meter draws, without texts and colours. */
export interface MeterModel {
  key: string;
  series: Series;
  kind: string;
  definition: MetricDefinition;
  health: SourceHealth;
  /** Null if there is no current value; `reason` says why. */
  value: number | null;
  reason: UnknownReason | null;
  lastAt: number | null;
  tone: MeterTone;
  ticks: Tick[];
  /** The rule whose threshold is crossed, or else the first enabled rule on this series. */
  rule: Rule | null;
  /** Set while a threshold is crossed but not yet for long enough, with the count so far and the rule that waits. */
  pending: { violations: number; rule: Rule } | null;
  /** The source's other current values with the same labels, by metric. */
  others: ReadonlyMap<string, { value: number; definition: MetricDefinition }>;
}

export interface MeterSurroundings {
  status: Status;
  latest: ReadonlyMap<string, Sample>;
  rules: readonly Rule[];
  definitionOf: (source: string, metric: string) => MetricDefinition;
  now: number;
}

/** Time of the last successful collection of any source, epoch milliseconds; 0 if there was none. */
export function lastSampleAt(status: Status): number {
  return Math.max(0, ...status.sources.map((source) => source.lastSuccessAt ?? 0));
}

/** The meters of all enabled sources, worst first; equal ones keep the order of the settings, so that nothing jumps. */
export function metersOf(surroundings: MeterSurroundings): MeterModel[] {
  const { status, latest } = surroundings;
  const samples = Map.groupBy(latest.values(), ({ source }) => source);
  const meters = status.sources
    .filter((source) => source.enabled)
    .flatMap((source) => ofSource(source, samples.get(source.source) ?? [], surroundings));
  return meters.sort((a, b) => rank(a) - rank(b));
}

/** The meter of one rule: on its firing series, or else the one without labels. Null if its source does not exist. */
export function meterOfRule(rule: Rule, surroundings: MeterSurroundings): MeterModel | null {
  const health = surroundings.status.sources.find((source) => source.source === rule.source);
  if (health === undefined) return null;
  const samples = [...surroundings.latest.values()].filter((sample) => sample.source === rule.source);
  const own = samples.filter((sample) => sample.metric === rule.metric);
  const firing = surroundings.status.alerts.find((alert) => alert.ruleId === rule.id);
  const sample =
    own.find((other) => firing !== undefined && seriesKey(other) === seriesKey(firing.series)) ??
    own.find((other) => Object.keys(other.labels).length === 0) ??
    own[0];
  const { host, source, metric, labels } = sample ?? {
    host: surroundings.status.host,
    source: rule.source,
    metric: rule.metric,
    labels: {},
  };
  // Other rules on the same series may fire; this meter shows only its own rule.
  const alerts = surroundings.status.alerts.filter((alert) => alert.ruleId === rule.id);
  const status = { ...surroundings.status, alerts };
  return meterOf({ host, source, metric, labels }, sample ?? null, health, samples, {
    ...surroundings,
    status,
  });
}

function ofSource(
  health: SourceHealth,
  samples: readonly Sample[],
  surroundings: MeterSurroundings,
): MeterModel[] {
  const metric = primaryMetric(health.kind) ?? samples[0]?.metric;
  const primary = samples.filter((sample) => sample.metric === metric);
  const whole = primary.filter((sample) => Object.keys(sample.labels).length === 0);
  const shown = whole.length > 0 ? whole : highest(primary, mostMetersOfSource);
  if (shown.length === 0) {
    const series = {
      host: surroundings.status.host,
      source: health.source,
      metric: metric ?? '',
      labels: {},
    };
    return [meterOf(series, null, health, samples, surroundings)];
  }
  return shown.map((sample) => {
    const { host, source, metric, labels } = sample;
    return meterOf({ host, source, metric, labels }, sample, health, samples, surroundings);
  });
}

/** Most meters of one source, so that a machine with hundreds of sensors does not hide everything else. */
const mostMetersOfSource = 12;

/** The `count` highest samples, in their original order. */
function highest(samples: readonly Sample[], count: number): readonly Sample[] {
  if (samples.length <= count) return samples;
  const kept = new Set([...samples].sort((a, b) => b.value - a.value).slice(0, count));
  return samples.filter((sample) => kept.has(sample));
}

function meterOf(
  series: Series,
  sample: Sample | null,
  health: SourceHealth,
  siblings: readonly Sample[],
  { status, rules, definitionOf, now }: MeterSurroundings,
): MeterModel {
  const reason = whyUnknown(sample, health, now);
  const own = rules.filter(
    (rule) =>
      rule.enabled &&
      rule.source === series.source &&
      rule.metric === series.metric &&
      hasNone(rule.labels ?? {}) === hasNone(series.labels),
  );
  const alerts = status.alerts.filter((alert) => seriesKey(alert.series) === seriesKey(series));
  const worst = alerts.find((alert) => alert.severity === 'critical') ?? alerts[0];
  const waiting = status.rules.find(
    (state) =>
      state.phase === 'pending' &&
      labelsKey(state.labels) === labelsKey(series.labels) &&
      own.some((rule) => rule.id === state.ruleId),
  );
  const waitingRule = own.find((rule) => rule.id === waiting?.ruleId);
  return {
    key: seriesKey(series),
    series,
    kind: health.kind,
    definition: definitionOf(series.source, series.metric),
    health,
    value: reason === null ? (sample?.value ?? null) : null,
    reason,
    lastAt: sample?.at ?? null,
    tone: worst?.severity ?? (reason !== null ? 'unknown' : own.length === 0 ? 'plain' : 'calm'),
    ticks: ticksOf(own),
    rule: own.find((rule) => rule.id === worst?.ruleId) ?? waitingRule ?? own[0] ?? null,
    pending:
      waiting === undefined || waitingRule === undefined
        ? null
        : { violations: waiting.violations, rule: waitingRule },
    others: new Map(
      siblings
        .filter(
          (other) =>
            other.metric !== series.metric &&
            labelsKey(other.labels) === labelsKey(series.labels) &&
            whyUnknown(other, health, now) === null,
        )
        .map(({ source, metric, value }) => [metric, { value, definition: definitionOf(source, metric) }]),
    ),
  };
}

/** Why a sample is not current; null if it is. A value that could not be read is unknown, never 0. */
export function whyUnknown(sample: Sample | null, health: SourceHealth, now: number): UnknownReason | null {
  if (sample !== null && (health.lastErrorAt === null || sample.at >= health.lastErrorAt)) {
    if (isCurrent({ ...health, error: null, lastSuccessAt: sample.at }, now)) return null;
  }
  if (health.error !== null) return { why: 'error', message: health.error.message };
  if (health.lastSuccessAt === null || (sample === null && isCurrent(health, now)))
    return { why: 'first_sample' };
  return isCurrent(health, now) ? { why: 'absent' } : { why: 'late' };
}

function rank(meter: MeterModel): number {
  if (meter.tone === 'critical') return 0;
  if (meter.tone === 'warning') return 1;
  if (meter.pending !== null) return 2;
  return meter.tone === 'unknown' ? 4 : 3;
}

/**
 * The upper end of a level's bar: the metric's full value, or else above its thresholds and values. Null without
 * either: a bar relative to its own peak would be full even when nothing is wrong.
 */
export function scaleOf(full: number | undefined, ticks: readonly Tick[], highest: number): number | null {
  if (full !== undefined) return full;
  const top = Math.max(highest, ...ticks.map((tick) => tick.value * 1.15));
  return ticks.length > 0 && top > 0 ? top : null;
}

/** One tick for each threshold, without duplicates. A threshold on a transformed value has no place on the metric's scale. */
function ticksOf(rules: readonly Rule[]): Tick[] {
  const ticks = rules
    .filter(isOnScale)
    .flatMap(({ threshold, upperThreshold, criticalThreshold, severity }) => [
      { value: threshold, severity },
      { value: upperThreshold, severity },
      { value: criticalThreshold, severity: 'critical' as const },
    ]);
  const known = ticks.filter((tick): tick is Tick => tick.value !== undefined);
  return [...new Map(known.map((tick) => [`${tick.value} ${tick.severity}`, tick])).values()];
}

/** Whether a rule compares a value in the metric's own unit, so that its threshold fits on the metric's scale. */
export function isOnScale({ window, expression }: Pick<Rule, 'window' | 'expression'>): boolean {
  const keepsUnit = window?.function === undefined || !['rate', 'delta', 'sum'].includes(window.function);
  return keepsUnit && (expression === undefined || expression === '');
}

/** A rule without labels matches only the series without labels. */
function hasNone(labels: Labels): boolean {
  return Object.keys(labels).length === 0;
}
