import type { RuleFields } from '../../state/rule-fields.ts';
import type { SettingsState } from '../../state/settings.svelte.ts';
import { ruleSentence } from '../../state/sentences.ts';
import { subjectOfSeries } from '../../state/subject.ts';
import { currentFormat, primaryMetric } from '../../state/words.ts';

/** A new rule to begin with: about what the address names, otherwise about the first source. */
export function freshFields(settings: SettingsState, query: Readonly<Record<string, string>>): RuleFields {
  const sources = settings.view?.settings.sources ?? [];
  const source = sources.find((other) => other.name === query.source) ?? sources[0];
  const metrics = Object.keys(settings.kindOf(source?.name ?? '')?.metrics ?? {});
  const metric =
    metrics.find((name) => name === query.metric) ?? primaryMetric(source?.kind) ?? metrics[0] ?? '';
  const definition = settings.definition(source?.name ?? '', metric);
  return {
    name: '',
    enabled: true,
    source: source?.name ?? '',
    metric,
    comparison: 'greater_than',
    threshold: definition.unit === 'percent' ? 80 : null,
    tolerance: null,
    consecutiveViolations: 3,
    severity: 'warning',
    cooldownMinutes: 10,
  };
}

/** What a rule says is a good name for it, until somebody finds a better one. */
export function suggestedName(fields: RuleFields, settings: SettingsState): string {
  const { source, metric, comparison, threshold, severity } = fields;
  if (threshold === null) return '';
  const subject = subjectOfSeries({ source, metric, labels: {} }, settings);
  const { unit } = settings.definition(source, metric);
  const once = { comparison, threshold, severity, consecutiveViolations: 1 };
  // Names are kept as they are typed: a space is a space there.
  return ruleSentence(once, subject, unit, currentFormat()).replaceAll('\u00a0', ' ').slice(0, 200);
}
