import { m } from '../../paraglide/messages.js';
import type { App } from '../../state/app.svelte.ts';
import { entryQuery } from '../../state/entries.ts';
import type { PaletteEntry } from '../../state/palette.ts';
import { themes } from '../../state/preferences.svelte.ts';
import { ruleNameOf } from '../../state/sentences.ts';
import { kindTitle, sourceTitle } from '../../state/words.ts';
import { themeTitle } from '../settings/theme-title.ts';
import { placesOf } from './places.ts';

/** Everything that can be reached by name. */
export function paletteEntries(app: App, onhelp: () => void): PaletteEntry[] {
  const { monitor, preferences, router, settings } = app;
  const alerts = (monitor.status?.alerts ?? []).map((alert) => ({
    id: `alert ${alert.id}`,
    title: ruleNameOf(alert),
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
    run: () => router.go('sources', source.name, entryQuery(source.name)),
  }));
  const destinations = (settings.view?.settings.destinations ?? []).map((destination) => ({
    id: `destination ${destination.name}`,
    title: sourceTitle(destination.name, destination.kind),
    group: m.group_destination(),
    run: () => router.go('destinations', destination.name, entryQuery(destination.name)),
  }));
  const additions =
    settings.view?.editable !== true
      ? []
      : [
          ...(settings.kinds?.sources ?? []).map(({ kind, title }) => ({
            id: `new source ${kind}`,
            title: m.source_add_kind({ kind: kindTitle(kind, title) }),
            group: m.group_action(),
            run: () => router.go('sources', 'new', { kind }),
          })),
          ...(settings.kinds?.destinations ?? []).map(({ kind, title }) => ({
            id: `new destination ${kind}`,
            title: m.destination_add_kind({ kind: kindTitle(kind, title, 'destinations') }),
            group: m.group_action(),
            run: () => router.go('destinations', 'new', { kind }),
          })),
        ];
  const colours = themes.map((theme) => ({
    id: `theme ${theme}`,
    title: m.palette_theme({ theme: themeTitle(theme) }),
    group: m.group_action(),
    run: () => {
      preferences.theme = theme;
    },
  }));
  return [
    ...placesOf(app).map(({ view, title }) => ({
      id: `view ${view}`,
      title: title(),
      group: m.group_view(),
      run: () => router.go(view),
    })),
    ...alerts,
    ...rules,
    ...sources,
    ...destinations,
    { id: 'new rule', title: m.rule_new(), group: m.group_action(), run: () => router.go('rules', 'new') },
    {
      id: 'new downtime',
      title: m.downtime_new(),
      group: m.group_action(),
      run: () => router.go('downtimes', 'new'),
    },
    ...additions,
    ...colours,
    { id: 'help', title: m.help_title(), group: m.group_action(), run: onhelp },
  ];
}
