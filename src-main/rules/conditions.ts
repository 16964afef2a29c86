import type { Comparison } from '../contract/condition.ts';
import { crosses, lineOf } from './comparisons.ts';
import type { Line } from './comparisons.ts';
import type { Reference } from './expression.ts';

/** A metric that a condition refers to. If `labels` are set, the series must have exactly these. */
export interface Operand extends Reference {
  readonly labels: Readonly<Record<string, string>> | null;
}

/** Looks up the current value of a metric; NaN if unknown. */
export type ResolveOperand = (operand: Operand) => number;

/** Three-valued logic: 1 is true, 0 is false, NaN is unknown because a value is missing. */
export type Truth = number;

/** A condition in its settings form: one comparison, or several conditions joined. */
interface Condition {
  readonly source?: string | undefined;
  readonly metric?: string | undefined;
  readonly labels?: Record<string, string> | undefined;
  readonly comparison?: Comparison | undefined;
  readonly threshold?: number | undefined;
  readonly upperThreshold?: number | undefined;
  readonly tolerance?: number | undefined;
  readonly all?: readonly Condition[] | undefined;
  readonly any?: readonly Condition[] | undefined;
  readonly not?: Condition | undefined;
}

/** Conditions on other metrics, joined to one truth value. */
export interface Joined {
  readonly operands: readonly Operand[];
  judge(resolve: ResolveOperand): Truth;
}

/**
 * Prepares conditions for evaluation. Unknown values follow Kleene's strong logic: false and unknown is false, true or
 * unknown is true, any other combination with unknown is unknown.
 */
export function joined(how: 'all' | 'any' | 'not', conditions: readonly Condition[]): Joined {
  const parts = conditions.map(prepared);
  const operands = parts.flatMap((part) => part.operands);
  if (how === 'not') return { operands, judge: (resolve) => 1 - (parts[0]?.judge(resolve) ?? NaN) };
  const deciding = how === 'all' ? 0 : 1;
  return {
    operands,
    judge(resolve) {
      let truth = 1 - deciding;
      for (const part of parts) {
        const one = part.judge(resolve);
        if (one === deciding) return deciding;
        if (Number.isNaN(one)) truth = NaN;
      }
      return truth;
    },
  };
}

function prepared(condition: Condition): Joined {
  if (condition.all !== undefined) return joined('all', condition.all);
  if (condition.any !== undefined) return joined('any', condition.any);
  if (condition.not !== undefined) return joined('not', [condition.not]);
  const { source = null, metric = '', labels = null, comparison = 'greater_than' } = condition;
  const line: Line = lineOf({ ...condition, comparison });
  const operand: Operand = { source, metric, labels };
  return {
    operands: [operand],
    judge(resolve) {
      const value = resolve(operand);
      if (Number.isNaN(value)) return NaN;
      return crosses(line, value, NaN) ? 1 : 0;
    },
  };
}
