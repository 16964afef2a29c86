import type { Comparison } from '../contract/rule.ts';

/** The fields of a rule that define a violation. */
export interface Comparing {
  comparison: Comparison;
  threshold?: number | null | undefined;
  upperThreshold?: number | null | undefined;
  tolerance?: number | null | undefined;
}

/** A comparison in numeric form, for evaluation: every field is a number, NaN if the comparison does not use it. */
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
 * Whether `value` crosses the line. Comparisons are strict: exactly >, < or =. NaN crosses no line, and no value crosses a line
 * of NaN. `before` is the value of the previous sample, NaN if there is none; only `changed` and `unchanged` use it.
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

/** `crosses` for a condition in its settings form. */
export function violates(condition: Comparing, value: number | null, before: number | null = null): boolean {
  return crosses(lineOf(condition), value ?? NaN, before ?? NaN);
}

/** The value that is further on the wrong side of the line; if both are equally far, the later one, `b`. */
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

/** Distance of a value from a range; 0 inside. */
function beyond(value: number, low: number, high: number): number {
  return Math.max(0, low - value, value - high);
}
