import { Calendar } from '../../alerts/downtimes.ts';
import type { Alert, Transition } from '../../contract/alert.ts';
import type { Delivery, Suppression } from '../../contract/delivery.ts';
import type { Route, RouteEvent } from '../../contract/route.ts';
import type { Severity } from '../../contract/rule.ts';
import type { DestinationSettings } from '../../contract/settings.ts';
import { hostsMatcher, tagsMatcher } from '../../rules/matchers.ts';
import { ownSource } from '../own-source.ts';

/** The decision about something that is due to a destination. */
export type Decision =
  | { is: 'sent' }
  /** Until then, epoch milliseconds; then the decision is made again. */
  | { is: 'held'; until: number }
  | { is: 'suppressed'; reason: Suppression };

/** The parts of an alert that a route depends on. */
export interface Routed {
  ruleId: string;
  host: string;
  severity: Severity;
  tags: readonly string[];
}

/** Why alerts do not match a route: returns a function that names the first reason, or null for a match. */
export function misfitOf(route: Route): (alert: Routed) => Suppression | null {
  const fitsHost = hostsMatcher(route.hosts ?? []);
  const fitsTags = tagsMatcher(route.tags ?? []);
  return ({ severity, host, tags, ruleId }) => {
    if (route.severities?.includes(severity) === false) return 'severity';
    if (!fitsHost(host)) return 'host';
    if (!fitsTags(tags)) return 'tag';
    return route.rules?.includes(ruleId) === false ? 'rule' : null;
  };
}

/**
 * Decides what a destination gets of what is due. Keeps no state: `past` contains the earlier deliveries of the same
 * alert to it.
 */
export class Routing {
  readonly #name: string;
  readonly #misfit: (alert: Routed) => Suppression | null;
  readonly #events: readonly RouteEvent[] | undefined;
  readonly #quiet: Calendar;

  constructor({ name, route = {} }: Pick<DestinationSettings, 'name' | 'route'>) {
    this.#name = name;
    this.#misfit = misfitOf(route);
    this.#events = route.events;
    this.#quiet = new Calendar([], route.quietHours ?? []);
  }

  /** A drill tests the delivery itself, so it is never held or left out. */
  decide(alert: Alert, { to, announcement }: Transition, past: readonly Delivery[], now: number): Decision {
    if (alert.drill === true) return { is: 'sent' };
    if (to === 'resolved') return this.#decideRecovery(alert, past, now);
    const misfit = isAbout(this.#name, alert) ? 'about_itself' : this.#misfit(routedOf(alert));
    if (misfit !== null) return { is: 'suppressed', reason: misfit };
    const event = announcement.reason === 'reminder' ? 'reminder' : 'firing';
    if (!this.#wants(event)) return { is: 'suppressed', reason: `${event}_unwanted` };
    const until = this.quietUntil(alert.severity, now);
    if (until === null) return { is: 'sent' };
    // The next reminder comes anyway.
    return event === 'reminder' ? { is: 'suppressed', reason: 'quiet_hours' } : { is: 'held', until };
  }

  /** A recovery is sent if the firing was, or would have been if the destination did not want only recoveries. */
  #decideRecovery({ severity }: Alert, past: readonly Delivery[], now: number): Decision {
    if (!past.some(isTold)) {
      const reason = past.some(isHeldFiring) ? 'over_in_quiet_hours' : 'firing_not_sent';
      return { is: 'suppressed', reason };
    }
    if (!this.#wants('recovery')) return { is: 'suppressed', reason: 'recovery_unwanted' };
    const until = this.quietUntil(severity, now);
    return until === null ? { is: 'sent' } : { is: 'held', until };
  }

  /** When the quiet hours end that hold this severity back at `now`; null if none do. */
  quietUntil(severity: Severity, now: number): number | null {
    return this.#quiet.holdFor({ ruleId: '', host: '', source: '', severity }, now)?.until ?? null;
  }

  /** Whether firings of the alert are sent to it, apart from quiet hours. */
  takesFiring(alert: Alert): boolean {
    return this.#misfit(routedOf(alert)) === null && this.#wants('firing');
  }

  #wants(event: RouteEvent): boolean {
    return this.#events?.includes(event) ?? true;
  }
}

function routedOf({ ruleId, series, severity, tags = [] }: Alert): Routed {
  return { ruleId, host: series.host, severity, tags };
}

/** A lost destination is not told that it is lost: that would only lengthen its queue. */
function isAbout(destination: string, { series }: Alert): boolean {
  return series.source === ownSource && series.labels['destination'] === destination;
}

/** Whether its readers know that the alert fires, or want only its end. */
export function isTold({ transition, state, reason }: Delivery): boolean {
  if (transition !== 'firing' || state === 'held') return false;
  return state !== 'suppressed' || reason === 'firing_unwanted' || reason === 'told_before';
}

/** A firing that waits for the end of quiet hours. */
export function isHeldFiring({ transition, state }: Delivery): boolean {
  return transition === 'firing' && state === 'held';
}
