import { firstFree, freeId } from '../../base/free-name.ts';
import { violationMetrics } from '../../collectors/scripts/collected.ts';
import { foldedName } from '../../contract/fields.ts';
import type { Rule } from '../../contract/rule.ts';
import type { Settings } from '../../contract/settings.ts';
import type { NewScriptSource } from '../scripts/scripts.ts';

/**
 * The settings with a source that runs a script; with `checks`, also a rule that makes alerts of the violations that it
 * finds.
 */
export function withScript(settings: Settings, source: NewScriptSource, checks: boolean): object {
  const { sources, rules } = settings;
  const found = checks ? [violationsRule(source.name, rules)] : [];
  return { ...settings, sources: [...sources, source], rules: [...rules, ...found] };
}

/**
 * The rule that makes an alert of each violation that `check(metrics)` of a script finds, critical if the script says
 * so.
 */
export function violationsRule(source: string, others: readonly Rule[]): Rule {
  const ids = new Set(others.map(({ id }) => id));
  const names = new Set(others.map(({ name }) => foldedName(name)));
  return {
    id: freeId(`${source.slice(0, 48)} check`, 'check', (id) => ids.has(id)),
    name: firstFree(`Found by ${source}`.slice(0, 190), ' ', (name) => names.has(foldedName(name))),
    enabled: true,
    source,
    metric: violationMetrics.each,
    labels: { violation: '*' },
    comparison: 'greater_than',
    threshold: 0,
    criticalThreshold: 1,
    consecutiveViolations: 1,
    severity: 'warning',
    cooldownSeconds: 600,
  };
}
