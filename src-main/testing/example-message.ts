import type { Message } from '../contract/delivery.ts';

/** Changes to the example; parts that are left out stay as they are. */
export interface MessageChanges {
  id?: string;
  alert?: Partial<Message['alert']>;
  transition?: Partial<Message['transition']>;
  measurements?: Message['measurements'];
  source?: Message['source'];
  context?: Message['context'];
  test?: boolean;
}

/** The message of an alert that fires: CPU at 91.5 %, the line at 80, on 5 January 2026 at noon. */
export function exampleMessage(changes: MessageChanges = {}): Message {
  const at = changes.transition?.at ?? Date.UTC(2026, 0, 5, 12, 0, 0, 123);
  return {
    id: changes.id ?? '0a1b2c3d-0000-4000-8000-000000000001',
    alert: {
      id: 'alert-1',
      ruleId: 'cpu-high',
      ruleName: 'CPU above 80 %',
      series: { host: 'anchor', source: 'cpu_usage', metric: 'cpu_percent', labels: {} },
      comparison: 'greater_than',
      threshold: 80,
      tolerance: null,
      consecutiveViolations: 2,
      severity: 'warning',
      state: 'firing',
      since: at - 5000,
      firedAt: at,
      resolvedAt: null,
      firedValue: 91.5,
      worstValue: 91.5,
      lastValue: 91.5,
      announced: true,
      recoveryOwed: false,
      acknowledgedAt: null,
      note: null,
      snoozedUntil: null,
      ...changes.alert,
    },
    transition: {
      alertId: 'alert-1',
      at,
      from: 'pending',
      to: 'firing',
      reason: 'violated_enough',
      value: 91.5,
      announcement: { decision: 'announce', reason: 'first' },
      ...changes.transition,
    },
    rule: {
      id: 'cpu-high',
      name: 'CPU above 80 %',
      enabled: true,
      source: 'cpu_usage',
      metric: 'cpu_percent',
      comparison: 'greater_than',
      threshold: 80,
      consecutiveViolations: 2,
      severity: 'warning',
      cooldownSeconds: 600,
    },
    measurements: changes.measurements ?? [
      { metric: 'cpu_percent', labels: {}, value: 91.5 },
      { metric: 'cpu_percent', labels: { core: '0' }, value: 100 },
    ],
    source: changes.source ?? {
      name: 'cpu_usage',
      kind: 'cpu',
      enabled: true,
      intervalSeconds: 5,
      perCore: true,
    },
    unit: 'percent',
    metricTitle: 'CPU',
    ...(changes.context !== undefined && { context: changes.context }),
    test: changes.test ?? false,
  };
}
