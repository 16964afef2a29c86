import type { Alert } from '../../src-main/contract/alert.ts';
import type { Unit } from '../../src-main/contract/metric.ts';
import type { RuleStatus } from '../../src-main/contract/rule.ts';
import type { Sample } from '../../src-main/contract/sample.ts';
import { labelsKey, seriesKey } from '../../src-main/contract/series-key.ts';
import type { Format } from './format.ts';
import { stateWord } from './state-words.ts';

/** The value that an alert is about, as it is now; null where none is known. What a rule makes of samples only its alert knows. */
export function currentValue(alert: Alert, latest: ReadonlyMap<string, Sample>): number | null {
  const { cause, window, expression, forecast } = alert;
  const isSample = [cause, window, expression, forecast].every((part) => part === undefined);
  return (isSample ? latest.get(seriesKey(alert.series))?.value : undefined) ?? alert.lastValue;
}

/** What came so long ago is told with its age; most sources are sampled more often. */
const oldAfterMs = 90_000;

/**
 * When the value came that an alert was judged by last, where that is so long ago that it says nothing of now, as of a host that is
 * silent; null where it is fresh, or nobody knows. Epoch milliseconds.
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

/** A value of an alert in words: `97.6 %`, or `not reachable` where its metric says yes or no. */
export function alertValueWords(alert: Alert, value: number, unit: Unit, format: Format): string {
  const isSample = alert.window === undefined && alert.expression === undefined;
  return (isSample ? stateWord(alert.series.metric, value) : null) ?? format.value(value, unit);
}
