import type { Delivery, Message } from '../contract/delivery.ts';
import type { ReportNote } from '../contract/report.ts';

/** A waiting delivery with its message. */
export interface QueuedMessage {
  delivery: Delivery;
  message: Message;
}
export interface QueuedReport {
  delivery: Delivery;
  report: ReportNote;
}
export type QueuedDelivery = QueuedMessage | QueuedReport;

/** How many deliveries to one destination wait or failed, and the latest finished ones. */
export interface Tally {
  waiting: number;
  /** Those that wait for the end of quiet hours. */
  held: number;
  failed: number;
  lastSent: Delivery | null;
  lastFailed: Delivery | null;
}

/**
 * Where deliveries wait. The row is written in the same transaction as the transition that caused it (by the owner of
 * that transaction); the outbox only reads and marks. Every method has committed all or nothing when it returns.
 */
export interface OutboxStore {
  /** The oldest queued delivery of each destination, due or not. */
  heads(): QueuedDelivery[];
  /** The alert deliveries queued for a destination that belong to this message (null: to none yet), oldest first. */
  waiting(destination: string, messageId: string | null, atMost: number): QueuedMessage[];
  /** Assigns these deliveries to one message. */
  putTogether(ids: readonly string[], messageId: string): void;
  /** Records of further violations are not kept once they are written. */
  markSent(ids: readonly string[], at: number, attempts: number, receipt: string): Delivery[];
  markRetry(ids: readonly string[], nextAt: number, attempts: number, error: string): Delivery[];
  /** Gives up these deliveries: they are kept and shown, but never retried automatically. */
  markFailed(ids: readonly string[], at: number, attempts: number, error: string): Delivery[];
  tally(destination: string): Tally;
}
