import { isProblem, parseExpression } from '../../rules/expression.ts';

/** A metric that a rule refers to, as written, and where. `source` is undefined if it is the rule's own. */
export interface RuleReference {
  path: readonly PropertyKey[];
  source: string | undefined;
  metric: string | undefined;
}

/**
 * Metrics that a rule refers to besides its own, in its conditions and its expression; the rule may be invalid in any
 * way.
 */
export function referencesOfRule(rule: unknown): RuleReference[] {
  const { expression } = isRecord(rule) ? rule : {};
  const parsed = typeof expression === 'string' ? parseExpression(expression) : null;
  const references = parsed === null || isProblem(parsed) ? [] : parsed.references;
  return [
    ...references.map(({ source, metric }) => ({
      path: ['expression'],
      source: source ?? undefined,
      metric,
    })),
    ...joinedIn(rule, []),
  ];
}

/** The problem of an expression, with the column; undefined if there is none. */
export function expressionProblem(rule: unknown): string | undefined {
  const { expression } = isRecord(rule) ? rule : {};
  if (typeof expression !== 'string' || expression === '') return undefined;
  const parsed = parseExpression(expression);
  return isProblem(parsed) ? `column ${parsed.column}: ${parsed.message}` : undefined;
}

function joinedIn(holder: unknown, path: readonly PropertyKey[]): RuleReference[] {
  if (!isRecord(holder)) return [];
  const { all, any, not } = holder;
  return [
    ...listed(all).flatMap((condition, index) => conditionAt(condition, [...path, 'all', index])),
    ...listed(any).flatMap((condition, index) => conditionAt(condition, [...path, 'any', index])),
    ...conditionAt(not, [...path, 'not']),
  ];
}

function conditionAt(condition: unknown, path: readonly PropertyKey[]): RuleReference[] {
  if (!isRecord(condition)) return [];
  const { source, metric } = condition;
  const own = { path, source: textOf(source), metric: textOf(metric) };
  return metric === undefined ? joinedIn(condition, path) : [own, ...joinedIn(condition, path)];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
