import type { Route } from '../../src-main/contract/route.ts';
import type { Severity } from '../../src-main/contract/rule.ts';
import type { Entry } from './entries.ts';
import type { SettingsState } from './settings.svelte.ts';

/** The fields of a rule that decide where its alerts go. */
interface Told {
  /** Null for a new rule. */
  id: string | null;
  severities: readonly Severity[];
}

/** Enabled destinations that receive alerts of this rule. Those that select by host or tag are included, because they may. */
export function toldBy(rule: Told, settings: SettingsState): Entry[] {
  const takesAlerts = new Set(
    (settings.kinds?.destinations ?? []).filter(({ takes }) => takes === 'alerts').map(({ kind }) => kind),
  );
  const destinations: readonly Entry[] = settings.view?.settings.destinations ?? [];
  return destinations.filter(({ enabled, kind, route }) => {
    const { severities, rules } = (route ?? {}) as Route;
    if (!enabled || !takesAlerts.has(kind)) return false;
    if (rules !== undefined && (rule.id === null || !rules.includes(rule.id))) return false;
    return severities === undefined || rule.severities.some((severity) => severities.includes(severity));
  });
}
