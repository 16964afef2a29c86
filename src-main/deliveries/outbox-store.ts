import type { Delivery, Message } from '../contract/delivery.ts';
import type { ReportNote } from '../contract/report.ts';

/** A delivery that waits, with what it carries. */
export interface QueuedMessage {
  delivery: Delivery;
  message: Message;
}
export interface QueuedReport {
  delivery: Delivery;
  report: ReportNote;
}
export type QueuedDelivery = QueuedMessage | QueuedReport;

/** How many deliveries to one destination wait or were given up, and those that ended last. */
export interface Tally {
  waiting: number;
  /** Those that wait for the end of quiet hours. */
  held: number;
  failed: number;
  lastSent: Delivery | null;
  lastFailed: Delivery | null;
}

/**
 * Where deliveries wait. The row is written in the same transaction as the transition that caused it (by whoever owns
 * that transaction); the outbox only takes and marks. Every method has committed when it returns, all of it or nothing.
 */
export interface OutboxStore {
  /** The oldest queued delivery of each destination, whether it is due or not. */
  heads(): QueuedDelivery[];
  /** Those about alerts that are queued for a destination and go in this message (null: for which that is not settled yet), oldest first. */
  waiting(destination: string, messageId: string | null, atMost: number): QueuedMessage[];
  /** Settles that these go in one message. */
  putTogether(ids: readonly string[], messageId: string): void;
  /** Records of further violations are not kept once they are written. */
  markSent(ids: readonly string[], at: number, attempts: number, receipt: string): Delivery[];
  markRetry(ids: readonly string[], nextAt: number, attempts: number, error: string): Delivery[];
  /** Given up: kept and shown, never tried again by itself. */
  markFailed(ids: readonly string[], at: number, attempts: number, error: string): Delivery[];
  tally(destination: string): Tally;
}
