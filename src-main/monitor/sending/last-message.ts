import type { Message } from '../../contract/delivery.ts';
import { judgedUnit } from '../../contract/judged-unit.ts';
import { ruleSchema } from '../../contract/rule.ts';
import type { Settings } from '../../contract/settings.ts';
import { withoutSecrets } from '../kinds.ts';
import { definitionOf } from '../pipeline.ts';
import type { AlertTables } from '../state/alert-tables.ts';
import { destinationRuleId } from './destination-rule.ts';

/** How many alerts are searched for one of a user's rule. */
const lookedThrough = 20;

/**
 * The message about the newest alert and its last move; null if there was none. Drills do not count, nor do alerts
 * about lost destinations, because wording is rarely made for them.
 */
export function lastMessageIn(
  alerts: Pick<AlertTables, 'list' | 'transitions' | 'contexts'>,
  { rules, sources }: Pick<Settings, 'rules' | 'sources'>,
): Message | null {
  const alert = alerts
    .list({ limit: lookedThrough })
    .find(({ drill, ruleId }) => drill !== true && ruleId !== destinationRuleId);
  const transition = alert && alerts.transitions(alert.id).at(-1);
  if (alert === undefined || transition === undefined) return null;
  const source = sources.find(({ name }) => name === alert.series.source);
  const definition = definitionOf(source, alert.series.metric);
  const context = alerts.contexts(alert.id).at(-1);
  return {
    id: alert.id,
    alert,
    transition,
    rule: rules.find(({ id }) => id === alert.ruleId) ?? goneRule(alert),
    measurements: [],
    source: source === undefined ? {} : withoutSecrets(source),
    unit: judgedUnit(alert, definition?.unit ?? 'none'),
    ...(definition !== undefined && { metricTitle: definition.title }),
    ...(context !== undefined && { context }),
    test: false,
  };
}

/** A rule that was removed meanwhile, reconstructed from its alert. */
function goneRule({ ruleId, ruleName, series, severity, threshold }: Message['alert']): Message['rule'] {
  return ruleSchema.parse({
    id: ruleId,
    name: ruleName,
    source: series.source,
    metric: series.metric,
    comparison: 'greater_than',
    threshold: threshold ?? 0,
    severity,
  });
}
