import type { Comparison } from './condition.ts';

/** The direction in which a value becomes worse: 1 upwards, -1 downwards, 0 neither. */
export function directionOf(comparison: Comparison): -1 | 0 | 1 {
  if (comparison === 'greater_than' || comparison === 'greater_or_equal') return 1;
  return comparison === 'less_than' || comparison === 'less_or_equal' ? -1 : 0;
}
