import { m } from '../../paraglide/messages.js';
import type { App } from '../../state/app.svelte.ts';
import type { PaletteEntry } from '../../state/palette.ts';
import { themes } from '../../state/preferences.svelte.ts';
import { sourceTitle } from '../../state/words.ts';
import { themeTitle } from '../settings/theme-title.ts';
import { places } from './places.ts';

/** Everything that can be reached by name. */
export function paletteEntries(app: App, onhelp: () => void): PaletteEntry[] {
  const { monitor, preferences, router, settings } = app;
  const alerts = (monitor.status?.alerts ?? []).map((alert) => ({
    id: `alert ${alert.id}`,
    title: alert.ruleName,
    group: m.group_alert(),
    run: () => router.go('alerts', alert.id),
  }));
  const rules = settings.rules.map((rule) => ({
    id: `rule ${rule.id}`,
    title: rule.name,
    group: m.group_rule(),
    run: () => router.go('rules', rule.id),
  }));
  const sources = (settings.view?.settings.sources ?? []).map((source) => ({
    id: `source ${source.name}`,
    title: sourceTitle(source.name, source.kind),
    group: m.group_source(),
    run: () => router.go('settings', 'sources'),
  }));
  const colours = themes.map((theme) => ({
    id: `theme ${theme}`,
    title: m.palette_theme({ theme: themeTitle(theme) }),
    group: m.group_action(),
    run: () => {
      preferences.theme = theme;
    },
  }));
  return [
    ...places.map(({ view, title }) => ({
      id: `view ${view}`,
      title: title(),
      group: m.group_view(),
      run: () => router.go(view),
    })),
    ...alerts,
    ...rules,
    ...sources,
    { id: 'new rule', title: m.rule_new(), group: m.group_action(), run: () => router.go('rules', 'new') },
    ...colours,
    { id: 'help', title: m.help_title(), group: m.group_action(), run: onhelp },
  ];
}
