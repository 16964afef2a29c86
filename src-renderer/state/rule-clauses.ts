import type { Unit } from '../../src-main/contract/metric.ts';
import type { Rule } from '../../src-main/contract/rule.ts';
import { m } from '../paraglide/messages.js';
import type { Format } from './format.ts';
import { limitWords } from './words.ts';
import type { LimitTerms } from './words.ts';

/** The fields of a rule that are described in text; an alert copies a part of them. */
export type RuleTerms = LimitTerms &
  Pick<Rule, 'consecutiveViolations' | 'violationsOf' | 'forSeconds' | 'window' | 'expression' | 'forecast'> &
  Partial<
    Pick<
      Rule,
      | 'metric'
      | 'criticalThreshold'
      | 'recoveryThreshold'
      | 'clearAfterSeconds'
      | 'remindEverySeconds'
      | 'parents'
      | 'labels'
      | 'hosts'
      | 'hostTags'
      | 'judgedBy'
      | 'all'
      | 'any'
      | 'not'
      | 'noData'
      | 'onSourceError'
    >
  >;

/** The evaluated value, if it is not the sample itself: `Memory (average of 5 min)`. */
export function judgedWords(
  { window, expression }: Pick<RuleTerms, 'window' | 'expression'>,
  subject: string,
  format: Format,
): string {
  const judged = expression === undefined ? subject : m.subject_calculated({ subject, expression });
  if (window === undefined) return judged;
  const parts = { subject: judged, span: format.duration(window.seconds * 1000) };
  switch (window.function) {
    case 'avg':
      return m.window_avg(parts);
    case 'min':
      return m.window_min(parts);
    case 'max':
      return m.window_max(parts);
    case 'sum':
      return m.window_sum(parts);
    case 'p95':
      return m.window_p95(parts);
    case 'rate':
      return m.window_rate(parts);
    case 'delta':
      return m.window_delta(parts);
  }
}

/** All terms of a rule besides its threshold and the number of consecutive samples. Empty for the simplest rule. */
export function ruleClauses(rule: RuleTerms, unit: Unit, format: Format): string[] {
  const span = (seconds: number) => format.duration(seconds * 1000);
  const { comparison, violationsOf, forSeconds, criticalThreshold, recoveryThreshold, clearAfterSeconds } =
    rule;
  const { labels = {}, hosts, hostTags, noData, onSourceError } = rule;
  const clauses: (string | false | undefined)[] = [
    violationsOf !== undefined &&
      m.rule_of_last({ count: format.limit(rule.consecutiveViolations, 'none'), of: violationsOf }),
    forSeconds !== undefined && forSeconds > 0 && m.rule_for({ span: span(forSeconds) }),
    Object.keys(labels).length > 0 &&
      m.rule_labels({
        labels: Object.entries(labels)
          .map(([name, pattern]) => `${name} ${pattern}`)
          .join(', '),
      }),
    hosts !== undefined &&
      (hosts.includes('*') && !hosts.some((pattern) => pattern.startsWith('!'))
        ? m.rule_hosts_all()
        : m.rule_hosts({ hosts: hosts.join(', ') })),
    hostTags !== undefined && m.rule_host_tags({ tags: hostTags.join(', ') }),
    rule.judgedBy === 'agent' && m.rule_judged_by_agent(),
    rule.all !== undefined && m.rule_and(),
    rule.any !== undefined && m.rule_or(),
    rule.not !== undefined && m.rule_and_not(),
    criticalThreshold !== undefined &&
      m.rule_critical({ limit: limitWords({ comparison, threshold: criticalThreshold }, unit, format) }),
    recoveryThreshold !== undefined &&
      m.rule_recovery({
        limit: limitWords({ comparison: opposite(comparison), threshold: recoveryThreshold }, unit, format),
      }),
    clearAfterSeconds !== undefined &&
      clearAfterSeconds > 0 &&
      m.rule_clear({ span: span(clearAfterSeconds) }),
    noData?.policy === 'alert' && m.rule_no_data_alert({ span: span(noData.afterSeconds) }),
    noData?.policy === 'resolve' && m.rule_no_data_resolve({ span: span(noData.afterSeconds) }),
    onSourceError?.policy === 'alert' && m.rule_source_error({ span: span(onSourceError.afterSeconds) }),
    rule.remindEverySeconds !== undefined && m.rule_remind({ span: span(rule.remindEverySeconds) }),
    rule.parents !== undefined && m.rule_parents({ rules: rule.parents.join(', ') }),
  ];
  return clauses.filter((clause) => typeof clause === 'string');
}

/** The comparison that is true exactly when the given one is false. */
function opposite(comparison: Rule['comparison']): Rule['comparison'] {
  switch (comparison) {
    case 'greater_than':
      return 'less_or_equal';
    case 'greater_or_equal':
      return 'less_than';
    case 'less_than':
      return 'greater_or_equal';
    default:
      return 'greater_than';
  }
}
