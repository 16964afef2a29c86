import type { Series } from '../../src-main/contract/sample.ts';
import { m } from '../paraglide/messages.js';
import { ownSource } from './settings.svelte.ts';
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

/**
 * The same for a sentence that says how it stands: `db is not reachable` names no metric besides. Of what Plimsoll says of hosts and
 * destinations it is those.
 */
export function subjectOfStanding(series: Omit<Series, 'host'>, settings: SettingsState): string {
  const { source, metric, labels } = series;
  if (source === ownSource && metric === 'host_up') return m.subject_host();
  const { destination } = labels;
  if (source === ownSource && destination !== undefined && isState(metric))
    return m.subject_destination({ destination });
  return subjectOfSeries({ ...series, metric: isState(metric) ? '' : metric }, settings);
}
