import type { AlertContext } from '../../contract/alert-context.ts';
import type { Flaps } from '../../alerts/flapping.ts';
import type { Alert, Transition } from '../../contract/alert.ts';
import type { Series } from '../../contract/sample.ts';
import { labelsKey } from '../../contract/series-key.ts';
import type { Delivery, Message } from '../../contract/delivery.ts';
import type { RuleState } from '../../rules/state.ts';

/** One rule on one host and one set of labels: the state that is kept between samples and over restarts. */
export interface Track {
  ruleId: string;
  series: Series;
  state: RuleState;
  /** The firing alert; null if there is none. */
  alertId: string | null;
  /** When it last announced, on the steady clock (`Moment.steady`); null if it never did. */
  lastAnnouncedAt: number | null;
  /** How often it fired recently; absent if it has not, and in data of older versions. */
  flaps?: Flaps;
}

/** A text that is equal for two tracks exactly if rule, host and labels are equal. */
export function trackKey({ ruleId, series }: Pick<Track, 'ruleId' | 'series'>): string {
  return JSON.stringify([ruleId, series.host, labelsKey(series.labels)]);
}

/** The circumstances of an alert, identified by the time of the transition; a later one replaces an earlier. */
export interface KeptContext {
  alertId: string;
  context: AlertContext;
}

/** A delivery to be written, replacing one with the same id; it may have no content. */
export interface WrittenDelivery {
  delivery: Delivery;
  message: Message | null;
}

/** Everything that one reading, or one change of settings, changes. Committed completely or not at all. */
export interface Change {
  tracks: Track[];
  forgottenTracks: Track[];
  alerts: Alert[];
  transitions: Transition[];
  deliveries: WrittenDelivery[];
  contexts: KeptContext[];
}

export const noChange: Readonly<Change> = {
  tracks: [],
  forgottenTracks: [],
  alerts: [],
  transitions: [],
  deliveries: [],
  contexts: [],
};

/**
 * Joins two changes. Of each track and alert the later state counts, so that a disk that refuses writes for days does
 * not let this grow beyond the current state; transitions and deliveries add up.
 */
export function merged(earlier: Change, later: Change): Change {
  const tracks = new Map([...earlier.tracks, ...later.tracks].map((track) => [trackKey(track), track]));
  const forgotten = new Map(earlier.forgottenTracks.map((track) => [trackKey(track), track]));
  for (const track of later.tracks) forgotten.delete(trackKey(track));
  for (const track of later.forgottenTracks) {
    tracks.delete(trackKey(track));
    forgotten.set(trackKey(track), track);
  }
  const alerts = new Map([...earlier.alerts, ...later.alerts].map((alert) => [alert.id, alert]));
  const contexts = new Map(
    [...earlier.contexts, ...later.contexts].map((kept) => [`${kept.alertId} ${kept.context.at}`, kept]),
  );
  const deliveries = new Map(
    [...earlier.deliveries, ...later.deliveries].map((written) => [written.delivery.id, written]),
  );
  return {
    tracks: [...tracks.values()],
    forgottenTracks: [...forgotten.values()],
    alerts: [...alerts.values()],
    transitions: [...earlier.transitions, ...later.transitions],
    deliveries: [...deliveries.values()],
    contexts: [...contexts.values()],
  };
}

export function isEmpty(change: Change): boolean {
  const { tracks, forgottenTracks, alerts, transitions, deliveries, contexts } = change;
  return (
    tracks.length + forgottenTracks.length + alerts.length === 0 &&
    transitions.length + deliveries.length + contexts.length === 0
  );
}
