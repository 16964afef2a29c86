import type { Unit } from './metric.ts';

/** The part of a rule that says what is compared. Null and undefined are the same. */
interface Judged {
  expression?: string | null | undefined;
  window?: { function: string } | null | undefined;
}

/**
 * The unit of what a rule compares, from that of its metric: what an expression comes to has none, because nobody can tell which, and
 * a rate is a change per second.
 */
export function judgedUnit({ expression, window }: Judged, unit: Unit): Unit {
  if (typeof expression === 'string' && expression !== '') return 'none';
  if (window?.function !== 'rate') return unit;
  if (unit === 'bytes') return 'bytes_per_second';
  return unit === 'count' ? 'per_second' : 'none';
}
