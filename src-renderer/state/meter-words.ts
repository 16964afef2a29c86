import type { Unit } from '../../src-main/contract/metric.ts';
import type { Rule } from '../../src-main/contract/rule.ts';
import { m } from '../paraglide/messages.js';
import { engineWords } from './engine-words.ts';
import { join } from './format.ts';
import type { Format, Formatted } from './format.ts';
import { isOnScale } from './meters.ts';
import type { MeterModel, UnknownReason } from './meters.ts';
import type { SparkPoint } from './spark-buffer.ts';
import { pendingWords } from './sentences.ts';
import { isState, stateOfLimit, stateWord } from './state-words.ts';
import { limitWords, metricTitle, metricValue, subjectOf } from './words.ts';

/** The texts of a meter. */
export interface MeterWords {
  name: string;
  /** Null if there is no current value; `why` gives the reason. */
  value: Formatted | null;
  why: string;
  /** The line below: other values, or a problem. */
  said: string;
  /** Whether `said` is about the crossed threshold. */
  alarm: boolean;
  /** The threshold, if it is not crossed. */
  line: string | null;
  /** The whole meter as a sentence for screen readers. */
  spoken: string;
}

export function meterWords(
  meter: MeterModel,
  points: readonly SparkPoint[],
  format: Format,
  now: number,
): MeterWords {
  const { series, definition, kind, rule } = meter;
  const state = meter.value === null ? null : stateWord(series.metric, meter.value);
  const metric = state === null ? series.metric : '';
  const name = subjectOf({ name: series.source, kind }, metric, series.labels, definition);
  const why = meter.reason === null ? '' : unknownWords(meter.reason, meter.lastAt, format, now);
  if (meter.value === null)
    return { name, value: null, why, said: why, alarm: false, line: null, spoken: why };
  const value = metricValue(series.metric, meter.value, definition, format, now);
  const limit = rule === null ? null : limitOf(rule, definition.unit, format);
  const alarm = meter.tone === 'warning' || meter.tone === 'critical';
  const others = otherWords(meter, points, format, now);
  const peak = meter.definition.full === undefined ? peakWords(meter, points, format) : '';
  const { pending } = meter;
  const waits = pending === null ? others : pendingWords(pending.violations, pending.rule, format);
  const said = alarm && limit !== null ? severityWords(meter.tone, limit) : waits;
  return {
    name,
    value,
    why,
    said,
    alarm,
    line: alarm
      ? others
      : rule?.threshold === undefined
        ? peak === '' || peak === others
          ? null
          : peak
        : state !== null
          ? null
          : m.meter_line({ limit: format.limit(rule.threshold, definition.unit) }),
    spoken: [join(value), alarm || meter.pending !== null ? said : m.meter_below()].join(', '),
  };
}

function limitOf(rule: Rule, unit: Unit, format: Format): string {
  return (isOnScale(rule) ? stateOfLimit(rule.metric, rule) : null) ?? limitWords(rule, unit, format);
}

function severityWords(tone: MeterModel['tone'], limit: string): string {
  return tone === 'critical' ? m.meter_critical({ limit }) : m.meter_warning({ limit });
}

/** Why a value is unknown. */
export function unknownWords(
  reason: UnknownReason,
  lastAt: number | null,
  format: Format,
  now: number,
): string {
  switch (reason.why) {
    case 'error':
      return engineWords(reason.message);
    case 'first_sample':
      return m.unknown_first_sample();
    case 'late':
      return lastAt === null
        ? m.unknown_first_sample()
        : m.unknown_late({ time: format.moment(lastAt, now) });
    case 'absent':
      return lastAt === null
        ? m.unknown_absent()
        : m.unknown_absent_since({ time: format.moment(lastAt, now) });
  }
}

/** The source's other values in one short line, depending on its kind. */
function otherWords(meter: MeterModel, points: readonly SparkPoint[], format: Format, now: number): string {
  const of = (metric: string): number | undefined => meter.others.get(metric)?.value;
  if (meter.kind === 'memory') {
    const total = of('memory_total');
    const used = of('memory_used');
    if (total !== undefined && used !== undefined) {
      return m.meter_used_of({ used: format.value(used, 'bytes'), total: format.value(total, 'bytes') });
    }
  }
  if (meter.kind === 'disk' || meter.kind === 'mounts') {
    const free = of('disk_free_gb') ?? of('mount_free_gb');
    const total = of('disk_total_gb') ?? of('mount_total_gb');
    if (free !== undefined && total !== undefined) {
      return m.meter_free_of({
        free: format.value(free, 'gibibytes'),
        total: format.value(total, 'gibibytes'),
      });
    }
  }
  if (meter.kind === 'network') {
    const up = of('bytes_sent_per_sec');
    const down = meter.value;
    if (up !== undefined && down !== null) {
      return m.meter_down_up({
        down: format.value(down, 'bytes_per_second'),
        up: format.value(up, 'bytes_per_second'),
      });
    }
  }
  const others = [...meter.others].slice(0, 2).map(
    ([metric, { value, definition }]) =>
      // A state says what it is about: nobody reads `Reachable reachable`.
      stateWord(metric, value) ??
      `${metricTitle(metric, definition)} ${join(metricValue(metric, value, definition, format, now))}`,
  );
  if (others.length > 0) return others.join(' · ');
  return peakWords(meter, points, format);
}

/** The highest value in the sparkline. */
function peakWords(meter: MeterModel, points: readonly SparkPoint[], format: Format): string {
  const peak = Math.max(...points.map((point) => point.max));
  return points.length < 2 || isState(meter.series.metric)
    ? ''
    : m.meter_peak({ value: format.value(peak, meter.definition.unit) });
}
