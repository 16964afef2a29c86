import type { Rule } from '../contract/rule.ts';
import type { Labels } from '../contract/sample.ts';
import { lineOf } from './comparisons.ts';
import type { Line } from './comparisons.ts';
import { joined } from './conditions.ts';
import type { Joined, Operand } from './conditions.ts';
import { isProblem, parseExpression } from './expression.ts';
import type { Expression } from './expression.ts';
import { hostsMatcher, labelsMatcher, tagsMatcher } from './matchers.ts';

/** A rule prepared for evaluation: everything that does not depend on a sample is computed once. */
export interface PreparedRule {
  readonly rule: Rule;
  readonly line: Line;
  /**
   * Inclusive range of values that violate nothing, for rules that decide by their own line and single samples. NaN for
   * all other rules, so that no value lies in the range.
   */
  readonly calmFrom: number;
  readonly calmTo: number;
  /** Null if the rule has no such threshold. */
  readonly critical: Line | null;
  readonly recovery: Line | null;
  readonly needed: number;
  /** M of a rule that counts N of M; 0 if violations must be consecutive. */
  readonly of: number;
  readonly forMs: number;
  readonly clearMs: number;
  /** How the other conditions are joined to the rule's own comparison. */
  readonly joins: 'and' | 'or' | null;
  readonly others: Joined | null;
  readonly expression: Expression | null;
  /** Metrics it needs besides its own. */
  readonly operands: readonly Operand[];
  /** Matches the name only; to consider tags too, use `isAboutHost`. */
  readonly matchesHost: (host: string) => boolean;
  /** Null if the rule does not select by tags. */
  readonly matchesHostTags: ((tags: readonly string[]) => boolean) | null;
  /** A rule without labels matches only the series without labels; labelled series need a rule that selects them. */
  readonly matchesLabels: (labels: Labels) => boolean;
}

export function prepare(rule: Rule): PreparedRule {
  const others = othersOf(rule);
  const parsed = rule.expression === undefined ? null : parseExpression(rule.expression);
  // Settings with an invalid expression are refused. If one gets here in another way, its value is unknown.
  const expression: Expression | null =
    parsed !== null && isProblem(parsed) ? { references: [], evaluate: () => NaN } : parsed;
  return {
    rule,
    line: lineOf(rule),
    ...calmRange(rule),
    critical: rule.criticalThreshold === undefined ? null : lineOf(rule, rule.criticalThreshold),
    recovery: rule.recoveryThreshold === undefined ? null : lineOf(rule, rule.recoveryThreshold),
    needed: rule.consecutiveViolations,
    of: rule.violationsOf ?? 0,
    forMs: (rule.forSeconds ?? 0) * 1000,
    clearMs: (rule.clearAfterSeconds ?? 0) * 1000,
    joins: others === null ? null : rule.any === undefined ? 'and' : 'or',
    others,
    expression,
    operands: [
      ...(others?.operands ?? []),
      ...(expression?.references ?? []).map((reference) => ({ ...reference, labels: null })),
    ],
    matchesHost: hostsMatcher(rule.hosts ?? []),
    matchesHostTags: rule.hostTags === undefined ? null : tagsMatcher(rule.hostTags),
    matchesLabels: rule.labels === undefined || isEmpty(rule.labels) ? isEmpty : labelsMatcher(rule.labels),
  };
}

/** Looks up the tags of a host, as words. */
export type TagsOfHost = (host: string) => readonly string[];

/** Whether a rule applies to a host. */
export function isAboutHost(
  { matchesHost, matchesHostTags }: Pick<PreparedRule, 'matchesHost' | 'matchesHostTags'>,
  host: string,
  tagsOfHost: TagsOfHost,
): boolean {
  return matchesHost(host) && (matchesHostTags === null || matchesHostTags(tagsOfHost(host)));
}

function calmRange(rule: Rule): { calmFrom: number; calmTo: number } {
  const { comparison, threshold = NaN, upperThreshold = NaN, baseline, violationsOf } = rule;
  const isPlain = baseline === undefined && violationsOf === undefined && othersOf(rule) === null;
  if (isPlain && comparison === 'greater_than') return { calmFrom: -Infinity, calmTo: threshold };
  if (isPlain && comparison === 'less_than') return { calmFrom: threshold, calmTo: Infinity };
  if (isPlain && comparison === 'outside') return { calmFrom: threshold, calmTo: upperThreshold };
  return { calmFrom: NaN, calmTo: NaN };
}

function othersOf(rule: Rule): Joined | null {
  if (rule.all !== undefined) return joined('all', rule.all);
  if (rule.any !== undefined) return joined('any', rule.any);
  return rule.not === undefined ? null : joined('not', [rule.not]);
}

function isEmpty(labels: Labels): boolean {
  for (const _ in labels) return false;
  return true;
}
