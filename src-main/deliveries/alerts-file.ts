import type { AlertContext } from '../contract/alert-context.ts';
import type { Alert, Transition } from '../contract/alert.ts';
import type { Delivery } from '../contract/delivery.ts';
import { csvLines } from './formats.ts';
import type { ExportFormat } from './formats.ts';

/** An alert with its history, as written to a file of many alerts. */
interface ToldAlert {
  alert: Alert;
  transitions: Transition[];
  deliveries: Delivery[];
  contexts: AlertContext[];
}

/** How a file of alerts begins, continues and ends. `before` is how many alerts it already has. */
interface AlertsFile {
  head: string;
  rows(alerts: readonly ToldAlert[], before: number): string;
  foot: string;
}

/**
 * JSON contains everything known about each alert; CSV has a line for each, with its circumstances as JSON in the last
 * cell.
 */
export function alertsFile(format: ExportFormat): AlertsFile {
  if (format === 'csv') {
    return {
      head: csvLines([columns]),
      rows: (alerts) => csvLines(alerts.map(cellsOf)),
      foot: '',
    };
  }
  return {
    head: '[',
    rows: (alerts, before) =>
      alerts.map((alert, place) => `${before + place === 0 ? '\n' : ',\n'}${JSON.stringify(alert)}`).join(''),
    foot: '\n]\n',
  };
}

const columns = [
  ...['id', 'state', 'severity', 'drill', 'rule_id', 'rule_name', 'cause', 'host', 'data_source'],
  ...['metric_name', 'labels', 'comparison', 'threshold_value', 'since', 'fired_at', 'resolved_at'],
  ...['duration_seconds', 'fired_value', 'worst_value', 'last_value', 'announced', 'acknowledged_at'],
  ...['note', 'delivered', 'not_delivered', 'context'],
];

function cellsOf({ alert, deliveries, contexts }: ToldAlert): (string | number | boolean | null)[] {
  const { series, firedAt, resolvedAt } = alert;
  const durationMs = resolvedAt === null ? null : resolvedAt - firedAt;
  return [
    ...[alert.id, alert.state, alert.severity, alert.drill === true, alert.ruleId, alert.ruleName],
    ...[alert.cause ?? 'violation', series.host, series.source, series.metric],
    ...[JSON.stringify(series.labels), alert.comparison, alert.threshold],
    ...[time(alert.since), time(firedAt), time(resolvedAt)],
    // Unknown if the clock was set back in between.
    durationMs === null || durationMs < 0 ? null : durationMs / 1000,
    ...[alert.firedValue, alert.worstValue, alert.lastValue, alert.announced],
    ...[time(alert.acknowledgedAt), alert.note],
    deliveries.filter(({ state }) => state === 'sent').length,
    deliveries.filter(({ state }) => state !== 'sent').length,
    contexts.length === 0 ? null : JSON.stringify(contexts),
  ];
}

function time(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
