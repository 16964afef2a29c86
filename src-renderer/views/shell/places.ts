import Bell from '@lucide/svelte/icons/bell';
import ChartSpline from '@lucide/svelte/icons/chart-spline';
import CalendarOff from '@lucide/svelte/icons/calendar-off';
import FileChartColumn from '@lucide/svelte/icons/file-chart-column';
import Gauge from '@lucide/svelte/icons/gauge';
import Radar from '@lucide/svelte/icons/radar';
import Ruler from '@lucide/svelte/icons/ruler';
import Server from '@lucide/svelte/icons/server';
import Send from '@lucide/svelte/icons/send';
import SlidersHorizontal from '@lucide/svelte/icons/sliders-horizontal';
import { m } from '../../paraglide/messages.js';
import type { App } from '../../state/app.svelte.ts';
import type { ViewName } from '../../state/route.ts';

export interface Place {
  view: ViewName;
  title: () => string;
  icon: typeof Gauge;
  letter: string;
  /** Not for every day: on a phone it stands behind “More”. */
  seldom?: true;
  /** Whether it has a place at all; without it, always. */
  isThere?: (app: App) => boolean;
}

const all: readonly Place[] = [
  { view: 'overview', title: m.view_overview, icon: Gauge, letter: 'o' },
  { view: 'alerts', title: m.view_alerts, icon: Bell, letter: 'a' },
  { view: 'explore', title: m.view_explore, icon: ChartSpline, letter: 'e' },
  { view: 'rules', title: m.view_rules, icon: Ruler, letter: 'r' },
  { view: 'sources', title: m.view_sources, icon: Radar, letter: 'u', seldom: true },
  { view: 'destinations', title: m.view_destinations, icon: Send, letter: 'd', seldom: true },
  {
    view: 'hosts',
    title: m.view_hosts,
    icon: Server,
    letter: 'h',
    seldom: true,
    // It can be reached by its address, and by what tells how a hub begins.
    isThere: ({ fleet, router }) => fleet.isThere || router.route.view === 'hosts',
  },
  { view: 'downtimes', title: m.view_downtimes, icon: CalendarOff, letter: 't', seldom: true },
  { view: 'reports', title: m.view_reports, icon: FileChartColumn, letter: 'p', seldom: true },
  { view: 'settings', title: m.view_settings, icon: SlidersHorizontal, letter: 's', seldom: true },
];

/** The views with their names, their icons and the letter that follows `g`. */
export function placesOf(app: App): readonly Place[] {
  return all.filter(({ isThere }) => isThere?.(app) ?? true);
}
