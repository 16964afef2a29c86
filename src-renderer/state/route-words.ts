import type { Route, RouteEvent } from '../../src-main/contract/route.ts';
import { m } from '../paraglide/messages.js';

/** A route as text: `Critical alerts on db-*, and when they are over.` `events` are those that can reach the destination at all. */
export function routeWords(
  route: Route,
  events: readonly RouteEvent[],
  nameOfRule: (id: string) => string,
): string {
  const { severities, hosts, tags, rules, quietHours = [] } = route;
  const [only, other] = severities ?? [];
  const which =
    only === undefined || other !== undefined
      ? m.route_all()
      : only === 'critical'
        ? m.route_critical()
        : m.route_warning();
  const named = [
    hosts === undefined ? '' : m.route_hosts({ names: hosts.join(', ') }),
    tags === undefined ? '' : m.route_tags({ names: tags.join(', ') }),
    rules === undefined ? '' : m.route_rules({ names: rules.map(nameOfRule).join(', ') }),
  ].join('');
  const moves = movesWords(events.filter((event) => route.events?.includes(event) ?? true));
  const times = quietHours.map(({ start, end }) => `${start}–${end}`).join(', ');
  return [`${which}${named}${moves}.`, ...(times === '' ? [] : [m.route_quiet({ times })])].join(' ');
}

function movesWords(events: readonly RouteEvent[]): string {
  const [firing, recovery, reminder] = (['firing', 'recovery', 'reminder'] as const).map((event) =>
    events.includes(event),
  );
  if (firing === true) {
    if (recovery === true) return reminder === true ? m.route_moves_all() : m.route_moves_no_reminder();
    return reminder === true ? m.route_moves_no_recovery() : m.route_moves_firing();
  }
  if (recovery === true) return reminder === true ? m.route_moves_no_firing() : m.route_moves_recovery();
  return m.route_moves_reminder();
}

/** Events that a destination can receive: kinds that keep evidence get no reminders, and an option may exclude recoveries. */
export function possibleEvents(schema: Readonly<Record<string, unknown>>, onResolve: unknown): RouteEvent[] {
  const text = JSON.stringify(schema['properties'] ?? {});
  const { route = {}, onResolve: option } = JSON.parse(text) as {
    route?: { properties?: { events?: { items?: { enum?: RouteEvent[] } } } };
    onResolve?: { default?: boolean };
  };
  const all = route.properties?.events?.items?.enum ?? [];
  const tellsOver = (onResolve ?? option?.default ?? true) !== false;
  return all.filter((event) => tellsOver || event !== 'recovery');
}
