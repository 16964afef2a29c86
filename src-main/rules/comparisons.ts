import type { Comparison } from '../contract/rule.ts';

/** The part of a rule that says what a violation is. */
export interface Comparing {
  comparison: Comparison;
  threshold?: number | null | undefined;
  upperThreshold?: number | null | undefined;
  tolerance?: number | null | undefined;
}

/** The same for a machine: every number is there, and NaN where the comparison has no use for it. */
export interface Line {
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly upper: number;
  readonly tolerance: number;
}

export function lineOf(condition: Comparing, threshold = condition.threshold): Line {
  return {
    comparison: condition.comparison,
    threshold: threshold ?? NaN,
    upper: condition.upperThreshold ?? NaN,
    tolerance: condition.tolerance ?? 0,
  };
}

/**
 * Whether `value` crosses the line. Strict: exactly >, < or =. A value that is not a number never does, and neither does
 * any value a line that is none. `before` is the value of the sample before, NaN where there was none: only `changed` and
 * `unchanged` ask for it.
 */
export function crosses(line: Line, value: number, before: number): boolean {
  switch (line.comparison) {
    case 'greater_than':
      return value > line.threshold;
    case 'less_than':
      return value < line.threshold;
    case 'greater_or_equal':
      return value >= line.threshold;
    case 'less_or_equal':
      return value <= line.threshold;
    case 'equals':
      return isSame(value, line.threshold, line.tolerance);
    case 'not_equals':
      return isOther(value, line.threshold, line.tolerance);
    case 'between':
      return value >= line.threshold && value <= line.upper;
    case 'outside':
      return value < line.threshold || value > line.upper;
    case 'changed':
      return isOther(value, before, line.tolerance);
    case 'unchanged':
      return isSame(value, before, line.tolerance);
  }
}

/** `crosses` for a condition as it is written. */
export function violates(condition: Comparing, value: number | null, before: number | null = null): boolean {
  return crosses(lineOf(condition), value ?? NaN, before ?? NaN);
}

/** The value of the two that is further on the wrong side; of two that are as far, the later one, `b`. */
export function worse({ comparison, threshold, upper }: Line, a: number, b: number): number {
  switch (comparison) {
    case 'greater_than':
    case 'greater_or_equal':
      return Math.max(a, b);
    case 'less_than':
    case 'less_or_equal':
      return Math.min(a, b);
    case 'equals':
      return distance(a, threshold) <= distance(b, threshold) ? a : b;
    case 'not_equals':
      return distance(a, threshold) > distance(b, threshold) ? a : b;
    case 'between': {
      const middle = (threshold + upper) / 2;
      return distance(a, middle) < distance(b, middle) ? a : b;
    }
    case 'outside':
      return beyond(a, threshold, upper) > beyond(b, threshold, upper) ? a : b;
    case 'changed':
    case 'unchanged':
      return b;
  }
}

function isSame(value: number, other: number, tolerance: number): boolean {
  return value === other || Math.abs(value - other) <= tolerance;
}

function isOther(value: number, other: number, tolerance: number): boolean {
  return value !== other && Math.abs(value - other) > tolerance;
}

function distance(value: number, other: number): number {
  return Math.abs(value - other);
}

/** How far a value is outside of a range; 0 within. */
function beyond(value: number, low: number, high: number): number {
  return Math.max(0, low - value, value - high);
}
