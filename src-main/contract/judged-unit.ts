import type { Unit } from './metric.ts';

/** The fields of a rule that decide which value is compared. Null and undefined mean the same. */
interface Judged {
  expression?: string | null | undefined;
  window?: { function: string } | null | undefined;
}

/**
 * The unit of the value that a rule compares, given the unit of its metric. The result of an expression has none,
 * because its unit cannot be derived; a rate is a change per second.
 */
export function judgedUnit({ expression, window }: Judged, unit: Unit): Unit {
  if (typeof expression === 'string' && expression !== '') return 'none';
  if (window?.function !== 'rate') return unit;
  if (unit === 'bytes') return 'bytes_per_second';
  return unit === 'count' ? 'per_second' : 'none';
}
