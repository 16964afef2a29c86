import type { Alert } from '../../src-main/contract/alert.ts';
import type { Sample } from '../../src-main/contract/sample.ts';
import { seriesKey } from '../../src-main/contract/series-key.ts';

/** The value that an alert is about, as it is now; null where none is known. What a rule makes of samples only its alert knows. */
export function currentValue(alert: Alert, latest: ReadonlyMap<string, Sample>): number | null {
  const { cause, window, expression, forecast } = alert;
  const isSample = [cause, window, expression, forecast].every((part) => part === undefined);
  return (isSample ? latest.get(seriesKey(alert.series))?.value : undefined) ?? alert.lastValue;
}
