import type { Delivery } from '../contract/delivery.ts';
import type { Change, Track } from '../monitor/judging/track.ts';
import { freshState } from '../rules/state.ts';
import { exampleMessage } from './example-message.ts';

const message = exampleMessage();

const track: Track = {
  ruleId: 'cpu-high',
  series: message.alert.series,
  state: { ...freshState(), phase: 'pending', violations: 1, heldMs: 0, since: 5 },
  alertId: null,
  lastAnnouncedAt: null,
};

/** A delivery about the alert of `exampleMessage` that waits. */
export function exampleDelivery(id: string, destination: string): Delivery {
  return {
    id,
    destination,
    alertId: message.alert.id,
    transition: 'firing',
    state: 'queued',
    attempts: 0,
    createdAt: 1000,
    nextAt: 1000,
    finishedAt: null,
    receipt: null,
    error: null,
    messageId: null,
    together: 1,
  };
}

/** The alert of `exampleMessage` fires, and is told to `exports` (deliveries d1 and d3) and to `mail` (d2). */
export function exampleChange(): Change {
  return {
    tracks: [track],
    forgottenTracks: [],
    alerts: [message.alert],
    transitions: [message.transition],
    deliveries: ['d1', 'd2', 'd3'].map((id) => ({
      delivery: exampleDelivery(id, id === 'd2' ? 'mail' : 'exports'),
      message: { ...message, id },
    })),
    contexts: [],
  };
}
