import type { MetricDefinition } from '../../../src-main/contract/metric.ts';
import { m } from '../../paraglide/messages.js';

const titles: Record<MetricDefinition['unit'], () => string> = {
  percent: m.axis_percent,
  bytes: m.axis_bytes,
  gibibytes: m.axis_bytes,
  bytes_per_second: m.axis_rate,
  per_second: m.axis_per_second,
  milliseconds: m.axis_duration,
  seconds: m.axis_duration,
  celsius: m.axis_temperature,
  count: m.axis_count,
  none: m.axis_none,
};

/** What the axis of a metric counts: its unit in words, or the sign that came with it. */
export function axisTitle({ unit, sign = '' }: MetricDefinition): string {
  return sign === '' ? titles[unit]() : sign;
}
