import type { AlertContext, Companion, UsualRange } from '../contract/alert-context.ts';
import type { AlertCause, TransitionReason } from '../contract/alert.ts';
import type { Message } from '../contract/delivery.ts';
import type { Comparison, Severity } from '../contract/rule.ts';
import type { Labels, Measurement } from '../contract/sample.ts';
import type { ProgramChange } from '../contract/top-programs.ts';

/**
 * An export's record of one transition: the fields of the predecessor S0 under their names, and ours beside them. Times
 * are ISO 8601 in UTC with `Z`. An unknown value is null or left out, never 0.
 */
export interface ExportRecord {
  timestamp: string;
  data_source: string;
  metric_name: string;
  /** The value that caused the transition; null if none did, for example when a rule is removed. */
  value: number | null;
  /** True while the alert fires; false in the record of its end, and if it is about missing data. */
  threshold_violated: boolean;
  /** The threshold that was crossed; null if the rule has none, as for `changed`. */
  threshold_value: number | null;
  /** The same for every attempt of the same delivery. */
  id: string;
  alert_id: string;
  event: 'firing' | 'resolved';
  reason: TransitionReason;
  host: string;
  labels: Labels;
  severity: Severity;
  /** Set for a test of the destination; nothing is wrong. */
  test?: true;
  /** Set for a fire drill; nothing is wrong, and nothing is violated. */
  drill?: true;
  /** From firing to its end, in seconds; only in the record of the end, and only if the clock was not set back. */
  duration_seconds?: number;
  /** The value furthest beyond the threshold; only in the record of the end. */
  worst_value?: number;
  /** The cause, if it is not a violation. */
  cause?: AlertCause;
  metadata: {
    rule: ExportedRule;
    /** Every measurement of the reading by name, one with labels as `name{label="value"}`. */
    all_metrics: Record<string, number>;
    /** Name, type, interval (seconds), enabled, and the options of the kind, with secrets struck out. */
    data_source_config: Record<string, unknown>;
    /** The circumstances when it fired; absent if unknown. */
    context?: ExportedContext;
  };
}

/** The rule at that time: S0's keys first, then ours. */
export interface ExportedRule {
  data_source: string;
  metric_name: string;
  threshold_type: Comparison;
  threshold_value: number | null;
  consecutive_violations: number;
  enabled: boolean;
  id: string;
  name: string;
  severity: Severity;
  cooldown_seconds: number;
  tolerance?: number;
  /** The rule's other options, under our names in S0's spelling. */
  [option: string]: unknown;
}

/** Why it fired. Times are ISO 8601 in UTC with `Z`; unknown values are left out. */
export interface ExportedContext {
  at: string;
  rule: string;
  values: { at: string; value: number }[];
  top_programs?: { at: string; by_cpu?: ExportedProgram[]; by_memory?: ExportedProgram[] };
  other_metrics: ExportedCompanion[];
  host: {
    on_battery?: boolean;
    battery_percent?: number;
    resumed?: { at: string; slept_seconds: number };
    booted_at?: string;
    plimsoll_started_at?: string;
    load?: { averages: number[]; processors: number };
  };
}

export interface ExportedProgram {
  program: string;
  /** 100 is one core. */
  cpu_percent: number | null;
  memory_bytes: number | null;
  /** The same values up to ten minutes before; null if it did not exist. */
  before: { at: string; cpu_percent: number | null; memory_bytes: number | null } | null;
}

export interface ExportedCompanion {
  data_source: string;
  metric_name: string;
  labels: Labels;
  unit: string;
  value: number;
  usual?: UsualRange;
  is_unusual?: boolean;
}

/** The record of a message. Pure: the same message always gives the same record. */
export function recordOf(message: Message): ExportRecord {
  const { alert, transition } = message;
  return {
    timestamp: time(transition.at),
    data_source: alert.series.source,
    metric_name: alert.series.metric,
    value: transition.value,
    threshold_violated: transition.to === 'firing' && alert.cause === undefined && alert.drill !== true,
    threshold_value: alert.threshold,
    id: message.id,
    alert_id: alert.id,
    event: transition.to,
    reason: transition.reason,
    host: alert.series.host,
    labels: alert.series.labels,
    severity: alert.severity,
    ...(alert.cause !== undefined && { cause: alert.cause }),
    ...(message.test && { test: true }),
    ...(alert.drill === true && { drill: true }),
    ...(transition.to === 'resolved' && ending(message)),
    metadata: {
      rule: exportedRule(message),
      all_metrics: Object.fromEntries(message.measurements.map((item) => [seriesName(item), item.value])),
      data_source_config: sourceConfig(message.source),
      ...(message.context !== undefined && { context: exportedContext(message.context) }),
    },
  };
}

