import type { Route } from '../../src-main/contract/route.ts';
import type { Severity } from '../../src-main/contract/rule.ts';
import type { Entry } from './entries.ts';
import type { SettingsState } from './settings.svelte.ts';

/** A rule as far as it decides who hears of it. */
interface Told {
  /** Null for one that is new. */
  id: string | null;
  severities: readonly Severity[];
}

/** The destinations that are switched on and take alerts of such a rule; those that choose by host or tag may take them. */
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
