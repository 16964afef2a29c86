import type { Delivery, Message } from '../contract/delivery.ts';

/** A delivery that waits, with what it carries. */
export interface QueuedDelivery {
  delivery: Delivery;
  message: Message;
}

/**
 * Where deliveries wait. The row is written in the same transaction as the transition that caused it (by whoever owns
 * that transaction); the outbox only takes and marks. Every method has committed when it returns.
 */
export interface OutboxStore {
  /** The oldest queued delivery of each destination, whether it is due or not. */
  heads(): QueuedDelivery[];
  markSent(id: string, at: number, attempts: number, receipt: string): Delivery;
  markRetry(id: string, nextAt: number, attempts: number, error: string): Delivery;
  /** Given up: kept and shown, never tried again by itself. */
  markFailed(id: string, at: number, attempts: number, error: string): Delivery;
}
