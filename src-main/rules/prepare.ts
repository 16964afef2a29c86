import type { Rule } from '../contract/rule.ts';
import type { Labels } from '../contract/sample.ts';
import { lineOf } from './comparisons.ts';
import type { Line } from './comparisons.ts';
import { joined } from './conditions.ts';
import type { Joined, Operand } from './conditions.ts';
import { isProblem, parseExpression } from './expression.ts';
import type { Expression } from './expression.ts';
import { hostsMatcher, labelsMatcher, tagsMatcher } from './matchers.ts';

/** A rule made ready for judging: everything that does not depend on a sample is worked out once. */
export interface PreparedRule {
  readonly rule: Rule;
  readonly line: Line;
  /**
   * Where its own line alone decides, and each sample by itself: values from and to which nothing is violated, both
   * included. NaN, in which nothing lies, for every other rule.
   */
  readonly calmFrom: number;
  readonly calmTo: number;
  /** Null where there is none. */
  readonly critical: Line | null;
  readonly recovery: Line | null;
  readonly needed: number;
  /** Among how many samples; 0 where they must be in a row. */
  readonly of: number;
  readonly forMs: number;
  readonly clearMs: number;
  /** How the truth of the other conditions joins the rule's own: both, or one of them. */
  readonly joins: 'and' | 'or' | null;
  readonly others: Joined | null;
  readonly expression: Expression | null;
  /** Metrics besides its own that it must know. */
  readonly operands: readonly Operand[];
  /** By its name alone: whoever knows tags asks `isAboutHost`. */
  readonly matchesHost: (host: string) => boolean;
  /** Null where tags do not matter. */
  readonly matchesHostTags: ((tags: readonly string[]) => boolean) | null;
  /** A name without labels is one series; labelled ones are judged only by rules that ask for them. */
  readonly matchesLabels: (labels: Labels) => boolean;
}

export function prepare(rule: Rule): PreparedRule {
  const others = othersOf(rule);
  const parsed = rule.expression === undefined ? null : parseExpression(rule.expression);
  // Settings with an expression that can not be read are refused; should one come by another way, nothing is known of it.
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

/** The tags of a host as words. */
export type TagsOfHost = (host: string) => readonly string[];

/** Whether a rule judges what a host samples. */
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
