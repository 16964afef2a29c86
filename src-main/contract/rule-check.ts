import type { z } from 'zod';
import { checkComparison } from './condition.ts';
import type { Comparison } from './condition.ts';
import { directionOf } from './direction.ts';

/** The fields of a rule that can contradict each other. */
interface Parts {
  comparison: Comparison;
  threshold?: number | undefined;
  upperThreshold?: number | undefined;
  tolerance?: number | undefined;
  all?: unknown;
  any?: unknown;
  not?: unknown;
  criticalThreshold?: number | undefined;
  recoveryThreshold?: number | undefined;
  consecutiveViolations: number;
  violationsOf?: number | undefined;
  forSeconds?: number | undefined;
  severity: string;
  window?: unknown;
  expression?: string | undefined;
  forecast?: unknown;
  baseline?: unknown;
}

/** Reports fields of a rule that contradict each other; each problem has its path and says what to write instead. */
export function checkRule(rule: Parts, context: z.RefinementCtx): void {
  const report = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (rule.baseline === undefined) checkComparison(rule, report);
  else checkBaseline(rule, report);
  checkLines(rule, report);
  if (rule.violationsOf !== undefined) {
    if (rule.violationsOf < rule.consecutiveViolations)
      report(
        'violationsOf',
        `must be at least consecutiveViolations: ${rule.consecutiveViolations} of the last ${rule.violationsOf} samples cannot be; write ${rule.consecutiveViolations} or more`,
      );
    if (rule.forSeconds !== undefined && rule.forSeconds > 0)
      report('violationsOf', 'cannot stand beside forSeconds, which lets no sample be within; leave one out');
  }
  const joined = (['all', 'any', 'not'] as const).filter((join) => rule[join] !== undefined);
  if (joined.length > 1)
    report(joined[1] ?? 'any', `cannot stand beside ${joined[0]}; put one into the other`);
  if (rule.forecast !== undefined) {
    if (directionOf(rule.comparison) === 0)
      report('forecast', 'needs a line to cross: greater_than, less_than, greater_or_equal or less_or_equal');
    const other = (['window', 'expression'] as const).find((key) => rule[key] !== undefined);
    if (other !== undefined)
      report('forecast', `cannot stand beside ${other}: history keeps the metric itself; leave one out`);
  }
}

function checkBaseline(rule: Parts, report: (path: string, message: string) => void): void {
  if (!['greater_than', 'less_than', 'outside'].includes(rule.comparison))
    report('comparison', 'must be greater_than, less_than or outside beside a baseline');
  for (const key of ['threshold', 'upperThreshold', 'criticalThreshold', 'recoveryThreshold'] as const)
    if (rule[key] !== undefined)
      report(key, 'cannot stand beside a baseline, which is the line; leave it out');
  for (const key of ['window', 'expression', 'forecast'] as const)
    if (rule[key] !== undefined)
      report('baseline', `cannot stand beside ${key}: history keeps the metric itself; leave one out`);
}

function checkLines(rule: Parts, report: (path: string, message: string) => void): void {
  const { comparison, threshold, criticalThreshold, recoveryThreshold, severity, baseline } = rule;
  const direction = directionOf(comparison);
  if (baseline !== undefined) return;
  if (criticalThreshold !== undefined) {
    if (direction === 0)
      report(
        'criticalThreshold',
        `means nothing to ${comparison}; make a second rule with the severity critical`,
      );
    else if (severity === 'critical')
      report('criticalThreshold', 'needs the severity warning for the threshold before it');
    else if (threshold !== undefined && direction * (criticalThreshold - threshold) <= 0)
      report(
        'criticalThreshold',
        `must be ${direction > 0 ? 'above' : 'below'} the threshold ${threshold}, not ${criticalThreshold}`,
      );
  }
  if (recoveryThreshold === undefined) return;
  if (direction === 0)
    report(
      'recoveryThreshold',
      `means nothing to ${comparison}; clearAfterSeconds works with every comparison`,
    );
  else if (threshold !== undefined && direction * (threshold - recoveryThreshold) < 0)
    report(
      'recoveryThreshold',
      `must be ${direction > 0 ? 'at most' : 'at least'} the threshold ${threshold}, not ${recoveryThreshold}: it is where the value is well again`,
    );
}
