import type { Rule, RuleStatus } from '../../src-main/contract/rule.ts';
import type { SourceHealth } from '../../src-main/contract/status.ts';

type Condition = NonNullable<Rule['not']>;
type Joins = Pick<Condition, 'all' | 'any' | 'not'>;

/** Whether a rule asks for this source: as its own, in a condition or in its expression. */
export function namesSource(rule: Rule, source: string): boolean {
  // No source can have this name.
  return withSourceRenamed(rule, source, '\0') !== rule;
}

interface Known {
  host: string;
  sources: readonly Pick<SourceHealth, 'source' | 'enabled'>[];
  rules: readonly RuleStatus[];
}

/** Whether a rule has nothing to judge because its source is off. Other machines may send one of the same name. */
export function isSourceOff(rule: Rule, { host, sources, rules }: Known): boolean {
  const { hosts, hostTags, judgedBy } = rule;
  if (hosts !== undefined || hostTags !== undefined || judgedBy === 'agent') return false;
  return (
    sources.find(({ source }) => source === rule.source)?.enabled === false &&
    rules.every((status) => status.ruleId !== rule.id || status.host === host)
  );
}

/** The rule with another name for a source, wherever it asks for it; the same rule where it does not. */
export function withSourceRenamed(rule: Rule, from: string, to: string): Rule {
  const renamed: Rule = {
    ...rule,
    ...joinsRenamed(rule, from, to),
    ...(rule.expression !== undefined && { expression: expressionRenamed(rule.expression, from, to) }),
    source: rule.source === from ? to : rule.source,
  };
  return JSON.stringify(renamed) === JSON.stringify(rule) ? rule : renamed;
}

function joinsRenamed({ all, any, not }: Joins, from: string, to: string): Joins {
  return {
    ...(all !== undefined && { all: all.map((condition) => conditionRenamed(condition, from, to)) }),
    ...(any !== undefined && { any: any.map((condition) => conditionRenamed(condition, from, to)) }),
    ...(not !== undefined && { not: conditionRenamed(not, from, to) }),
  };
}

function conditionRenamed(condition: Condition, from: string, to: string): Condition {
  return {
    ...condition,
    ...joinsRenamed(condition, from, to),
    ...(condition.source === from && { source: to }),
  };
}

/** A name, and what follows it where it is that of a source. */
const partPattern =
  /(?:(?<bare>[\p{L}_][\p{L}\p{N}_]*)|"(?<quoted>[^"]*)")(?<metric>\s*\.\s*(?:[\p{L}_][\p{L}\p{N}_]*|"[^"]*"))?/gu;
const bareName = /^[\p{L}_][\p{L}\p{N}_]*$/u;

function expressionRenamed(expression: string, from: string, to: string): string {
  const written = bareName.test(to) ? to : `"${to}"`;
  return expression.replace(partPattern, (...matched: unknown[]) => {
    const [whole, bare, quoted, metric] = matched as [string, string?, string?, string?];
    return metric !== undefined && (bare ?? quoted) === from ? `${written}${metric}` : whole;
  });
}
