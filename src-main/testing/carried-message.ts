import type { Message } from '../contract/delivery.ts';
import type { QueuedDelivery } from '../deliveries/outbox-store.ts';

/** The message that a delivery carries, in a test in which it is about an alert. */
export function carriedMessage(queued: QueuedDelivery | undefined): Message {
  if (queued === undefined || !('message' in queued)) throw new Error('no message about an alert is queued');
  return queued.message;
}
