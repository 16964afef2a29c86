import type { Alert } from '../../src-main/contract/alert.ts';
import type { Unit } from '../../src-main/contract/metric.ts';
import type { RuleStatus } from '../../src-main/contract/rule.ts';
import type { Sample } from '../../src-main/contract/sample.ts';
import { labelsKey, seriesKey } from '../../src-main/contract/series-key.ts';
import type { Format } from './format.ts';
import { stateWord } from './state-words.ts';

/** The current value an alert is about; null if unknown. For rules that transform samples, only the alert itself has the value. */
export function currentValue(alert: Alert, latest: ReadonlyMap<string, Sample>): number | null {
  const { cause, window, expression, forecast } = alert;
  const isSample = [cause, window, expression, forecast].every((part) => part === undefined);
  return (isSample ? latest.get(seriesKey(alert.series))?.value : undefined) ?? alert.lastValue;
}

/** A value older than this, in milliseconds, is shown with its age; most sources have a shorter interval. */
const oldAfterMs = 90_000;

/**
 * Time of the last evaluated value of an alert, epoch milliseconds, if it is too old to describe the present, for
 * example because the host is silent. Null if it is recent or unknown.
 */
export function oldSince(
  { ruleId, series, state, resolvedAt }: Alert,
  rules: readonly RuleStatus[],
  now: number,
): number | null {
  if (state !== 'firing' || resolvedAt !== null) return null;
  const labels = labelsKey(series.labels);
  const status = rules.find(
    (each) => each.ruleId === ruleId && each.host === series.host && labelsKey(each.labels) === labels,
  );
  const at = status?.lastAt ?? null;
  return at !== null && now - at > oldAfterMs ? at : null;
}

/** A value of an alert as text: `97.6 %`, or `not reachable` for a yes-or-no metric. */
export function alertValueWords(alert: Alert, value: number, unit: Unit, format: Format): string {
  const isSample = alert.window === undefined && alert.expression === undefined;
  return (isSample ? stateWord(alert.series.metric, value) : null) ?? format.value(value, unit);
}
