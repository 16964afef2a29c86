import type { Series } from '../../src-main/contract/sample.ts';
import { m } from '../paraglide/messages.js';
import { ownSource } from './settings.svelte.ts';
import type { SettingsState } from './settings.svelte.ts';
import { isState } from './state-words.ts';
import { subjectOf } from './words.ts';

/** The subject of a sentence about this series, given the settings of its source. */
export function subjectOfSeries(
  { source, metric, labels }: Omit<Series, 'host'>,
  settings: SettingsState,
  /** True if no other metric of the source is named beside it. */
  isAlone = true,
): string {
  const kind = settings.kindOf(source)?.kind;
  return subjectOf({ name: source, kind }, metric, labels, settings.definition(source, metric), isAlone);
}

/**
 * The same for a sentence about a state, which names no metric: `db is not reachable`. For Plimsoll's own metrics about
 * hosts and destinations, the subject is the host or the destination.
 */
export function subjectOfStanding(series: Omit<Series, 'host'>, settings: SettingsState): string {
  const { source, metric, labels } = series;
  if (source === ownSource && metric === 'host_up') return m.subject_host();
  const { destination } = labels;
  if (source === ownSource && destination !== undefined && isState(metric))
    return m.subject_destination({ destination });
  return subjectOfSeries({ ...series, metric: isState(metric) ? '' : metric }, settings);
}
