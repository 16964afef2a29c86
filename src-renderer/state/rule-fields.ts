import type { Problem } from '../../src-main/contract/error.ts';
import type { Comparison, Rule, Severity } from '../../src-main/contract/rule.ts';
import { engineWords } from './engine-words.ts';

/** A rule in its editor. A number is null while it is missing and must not be, or cannot be read. */
export interface RuleFields {
  name: string;
  enabled: boolean;
  source: string;
  metric: string;
  comparison: Comparison;
  threshold: number | null;
  upperThreshold: number | null;
  tolerance: number | null | undefined;
  consecutiveViolations: number | null;
  severity: Severity;
  cooldownSeconds: number | null;
  /** All other fields of the rule by key; undefined or an empty value means cleared. */
  more: Readonly<Record<string, unknown>>;
}

export type RuleField = keyof RuleFields;

/** Problems of a field that are found before sending. The interface has a sentence for each. */
export type FieldProblem =
  | 'name_empty'
  | 'name_long'
  | 'metric_empty'
  | 'metric_long'
  | 'threshold'
  | 'upper_threshold'
  | 'tolerance'
  | 'consecutive'
  | 'cooldown'
  | 'more_number';

/** Comparisons with two bounds, without a threshold, with a tolerance, and with one side that is over. */
const ranges: ReadonlySet<Comparison> = new Set(['between', 'outside']);
const changes: ReadonlySet<Comparison> = new Set(['changed', 'unchanged']);
const tolerant: ReadonlySet<Comparison> = new Set(['equals', 'not_equals', 'changed', 'unchanged']);
const sided: ReadonlySet<Comparison> = new Set([
  'greater_than',
  'greater_or_equal',
  'less_than',
  'less_or_equal',
]);

/** The fields that a comparison needs: threshold, upper threshold, tolerance, recovery line. */
export function partsOfLimit({ comparison, more }: Pick<RuleFields, 'comparison' | 'more'>) {
  const hasBaseline = isSaid(more['baseline']);
  return {
    threshold: !hasBaseline && !changes.has(comparison),
    upperThreshold: !hasBaseline && ranges.has(comparison),
    tolerance: tolerant.has(comparison),
    recovery: !hasBaseline && sided.has(comparison),
  };
}

export function fieldsOf(rule: Rule): RuleFields {
  const { id: _, name, enabled, source, metric, comparison, severity, ...others } = rule;
  const { threshold, upperThreshold, tolerance, consecutiveViolations, cooldownSeconds, ...more } = others;
  return {
    name,
    enabled,
    source,
    metric,
    comparison,
    threshold: threshold ?? null,
    upperThreshold: upperThreshold ?? null,
    tolerance,
    consecutiveViolations,
    severity,
    cooldownSeconds,
    more,
  };
}

/** The rule to send; null if a field is invalid. Fields that its comparison does not use are left out. */
export function ruleOf(fields: RuleFields): Omit<Rule, 'id'> | null {
  const { name, enabled, source, metric, comparison, threshold, upperThreshold, tolerance, severity } =
    fields;
  const { consecutiveViolations, cooldownSeconds } = fields;
  if (fieldProblems(fields).size > 0) return null;
  if (consecutiveViolations === null || cooldownSeconds === null) return null;
  const parts = partsOfLimit(fields);
  return {
    name: name.trim(),
    enabled,
    source,
    metric: metric.trim(),
    comparison,
    ...(parts.threshold && threshold !== null ? { threshold } : {}),
    ...(parts.upperThreshold && upperThreshold !== null ? { upperThreshold } : {}),
    ...(parts.tolerance && typeof tolerance === 'number' ? { tolerance } : {}),
    consecutiveViolations,
    severity,
    cooldownSeconds,
    // The engine knows all keys and validates them.
    ...(Object.fromEntries(moreEntries(fields).filter(([, value]) => isSaid(value))) as Partial<Rule>),
  };
}

/** The other fields, without what the comparison does not use. */
function moreEntries(fields: RuleFields): [string, unknown][] {
  const { recovery } = partsOfLimit(fields);
  return Object.entries(fields.more).filter(([key]) => recovery || key !== 'recoveryThreshold');
}

/** Whether a field has a value; it may have been cleared. */
function isSaid(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return Array.isArray(value) ? value.length > 0 : true;
}

export function fieldProblems(fields: RuleFields): ReadonlyMap<RuleField, FieldProblem> {
  const problems = new Map<RuleField, FieldProblem>();
  const { name, metric, threshold, upperThreshold, tolerance, consecutiveViolations } = fields;
  const parts = partsOfLimit(fields);
  if (name.trim() === '') problems.set('name', 'name_empty');
  if (name.trim().length > 200) problems.set('name', 'name_long');
  if (metric.trim() === '') problems.set('metric', 'metric_empty');
  if (metric.trim().length > 200) problems.set('metric', 'metric_long');
  if (parts.threshold && threshold === null) problems.set('threshold', 'threshold');
  if (parts.upperThreshold && (upperThreshold === null || upperThreshold <= (threshold ?? -Infinity)))
    problems.set('upperThreshold', 'upper_threshold');
  if (parts.tolerance && (tolerance === null || (tolerance ?? 0) < 0)) problems.set('tolerance', 'tolerance');
  if (!isWhole(consecutiveViolations, 1, 10_000)) problems.set('consecutiveViolations', 'consecutive');
  if (!isWhole(fields.cooldownSeconds, 0, 7 * 86_400)) problems.set('cooldownSeconds', 'cooldown');
  if (moreEntries(fields).some(([, value]) => value === null)) problems.set('more', 'more_number');
  return problems;
}

const moreFields =
  /^(criticalThreshold|violationsOf|forSeconds|recoveryThreshold|clearAfterSeconds|remindEverySeconds|announceEveryChange|parents|labels|hosts|hostTags|judgedBy|window|expression|all|any|not|forecast|baseline|noData|onSourceError)(?![A-Za-z])/;

/** Whether a problem is with a field in `more`. */
export function isMoreField(path: string): boolean {
  return moreFields.test(path);
}

/** The engine's problems by field; `null` holds those of no field. */
export function problemsByField(problems: readonly Problem[]): ReadonlyMap<RuleField | null, string> {
  const named: Record<string, RuleField> = {
    name: 'name',
    source: 'source',
    metric: 'metric',
    comparison: 'comparison',
    threshold: 'threshold',
    upperThreshold: 'upperThreshold',
    tolerance: 'tolerance',
    consecutiveViolations: 'consecutiveViolations',
    severity: 'severity',
    cooldownSeconds: 'cooldownSeconds',
  };
  return new Map(
    problems.map(({ path, message }) => [
      named[path] ?? null,
      named[path] || path === '' ? engineWords(message) : `${path}: ${engineWords(message)}`,
    ]),
  );
}

function isWhole(value: number | null, from: number, to: number): boolean {
  return value !== null && Number.isInteger(value) && value >= from && value <= to;
}
