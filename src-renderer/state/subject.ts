import type { Series } from '../../src-main/contract/sample.ts';
import type { SettingsState } from './settings.svelte.ts';
import { isState } from './state-words.ts';
import { subjectOf } from './words.ts';

/** What a sentence about this series is about, with what the settings know of its source. */
export function subjectOfSeries(
  { source, metric, labels }: Omit<Series, 'host'>,
  settings: SettingsState,
  /** No other metric of the source is spoken of beside it. */
  isAlone = true,
): string {
  const kind = settings.kindOf(source)?.kind;
  return subjectOf({ name: source, kind }, metric, labels, settings.definition(source, metric), isAlone);
}

/** The same for a sentence that says how it stands: `db is not reachable` names no metric besides. */
export function subjectOfStanding(series: Omit<Series, 'host'>, settings: SettingsState): string {
  const { metric } = series;
  return subjectOfSeries({ ...series, metric: isState(metric) ? '' : metric }, settings);
}
