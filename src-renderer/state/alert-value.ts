import type { Alert } from '../../src-main/contract/alert.ts';
import type { Unit } from '../../src-main/contract/metric.ts';
import type { Sample } from '../../src-main/contract/sample.ts';
import { seriesKey } from '../../src-main/contract/series-key.ts';
import type { Format } from './format.ts';
import { stateWord } from './state-words.ts';

/** The value that an alert is about, as it is now; null where none is known. What a rule makes of samples only its alert knows. */
export function currentValue(alert: Alert, latest: ReadonlyMap<string, Sample>): number | null {
  const { cause, window, expression, forecast } = alert;
  const isSample = [cause, window, expression, forecast].every((part) => part === undefined);
  return (isSample ? latest.get(seriesKey(alert.series))?.value : undefined) ?? alert.lastValue;
}

/** A value of an alert in words: `97.6 %`, or `not reachable` where its metric says yes or no. */
export function alertValueWords(alert: Alert, value: number, unit: Unit, format: Format): string {
  const isSample = alert.window === undefined && alert.expression === undefined;
  return (isSample ? stateWord(alert.series.metric, value) : null) ?? format.value(value, unit);
}
