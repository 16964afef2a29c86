import { ruleOf } from '../../state/rule-fields.ts';
import type { RuleFields } from '../../state/rule-fields.ts';
import { ownSource } from '../../state/settings.svelte.ts';
import type { SettingsState } from '../../state/settings.svelte.ts';
import { ruleSentence } from '../../state/sentences.ts';
import { subjectOfSeries } from '../../state/subject.ts';
import { currentFormat, primaryMetric } from '../../state/words.ts';

/**
 * A new rule to begin with: about what the address names, otherwise about the first source. `seen` are the metrics
 * of which there are samples, by source.
 */
export function freshFields(
  settings: SettingsState,
  query: Readonly<Record<string, string>>,
  seen: (source: string) => readonly string[],
): RuleFields {
  const sources = settings.view?.settings.sources ?? [];
  const isKnown = query.source === ownSource || sources.some((other) => other.name === query.source);
  const source = isKnown ? (query.source ?? '') : (sources[0]?.name ?? ownSource);
  const metric = wantedMetric(settings, source, query.metric, seen(source));
  const { unit } = settings.definition(source, metric);
  return {
    name: '',
    enabled: true,
    source,
    metric,
    comparison: 'greater_than',
    threshold: numberOf(query.threshold) ?? (unit === 'percent' ? 80 : null),
    upperThreshold: null,
    tolerance: undefined,
    consecutiveViolations: 3,
    severity: 'warning',
    cooldownSeconds: 600,
    more: {},
  };
}

/** The metric that is wanted where the source can have it, otherwise the one that stands for the source. */
export function wantedMetric(
  settings: SettingsState,
  source: string,
  wanted: string | undefined,
  seen: readonly string[],
): string {
  const kind = settings.kindOf(source);
  const known = [...Object.keys(settings.declared(source)), ...seen];
  const isPossible = known.includes(wanted ?? '') || kind?.anyMetric === true;
  if (wanted !== undefined && wanted !== '' && isPossible) return wanted;
  return primaryMetric(kind?.kind) ?? known[0] ?? '';
}

/** A number of an address, in the metric's own unit. */
function numberOf(text: string | undefined): number | null {
  const number = text === undefined || text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(number) ? number : null;
}

/** What a rule says is a good name for it, until somebody finds a better one. */
export function suggestedName(fields: RuleFields, settings: SettingsState): string {
  const { source, metric } = fields;
  const rule = ruleOf({ ...fields, name: fields.name.trim() === '' ? metric : fields.name });
  if (rule === null || metric.trim() === '') return '';
  const subject = subjectOfSeries({ source, metric, labels: {} }, settings);
  const { unit } = settings.definition(source, metric);
  const { comparison, threshold, upperThreshold, window, expression, forecast, baseline } = rule;
  const line = { comparison, threshold, upperThreshold, baseline };
  const once = { ...line, window, expression, forecast, consecutiveViolations: 1 };
  // Names are kept as they are typed: a space is a space there.
  return ruleSentence(once, subject, unit, currentFormat()).replaceAll('\u00a0', ' ').slice(0, 200);
}

/** A rule's limit in words, such as `80 %`; empty while there is none. */
export function limitOf({ source, metric, threshold }: RuleFields, settings: SettingsState): string {
  if (threshold === null) return '';
  return currentFormat().limit(threshold, settings.definition(source, metric).unit);
}
