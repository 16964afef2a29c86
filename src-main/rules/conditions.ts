import type { Comparison } from '../contract/condition.ts';
import { crosses, lineOf } from './comparisons.ts';
import type { Line } from './comparisons.ts';
import type { Reference } from './expression.ts';

/** A metric that a condition asks for: of a series with exactly these labels where it says so. */
export interface Operand extends Reference {
  readonly labels: Readonly<Record<string, string>> | null;
}

/** The value of a metric right now; NaN while it is not known. */
export type ResolveOperand = (operand: Operand) => number;

/** 1 holds, 0 does not, NaN can not be told because a value is missing. */
export type Truth = number;

/** A condition as it is written: one comparison, or others joined. */
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

/** Conditions on other metrics, joined to one truth. */
export interface Joined {
  readonly operands: readonly Operand[];
  judge(resolve: ResolveOperand): Truth;
}

/**
 * Prepares conditions. What is not known decides nothing that the others have decided: false and unknown is false, true or
 * unknown is true, everything else that asks for it is unknown (Kleene's strong logic).
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
