import type { Problem } from '../../src-main/contract/error.ts';
import type { Comparison, Rule, Severity } from '../../src-main/contract/rule.ts';
import { cooldownOf, cooldownSeconds } from './rule-cooldown.ts';
import type { CooldownUnit } from './rule-cooldown.ts';

/** A rule while it is edited: numbers may be missing, the cooldown is in the unit in which it is shown. */
export interface RuleFields {
  name: string;
  enabled: boolean;
  source: string;
  metric: string;
  comparison: Comparison;
  threshold: number | null;
  tolerance: number | null;
  consecutiveViolations: number | null;
  severity: Severity;
  cooldown: number | null;
  cooldownUnit: CooldownUnit;
}

export type RuleField = keyof RuleFields;

/** What is wrong with a field, before anything is sent. The interface has a sentence for each. */
export type FieldProblem =
  | 'name_empty'
  | 'name_long'
  | 'metric_empty'
  | 'metric_long'
  | 'threshold'
  | 'tolerance'
  | 'consecutive'
  | 'cooldown';

export function fieldsOf(rule: Rule): RuleFields {
  const { name, enabled, source, metric, comparison, threshold, severity, consecutiveViolations } = rule;
  return {
    name,
    enabled,
    source,
    metric,
    comparison,
    threshold,
    tolerance: rule.tolerance ?? null,
    consecutiveViolations,
    severity,
    ...cooldownOf(rule.cooldownSeconds),
  };
}

/** The rule as it is sent; null while something is wrong. A tolerance belongs to `equals` only. */
export function ruleOf(fields: RuleFields): Omit<Rule, 'id'> | null {
  const { name, enabled, source, metric, comparison, threshold, tolerance, severity } = fields;
  const { consecutiveViolations } = fields;
  const seconds = cooldownSeconds(fields.cooldown, fields.cooldownUnit);
  if (fieldProblems(fields).size > 0) return null;
  if (threshold === null || consecutiveViolations === null || seconds === null) return null;
  return {
    name: name.trim(),
    enabled,
    source,
    metric: metric.trim(),
    comparison,
    threshold,
    ...(comparison === 'equals' && tolerance !== null ? { tolerance } : {}),
    consecutiveViolations,
    severity,
    cooldownSeconds: seconds,
  };
}

export function fieldProblems(fields: RuleFields): ReadonlyMap<RuleField, FieldProblem> {
  const problems = new Map<RuleField, FieldProblem>();
  const { name, metric, threshold, tolerance, consecutiveViolations } = fields;
  if (name.trim() === '') problems.set('name', 'name_empty');
  if (name.trim().length > 200) problems.set('name', 'name_long');
  if (metric.trim() === '') problems.set('metric', 'metric_empty');
  if (metric.trim().length > 200) problems.set('metric', 'metric_long');
  if (threshold === null) problems.set('threshold', 'threshold');
  if (tolerance !== null && tolerance < 0) problems.set('tolerance', 'tolerance');
  if (!isWhole(consecutiveViolations, 1, 10_000)) problems.set('consecutiveViolations', 'consecutive');
  if (cooldownSeconds(fields.cooldown, fields.cooldownUnit) === null) problems.set('cooldown', 'cooldown');
  return problems;
}

/** The engine's problems by field; `null` holds those that belong to none of them. */
export function problemsByField(problems: readonly Problem[]): ReadonlyMap<RuleField | null, string> {
  const named: Record<string, RuleField> = {
    name: 'name',
    source: 'source',
    metric: 'metric',
    comparison: 'comparison',
    threshold: 'threshold',
    tolerance: 'tolerance',
    consecutiveViolations: 'consecutiveViolations',
    severity: 'severity',
    cooldownSeconds: 'cooldown',
  };
  return new Map(
    problems.map(({ path, message }) => [
      named[path] ?? null,
      named[path] || path === '' ? message : `${path}: ${message}`,
    ]),
  );
}

function isWhole(value: number | null, from: number, to: number): boolean {
  return value !== null && Number.isInteger(value) && value >= from && value <= to;
}
