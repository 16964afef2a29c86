import type { Delivery } from '../contract/delivery.ts';
import type { ReportNote } from '../contract/report.ts';
import type { OutboxStore, QueuedDelivery, QueuedMessage, Tally } from '../deliveries/outbox-store.ts';
import { exampleMessage } from './example-message.ts';

/** An outbox store that forgets everything at the end of the test, and fails when told to. */
export class MemoryOutboxStore implements OutboxStore {
  readonly rows = new Map<string, QueuedDelivery>();
  /** While set, nothing can be marked. */
  markProblem: Error | null = null;

  /** Queues a delivery as a transition would; its message has the same id. */
  add(destination: string, id: string, createdAt: number): void {
    const delivery: Delivery = {
      id,
      destination,
      alertId: 'alert-1',
      transition: 'firing',
      state: 'queued',
      attempts: 0,
      createdAt,
      nextAt: createdAt,
      finishedAt: null,
      receipt: null,
      error: null,
      messageId: null,
      together: 1,
    };
    this.rows.set(id, { delivery, message: exampleMessage({ id, transition: { at: createdAt } }) });
  }

  /** Queues a report. */
  addReport(destination: string, id: string, createdAt: number, report: ReportNote): void {
    this.add(destination, id, createdAt);
    const delivery: Delivery = { ...this.get(id), alertId: report.report, transition: 'report' };
    this.rows.set(id, { delivery, report });
  }

  get(id: string): Delivery {
    const row = this.rows.get(id);
    if (row === undefined) throw new Error(`there is no delivery ${id}`);
    return row.delivery;
  }

  /** How many deliveries are in each state that the outbox knows. */
  books(): { sent: number; failed: number; queued: number } {
    const books = { sent: 0, failed: 0, queued: 0 };
    for (const { delivery } of this.rows.values())
      if (delivery.state in books) books[delivery.state as keyof typeof books]++;
    return books;
  }

  heads(): QueuedDelivery[] {
    const heads = new Map<string, QueuedDelivery>();
    for (const row of this.rows.values()) {
      const { destination, state } = row.delivery;
      if (state === 'queued' && !heads.has(destination)) heads.set(destination, row);
    }
    return [...heads.values()];
  }

  waiting(destination: string, messageId: string | null, atMost: number): QueuedMessage[] {
    return this.#of(destination, 'queued')
      .filter((row): row is QueuedMessage => 'message' in row)
      .filter(({ delivery }) => delivery.messageId === messageId)
      .slice(0, atMost);
  }

  tally(destination: string): Tally {
    const last = (state: Delivery['state']) => this.#of(destination, state).at(-1)?.delivery ?? null;
    return {
      waiting: this.#of(destination, 'queued').length,
      held: this.#of(destination, 'held').length,
      failed: this.#of(destination, 'failed').length,
      lastSent: last('sent'),
      lastFailed: last('failed'),
    };
  }

  putTogether(ids: readonly string[], messageId: string): void {
    this.#mark(ids, { messageId, together: ids.length });
  }

  markSent(ids: readonly string[], at: number, attempts: number, receipt: string): Delivery[] {
    return this.#mark(ids, { state: 'sent', attempts, nextAt: null, finishedAt: at, receipt, error: null });
  }

  markRetry(ids: readonly string[], nextAt: number, attempts: number, error: string): Delivery[] {
    return this.#mark(ids, { nextAt, attempts, error });
  }

  markFailed(ids: readonly string[], at: number, attempts: number, error: string): Delivery[] {
    return this.#mark(ids, { state: 'failed', attempts, nextAt: null, finishedAt: at, error });
  }

  #of(destination: string, state: Delivery['state']): QueuedDelivery[] {
    return [...this.rows.values()].filter(
      ({ delivery }) => delivery.destination === destination && delivery.state === state,
    );
  }

  #mark(ids: readonly string[], marks: Partial<Delivery>): Delivery[] {
    if (this.markProblem !== null) throw this.markProblem;
    return ids.map((id) => {
      const row = this.rows.get(id);
      if (row?.delivery.state !== 'queued') throw new Error(`${id} is not queued`);
      row.delivery = { ...row.delivery, ...marks };
      return row.delivery;
    });
  }
}
