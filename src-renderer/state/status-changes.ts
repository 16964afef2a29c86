import type { Alert } from '../../src-main/contract/alert.ts';
import type { LiveEvent } from '../../src-main/contract/event.ts';
import type { RuleStatus } from '../../src-main/contract/rule.ts';
import { labelsKey, seriesKey } from '../../src-main/contract/series-key.ts';
import type { Sample } from '../../src-main/contract/sample.ts';
import type { Status } from '../../src-main/contract/status.ts';

type Reading = Extract<LiveEvent, { type: 'reading' }>;

/** The status after several events in order. Consecutive readings are applied together and cost as little as one. */
export function statusAfterAll(status: Status, events: readonly LiveEvent[]): Status {
  let next = status;
  let readings: Reading[] = [];
  for (const event of events) {
    if (event.type === 'reading') {
      readings.push(event);
    } else {
      next = statusAfter(afterReadings(next, readings), event);
      readings = [];
    }
  }
  return afterReadings(next, readings);
}

/** The status after one live event; the same object if the event does not change it. */
export function statusAfter(status: Status, event: LiveEvent): Status {
  switch (event.type) {
    case 'reading':
      return afterReadings(status, [event]);
    case 'alert': {
      // A fire drill means nothing is wrong.
      if (event.alert.drill === true) return status;
      const others = status.alerts.filter((alert) => alert.id !== event.alert.id);
      const alerts = event.alert.state === 'firing' ? [...others, event.alert] : others;
      return { ...status, alerts: worstFirst(alerts) };
    }
    case 'stage':
      return { ...status, stages: upsert(status.stages, [event.stage], (stage) => stage.stage) };
    case 'own-cost':
      return { ...status, ownCost: event.ownCost };
    case 'context':
    case 'delivery':
    case 'downtimes':
    case 'hosts':
    case 'listening':
    case 'scripts':
    case 'settings':
    case 'time-lost':
    case 'refresh':
      return status;
  }
}

function afterReadings(status: Status, events: readonly Reading[]): Status {
  if (events.length === 0) return status;
  const fresh: Sample[] = events.flatMap(({ reading: { host, source, at, samples } }) =>
    samples.map((sample) => ({ ...sample, host, source, at })),
  );
  const health = events.map((event) => event.health);
  const rules = events.flatMap((event) => event.rules);
  return {
    ...status,
    at: Math.max(status.at, ...events.map(({ reading }) => reading.at)),
    sources: upsert(status.sources, health, ({ source }) => source),
    latest: upsert(status.latest, fresh, seriesKey),
    rules: upsert(status.rules, rules, ruleStatusKey),
  };
}

export function ruleStatusKey({ ruleId, host, labels }: RuleStatus): string {
  return JSON.stringify([ruleId, host, labelsKey(labels)]);
}

/** Critical before warning, then the longest firing first. */
export function worstFirst(alerts: readonly Alert[]): Alert[] {
  const rank = (alert: Alert): number => (alert.severity === 'critical' ? 0 : 1);
  return alerts.toSorted((a, b) => rank(a) - rank(b) || a.firedAt - b.firedAt);
}

/** The list with `changes` in place of the entries with the same key, or appended. */
function upsert<T>(list: readonly T[], changes: readonly T[], keyOf: (item: T) => string): T[] {
  const waiting = new Map(changes.map((change) => [keyOf(change), change]));
  const next = list.map((item) => {
    const key = keyOf(item);
    const change = waiting.get(key);
    if (change === undefined) return item;
    waiting.delete(key);
    return change;
  });
  return [...next, ...waiting.values()];
}