export function exportedContext({ at, rule, values, programs, others, host }: AlertContext): ExportedContext {
  const { byCpu, byMemory } = programs ?? {};
  const { onBattery, batteryPercent, resumed, bootedAt, plimsollStartedAt, load } = host;
  return {
    at: time(at),
    rule,
    values: values.map((moment) => ({ at: time(moment.at), value: moment.value })),
    ...(programs !== undefined && {
      top_programs: {
        at: time(programs.at),
        ...(byCpu !== undefined && { by_cpu: byCpu.map(exportedProgram) }),
        ...(byMemory !== undefined && { by_memory: byMemory.map(exportedProgram) }),
      },
    }),
    other_metrics: others.map(exportedCompanion),
    host: {
      ...(onBattery !== undefined && { on_battery: onBattery }),
      ...(batteryPercent !== undefined && { battery_percent: batteryPercent }),
      ...(resumed !== undefined && {
        resumed: { at: time(resumed.at), slept_seconds: resumed.sleptMs / 1000 },
      }),
      ...(bootedAt !== undefined && { booted_at: time(bootedAt) }),
      ...(plimsollStartedAt !== undefined && { plimsoll_started_at: time(plimsollStartedAt) }),
      ...(load !== undefined && { load }),
    },
  };
}

function exportedProgram({ program, cpuPercent, memoryBytes, before }: ProgramChange): ExportedProgram {
  return {
    program,
    cpu_percent: cpuPercent,
    memory_bytes: memoryBytes,
    before: before && {
      at: time(before.at),
      cpu_percent: before.cpuPercent,
      memory_bytes: before.memoryBytes,
    },
  };
}

function exportedCompanion(companion: Companion): ExportedCompanion {
  const { source, metric, labels, unit, value, usual, isUnusual } = companion;
  return {
    data_source: source,
    metric_name: metric,
    labels,
    unit,
    value,
    ...(usual !== undefined && { usual }),
    ...(isUnusual !== undefined && { is_unusual: isUnusual }),
  };
}

function time(at: number): string {
  return new Date(at).toISOString();
}

/** The duration is unknown if the clock was set back in between. */
function ending({ alert, transition }: Message): Pick<ExportRecord, 'duration_seconds' | 'worst_value'> {
  const milliseconds = (alert.resolvedAt ?? transition.at) - alert.firedAt;
  return {
    ...(milliseconds >= 0 && { duration_seconds: milliseconds / 1000 }),
    ...(alert.worstValue !== null && { worst_value: alert.worstValue }),
  };
}

function exportedRule({ rule }: Message): ExportedRule {
  const { source, metric, comparison, threshold, consecutiveViolations, enabled, id, name, ...others } = rule;
  const { severity, cooldownSeconds, tolerance, ...more } = others;
  const said = Object.entries<unknown>(more).filter(([, value]) => value !== undefined);
  return {
    data_source: source,
    metric_name: metric,
    threshold_type: comparison,
    threshold_value: threshold ?? null,
    consecutive_violations: consecutiveViolations,
    enabled,
    id,
    name,
    severity,
    cooldown_seconds: cooldownSeconds,
    ...(tolerance !== undefined && { tolerance }),
    ...Object.fromEntries<unknown>(said.map(([key, value]): [string, unknown] => [snakeCase(key), value])),
  };
}

/** As in Prometheus: backslash, quote and line feed in a label's value are escaped. */
export function seriesName({ metric, labels }: Measurement): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  if (pairs.length === 0) return metric;
  const quoted = pairs.map(
    ([name, value]) =>
      `${name}="${value.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`))}"`,
  );
  return `${metric}{${quoted.join(',')}}`;
}

/**
 * The settings of a source under S0's names. Only the names of options are respelled; what is inside them is the
 * user's, such as the headers of a request.
 */
function sourceConfig({
  name,
  kind,
  intervalSeconds,
  enabled,
  ...options
}: Record<string, unknown>): Record<string, unknown> {
  const common: [string, unknown][] = [
    ['name', name],
    ['type', kind],
    ['interval', intervalSeconds],
    ['enabled', enabled],
  ];
  const others = Object.entries(options).map(([option, value]): [string, unknown] => [
    snakeCase(option),
    value,
  ]);
  return Object.fromEntries<unknown>([...common.filter(([, value]) => value !== undefined), ...others]);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
