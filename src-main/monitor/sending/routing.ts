import { Calendar } from '../../alerts/downtimes.ts';
import type { Alert, Transition } from '../../contract/alert.ts';
import type { Delivery, Suppression } from '../../contract/delivery.ts';
import type { Route, RouteEvent } from '../../contract/route.ts';
import type { Severity } from '../../contract/rule.ts';
import type { DestinationSettings } from '../../contract/settings.ts';
import { hostsMatcher, tagsMatcher } from '../../rules/matchers.ts';
import { ownSource } from '../own-source.ts';

/** What becomes of something that is due to a destination. */
export type Decision =
  | { is: 'sent' }
  /** Until then, epoch milliseconds; then it is looked at anew. */
  | { is: 'held'; until: number }
  | { is: 'suppressed'; reason: Suppression };

/** What of an alert a route looks at. */
export interface Routed {
  ruleId: string;
  host: string;
  severity: Severity;
  tags: readonly string[];
}

/** Why alerts do not fit a route: a function that names the first reason, null where they fit. */
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

/** Which of what is due to a destination goes there. It remembers nothing: `past` is what became of the same alert there. */
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

  /** A drill tries the way itself, and goes it. */
  decide(alert: Alert, { to, announcement }: Transition, past: readonly Delivery[], now: number): Decision {
    if (alert.drill === true) return { is: 'sent' };
    if (to === 'resolved') return this.#decideRecovery(alert, past, now);
    const misfit = isAbout(this.#name, alert) ? 'about_itself' : this.#misfit(routedOf(alert));
    if (misfit !== null) return { is: 'suppressed', reason: misfit };
    const event = announcement.reason === 'reminder' ? 'reminder' : 'firing';
    if (!this.#wants(event)) return { is: 'suppressed', reason: `${event}_unwanted` };
    const until = this.quietUntil(alert.severity, now);
    if (until === null) return { is: 'sent' };
    // The next reminder comes by itself.
    return event === 'reminder' ? { is: 'suppressed', reason: 'quiet_hours' } : { is: 'held', until };
  }

  /** A recovery is told where the firing was, or would have been did not the destination want to hear of recoveries alone. */
  #decideRecovery({ severity }: Alert, past: readonly Delivery[], now: number): Decision {
    if (!past.some(isTold)) {
      const reason = past.some(isHeldFiring) ? 'over_in_quiet_hours' : 'firing_not_sent';
      return { is: 'suppressed', reason };
    }
    if (!this.#wants('recovery')) return { is: 'suppressed', reason: 'recovery_unwanted' };
    const until = this.quietUntil(severity, now);
    return until === null ? { is: 'sent' } : { is: 'held', until };
  }

  /** When the quiet hours end that hold what is so bad at `now`; null while nothing does. */
  quietUntil(severity: Severity, now: number): number | null {
    return this.#quiet.holdFor({ ruleId: '', host: '', source: '', severity }, now)?.until ?? null;
  }

  /** Whether firings of the alert go there, quiet hours aside. */
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

/** A destination that is not reached is not told so: what nobody gets would only make its queue longer. */
function isAbout(destination: string, { series }: Alert): boolean {
  return series.source === ownSource && series.labels['destination'] === destination;
}

/** Whether whoever reads there knows that the alert fires, or wanted to hear of its end alone. */
export function isTold({ transition, state, reason }: Delivery): boolean {
  if (transition !== 'firing' || state === 'held') return false;
  return state !== 'suppressed' || reason === 'firing_unwanted' || reason === 'told_before';
}

/** A firing that waits for the end of quiet hours. */
export function isHeldFiring({ transition, state }: Delivery): boolean {
  return transition === 'firing' && state === 'held';
}
