import { sourceKind, sourceKinds } from '../../collectors/source-kinds.ts';
import { largestPlausible } from '../../contract/ingest.ts';
import { unitNamed } from '../../contract/metric.ts';
import type { MetricDefinition, Unit } from '../../contract/metric.ts';
import type { Measurement } from '../../contract/sample.ts';

/** How far a percentage may exceed 100 because two clocks and two counters are never read at once. */
const roundingPercent = 0.5;

/** Units that cannot be negative, whatever is measured. */
const neverNegative: ReadonlySet<Unit> = new Set<Unit>([
  'bytes',
  'gibibytes',
  'bytes_per_second',
  'count',
  'percent',
]);

/** Pairs of metrics of which the first is a part of the second. */
const parts: readonly (readonly [part: string, whole: string])[] = [
  ['memory_used', 'memory_total'],
  ['memory_available', 'memory_total'],
  ['memory_free', 'memory_total'],
  ['disk_used_gb', 'disk_total_gb'],
  ['disk_free_gb', 'disk_total_gb'],
];

const wholes: ReadonlySet<string> = new Set(parts.map(([, whole]) => whole));

/** By metric, if all kinds that have it agree: predecessors do not send the kind of a source. */
const wellKnown = definitionsByMetric();

function definitionsByMetric(): ReadonlyMap<string, MetricDefinition> {
  const found = new Map<string, MetricDefinition | null>();
  for (const { metrics } of sourceKinds) {
    for (const [metric, definition] of Object.entries(metrics)) {
      const known = found.get(metric);
      const isSame =
        known === undefined || (known?.unit === definition.unit && known.full === definition.full);
      found.set(metric, isSame ? definition : null);
    }
  }
  return new Map([...found].filter((entry): entry is [string, MetricDefinition] => entry[1] !== null));
}

/** The definition of another machine's metric, by the kind of its source if known; undefined if there is none. */
export function metricOf(kind: string | undefined, metric: string): MetricDefinition | undefined {
  const ofKind = kind === undefined ? undefined : sourceKind(kind)?.metrics[metric];
  return ofKind ?? wellKnown.get(metric);
}

/** The unit of another machine's metric: the one that was sent with it, or the known one. */
export function unitSent(sent: string | undefined, kind: string | undefined, metric: string): Unit {
  return sent === undefined ? (metricOf(kind, metric)?.unit ?? 'none') : unitNamed(sent);
}

/** Why this value is impossible; null if it is possible. */
export function implausible(value: number, unit: Unit, full: number | undefined): string | null {
  if (Math.abs(value) > largestPlausible) return 'is larger than anything that is measured';
  if (value < 0 && neverNegative.has(unit)) return 'is negative, and that cannot be';
  if (unit === 'percent' && full !== undefined && value > full + roundingPercent)
    return `is above ${full} %, and that cannot be`;
  return null;
}

/** The range of values that `implausible` accepts. */
export function plausibleRange(unit: Unit, full: number | undefined): { lowest: number; highest: number } {
  return {
    lowest: neverNegative.has(unit) ? 0 : -largestPlausible,
    highest: unit === 'percent' && full !== undefined ? full + roundingPercent : largestPlausible,
  };
}

/** Whether there are metrics that are a part of this one. */
export function hasWhole(metric: string): boolean {
  return wholes.has(metric);
}

/** The metrics of one reading that exceed the whole of which they are a part, each with that whole. */
export function largerThanWhole(samples: readonly Measurement[]): Map<string, string> {
  const larger = new Map<string, string>();
  if (!samples.some(({ metric }) => wholes.has(metric))) return larger;
  const valueOf = (metric: string) =>
    samples.find((sample) => sample.metric === metric && Object.keys(sample.labels).length === 0)?.value;
  for (const [part, whole] of parts) {
    const [ofPart, ofWhole] = [valueOf(part), valueOf(whole)];
    if (ofPart !== undefined && ofWhole !== undefined && ofPart > ofWhole) larger.set(part, whole);
  }
  return larger;
}
