import { randomUUID } from 'node:crypto';
import { termsOf } from '../../alerts/lifecycle.ts';
import { sourceKind } from '../../collectors/source-kinds.ts';
import type { Message } from '../../contract/delivery.ts';
import type { Unit } from '../../contract/metric.ts';
import { ruleSchema } from '../../contract/rule.ts';
import type { Rule } from '../../contract/rule.ts';
import type { Sample } from '../../contract/sample.ts';
import type { Settings } from '../../contract/settings.ts';

interface Surroundings {
  host: string;
  /** When the invented alert would fire, epoch milliseconds. */
  at: number;
  settings: Pick<Settings, 'rules' | 'sources'>;
  /** The latest samples; empty if nothing samples. */
  latest: readonly Sample[];
}

/**
 * An invented alert of an existing rule: with the latest value if it crosses the threshold, otherwise with an invented
 * one that does.
 */
export function inventedMessage({ host, at, settings: { rules, sources }, latest }: Surroundings): Message {
  const rule = rules.find((one) => one.enabled && isPlain(one)) ?? rules.find(isPlain) ?? exampleRule;
  const source = sources.find(({ name }) => name === rule.source);
  const definition = sourceKind(source?.kind ?? '')?.metrics[rule.metric];
  const unit = definition?.unit ?? 'none';
  const sampled = latest.find(({ source: name, metric }) => name === rule.source && metric === rule.metric);
  const value =
    sampled !== undefined && isBeyond(sampled.value, rule) ? sampled.value : valueBeyond(rule, unit);
  const series = { host, source: rule.source, metric: rule.metric, labels: {} };
  const alertId = `test-${randomUUID()}`;
  const { threshold = null, severity } = rule;
  return {
    id: randomUUID(),
    alert: {
      ...{ id: alertId, ruleId: rule.id, series },
      ...termsOf(rule),
      ...{ threshold, severity, state: 'firing' },
      ...{ since: at, firedAt: at, resolvedAt: null },
      ...{ firedValue: value, worstValue: value, lastValue: value },
      ...{ announced: true, recoveryOwed: false, acknowledgedAt: null, note: null, snoozedUntil: null },
    },
    transition: {
      ...{ alertId, at, from: 'pending', to: 'firing', reason: 'violated_enough', value },
      announcement: { decision: 'announce', reason: 'first' },
    },
    rule,
    measurements: [{ metric: rule.metric, labels: {}, value }],
    source: { name: rule.source, kind: source?.kind ?? 'cpu', enabled: true },
    unit,
    ...(definition !== undefined && { metricTitle: definition.title }),
    test: true,
  };
}

const exampleRule = ruleSchema.parse({
  ...{ id: 'test', name: 'CPU above 80 %', source: 'cpu', metric: 'cpu_percent' },
  ...{ comparison: 'greater_than', threshold: 80, consecutiveViolations: 1 },
});

/** Whether its threshold is a fixed number, so that a value beyond it can be invented. */
function isPlain({ threshold, baseline, forecast, expression, window, comparison }: Rule): boolean {
  const isOther = [baseline, forecast, expression, window].some((part) => part !== undefined);
  return typeof threshold === 'number' && !isOther && !['changed', 'unchanged'].includes(comparison);
}

function isBeyond(
  value: number,
  { comparison, threshold = 0, upperThreshold = 0, tolerance = 0 }: Rule,
): boolean {
  switch (comparison) {
    case 'greater_than':
      return value > threshold;
    case 'greater_or_equal':
      return value >= threshold;
    case 'less_than':
      return value < threshold;
    case 'less_or_equal':
      return value <= threshold;
    case 'equals':
      return Math.abs(value - threshold) <= tolerance;
    case 'not_equals':
      return Math.abs(value - threshold) > tolerance;
    case 'between':
      return value >= threshold && value <= upperThreshold;
    case 'outside':
      return value < threshold || value > upperThreshold;
    case 'changed':
    case 'unchanged':
      return true;
  }
}

function valueBeyond(
  { comparison, threshold = 0, upperThreshold = threshold, tolerance = 0 }: Rule,
  unit: Unit,
): number {
  switch (comparison) {
    case 'less_than':
    case 'less_or_equal':
      // A value that cannot be negative is not invented below 0, unless the threshold is there already.
      return threshold > 0 ? rounded(threshold * 0.9) : threshold - 1;
    case 'equals':
      return threshold;
    case 'between':
      return rounded((threshold + upperThreshold) / 2);
    case 'outside':
      return above(upperThreshold, unit);
    case 'not_equals':
      return above(threshold + tolerance, unit);
    default:
      return above(threshold, unit);
  }
}

/** A value above the threshold, and for a percentage at most 100 if the threshold leaves room for that. */
function above(line: number, unit: Unit): number {
  if (unit === 'percent' && line >= 0 && line < 100) return Math.min(100, line + (100 - line) / 2);
  return line > 0 ? rounded(line * 1.1) : line + 1;
}

/** No more digits than people read, unless the threshold itself has more. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
