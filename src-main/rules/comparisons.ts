import type { Rule } from '../contract/rule.ts';

/** The part of a rule that says what a violation is. */
export type Condition = Pick<Rule, 'comparison' | 'threshold'> & { tolerance?: number | null | undefined };

/** Whether `value` violates the condition. Strict: exactly >, < or =; a value that is not a number never violates. */
export function violates(condition: Condition, value: number | null): boolean {
  if (value === null || Number.isNaN(value)) return false;
  switch (condition.comparison) {
    case 'greater_than':
      return value > condition.threshold;
    case 'less_than':
      return value < condition.threshold;
    case 'equals':
      return (
        value === condition.threshold || Math.abs(value - condition.threshold) <= (condition.tolerance ?? 0)
      );
  }
}

/** The value of the two that is further on the wrong side of the condition. */
export function worse(condition: Condition, a: number, b: number): number {
  switch (condition.comparison) {
    case 'greater_than':
      return Math.max(a, b);
    case 'less_than':
      return Math.min(a, b);
    case 'equals':
      return Math.abs(a - condition.threshold) <= Math.abs(b - condition.threshold) ? a : b;
  }
}
