import type { DestinationHealth } from '../../contract/delivery.ts';
import { ruleSchema } from '../../contract/rule.ts';
import type { Series } from '../../contract/sample.ts';
import type { Settings } from '../../contract/settings.ts';
import { destinationDownMetric, ownSource } from '../own-source.ts';

/** The rule of everybody who has none of their own: it stands in no settings. */
export const destinationRuleId = 'plimsoll-destination';

/** What an owner's own rule on destinations is about. */
const watched: readonly string[] = [destinationDownMetric, 'destination_up'];

/**
 * The settings with the rule by which a destination that nothing reaches is an alert at the others: unless it is switched off, or
 * the owner has an enabled rule on that.
 */
export function withDestinationRule(settings: Settings): Settings {
  const { monitoring, rules } = settings;
  const isOwned = rules.some(
    ({ id, enabled, source, metric }) =>
      id === destinationRuleId || (enabled && source === ownSource && watched.includes(metric)),
  );
  if (!monitoring.destinationAlerts || isOwned) return settings;
  const rule = ruleSchema.parse({
    id: destinationRuleId,
    name: 'Destination not reached',
    source: ownSource,
    metric: destinationDownMetric,
    labels: { destination: '*' },
    comparison: 'greater_than',
    threshold: 0,
    consecutiveViolations: 1,
    severity: monitoring.destinationAlertSeverity,
  });
  return { ...settings, rules: [...rules, rule] };
}

/** Since when attempts have failed at a destination that is lost, epoch milliseconds; null for every other series. */
export function destinationBegan(
  { source, metric, labels }: Series,
  destinations: readonly DestinationHealth[],
): number | null {
  if (source !== ownSource || metric !== destinationDownMetric) return null;
  return destinations.find(({ destination }) => destination === labels['destination'])?.failingSince ?? null;
}
