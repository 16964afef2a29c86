import type { DestinationHealth } from '../../contract/delivery.ts';
import { ruleSchema } from '../../contract/rule.ts';
import type { Series } from '../../contract/sample.ts';
import type { Settings } from '../../contract/settings.ts';
import { destinationDownMetric, ownSource } from '../own-source.ts';

/** The default rule about destinations; it is in no settings. */
export const destinationRuleId = 'plimsoll-destination';

/** The metrics of an owner's own rule about destinations. */
const watched: readonly string[] = [destinationDownMetric, 'destination_up'];

/**
 * The settings with a rule that makes a lost destination an alert at the others: unless it is switched off, or the
 * owner has an enabled rule about that.
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

/** Since when attempts have failed at a lost destination, epoch milliseconds; null for any other series. */
export function destinationBegan(
  { source, metric, labels }: Series,
  destinations: readonly DestinationHealth[],
): number | null {
  if (source !== ownSource || metric !== destinationDownMetric) return null;
  return destinations.find(({ destination }) => destination === labels['destination'])?.failingSince ?? null;
}
