import type { MetricDefinition } from '../../../src-main/contract/metric.ts';

/**
 * Where the line of a new rule begins when nothing is known but one value: at four fifths of what is full; a count, such as a
 * status code, where it is now; anything else at twice what it is now, in two digits. Null where that would say nothing.
 */
export function startingThreshold(value: number, definition: MetricDefinition | null): number | null {
  if (definition?.full !== undefined) return 0.8 * definition.full;
  if (!Number.isFinite(value)) return null;
  const unit = definition?.unit ?? 'none';
  if (unit === 'count' || unit === 'none' || value <= 0) return value;
  return Number((2 * value).toPrecision(2));
}
