import type { Series } from '../../src-main/contract/sample.ts';
import type { SettingsState } from './settings.svelte.ts';
import { subjectOf } from './words.ts';

/** What a sentence about this series is about, with what the settings know of its source. */
export function subjectOfSeries(
  { source, metric, labels }: Omit<Series, 'host'>,
  settings: SettingsState,
): string {
  const kind = settings.kindOf(source)?.kind;
  return subjectOf({ name: source, kind }, metric, labels, settings.definition(source, metric));
}
