import type { Delivery, Message } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { ReportNote } from '../../contract/report.ts';
import type { OutboxStore, QueuedDelivery, QueuedMessage, Tally } from '../../deliveries/outbox-store.ts';
import { contextPatienceMs } from '../evidence/witness.ts';
import type { Change, KeptContext } from '../judging/track.ts';
import type { DeliveryFilter } from '../sending/deliveries.ts';
import { bodyOf } from './state-file.ts';
import type { Row, StateFile } from './state-file.ts';

/** Sent, waiting and failed deliveries, with their messages. */
export class DeliveryTables implements OutboxStore {
  readonly #file: StateFile;

  constructor(file: StateFile) {
    this.#file = file;
  }

  /** To be called within a transaction. */
  write({ deliveries, contexts }: Change): void {
    const kept = new Map<Message['measurements'], number>();
    for (const { delivery, message } of deliveries) {
      this.#file.run(
        'INSERT OR REPLACE INTO delivery (id, destination, alert_id, state, created_at, body, message) VALUES (?, ?, ?, ?, ?, ?, ?)',
        delivery.id,
        delivery.destination,
        delivery.alertId,
        delivery.state,
        delivery.createdAt,
        JSON.stringify(delivery),
        message && JSON.stringify({ ...message, measurements: this.#keptMeasurements(message, kept) }),
      );
    }
    for (const kept of contexts) this.#addContext(kept);
  }

  /**
   * Adds the circumstances to waiting deliveries; deliveries that only waited for them are due once they are complete.
   */
  #addContext({ alertId, context }: KeptContext): void {
    const { at, isComplete } = context;
    const body = JSON.stringify(context);
    this.#file.run(
      `UPDATE delivery SET message = json_set(message, '$.context', json(?1))
       WHERE alert_id = ?2 AND state IN ('queued', 'held') AND json_extract(message, '$.context.at') = ?3`,
      body,
      alertId,
      at,
    );
    if (!isComplete) return;
    this.#file.run(
      `UPDATE delivery SET body = json_set(body, '$.nextAt', created_at)
       WHERE alert_id = ?1 AND state = 'queued' AND json_extract(message, '$.context.at') = ?2
         AND json_extract(body, '$.attempts') = 0 AND json_extract(body, '$.nextAt') = created_at + ?3`,
      alertId,
      at,
      contextPatienceMs,
    );
  }

  /** A reading with a thousand series that moves a thousand alerts is written once, and its messages refer to it. */
  #keptMeasurements(
    { measurements }: Message,
    kept: Map<Message['measurements'], number>,
  ): Message['measurements'] | number {
    if (measurements.length <= fewMeasurements) return measurements;
    let id = kept.get(measurements);
    if (id === undefined) {
      id = this.#file.insert('INSERT INTO measurements (body) VALUES (?)', JSON.stringify(measurements));
      kept.set(measurements, id);
    }
    return id;
  }

  ofAlert(alertId: string): Delivery[] {
    return this.#file
      .all('SELECT body FROM delivery WHERE alert_id = ? ORDER BY created_at, id', alertId)
      .map(deliveryOf);
  }

  /** Newest first. */
  list(filter: DeliveryFilter): Delivery[] {
    const rows = this.#file.all(
      `SELECT body FROM delivery WHERE (?1 IS NULL OR destination = ?1)
         AND iif(?2 IS NULL, state <> 'suppressed', state = ?2)
       ORDER BY created_at DESC, id DESC LIMIT ?3`,
      filter.destination ?? null,
      filter.state ?? null,
      filter.limit,
    );
    return rows.map(deliveryOf);
  }

  /** The destinations with held deliveries. */
  holding(): string[] {
    return this.#file
      .all("SELECT DISTINCT destination FROM delivery WHERE state = 'held'")
      .map((row) => String(row['destination']));
  }

  /** The held deliveries of a destination, in order of creation. */
  held(destination: string): Delivery[] {
    return this.#file
      .all("SELECT body FROM delivery WHERE destination = ? AND state = 'held' ORDER BY rowid", destination)
      .map(deliveryOf);
  }

  /** The message of a waiting or held delivery; undefined if it has none any more. */
  message(id: string): Message | undefined {
    const sql = 'SELECT body, message FROM delivery WHERE id = ? AND message IS NOT NULL';
    const [queued] = this.#queued(sql, id);
    return queued !== undefined && 'message' in queued ? queued.message : undefined;
  }

  heads(): QueuedDelivery[] {
    return this.#queued(
      `SELECT body, message FROM delivery
       WHERE rowid IN (SELECT min(rowid) FROM delivery WHERE state = 'queued' GROUP BY destination)`,
    );
  }

  waiting(destination: string, messageId: string | null, atMost: number): QueuedMessage[] {
    return this.#queued(
      `SELECT body, message FROM delivery
       WHERE destination = ? AND state = 'queued' AND json_extract(body, '$.messageId') IS ?
         AND json_type(message, '$.report') IS NULL
       ORDER BY rowid LIMIT ?`,
      destination,
      messageId,
      atMost,
    ).filter((queued): queued is QueuedMessage => 'message' in queued);
  }

  /**
   * Queues a report for a destination, unless there is already a delivery with this id: it is sent once, however often
   * it was created.
   */
  putReport(delivery: Delivery, report: ReportNote): boolean {
    const written = this.#file.run(
      'INSERT OR IGNORE INTO delivery (id, destination, alert_id, state, created_at, body, message) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[delivery.id, delivery.destination, delivery.alertId, delivery.state, delivery.createdAt],
      ...[JSON.stringify(delivery), JSON.stringify({ report })],
    );
    return written > 0;
  }

  #queued(sql: string, ...values: (string | number | null)[]): QueuedDelivery[] {
    const read = new Map<number, Message['measurements']>();
    return this.#file.all(sql, ...values).map((row) => {
      const message = JSON.parse(String(row['message'])) as StoredMessage | { report: ReportNote };
      if ('report' in message) return { delivery: deliveryOf(row), report: message.report };
      return {
        delivery: deliveryOf(row),
        message: { ...message, measurements: this.#measurements(message.measurements, read) },
      };
    });
  }

  #measurements(
    stored: Message['measurements'] | number,
    read: Map<number, Message['measurements']>,
  ): Message['measurements'] {
    if (typeof stored !== 'number') return stored;
    let measurements = read.get(stored);
    if (measurements === undefined) {
      const [row] = this.#file.all('SELECT body FROM measurements WHERE id = ?', stored);
      measurements = row === undefined ? [] : (bodyOf(row) as Message['measurements']);
      read.set(stored, measurements);
    }
    return measurements;
  }

  /** Makes the waiting deliveries to a destination due now, because the reason for waiting is gone. */
  hurry(destination: string, now: number): void {
    this.#file.run(
      `UPDATE delivery SET body = json_set(body, '$.nextAt', ?) WHERE destination = ? AND state = 'queued'`,
      now,
      destination,
    );
  }

  tally(destination: string): Tally {
    const counted = this.#file.all(
      'SELECT state, count(*) AS rows FROM delivery WHERE destination = ? AND state IN (?, ?, ?) GROUP BY state',
      ...[destination, 'queued', 'held', 'failed'],
    );
    const count = (state: string) => Number(counted.find((row) => row['state'] === state)?.['rows'] ?? 0);
    const last = (state: string) => {
      const [row] = this.#file.all(
        'SELECT body FROM delivery WHERE destination = ? AND state = ? ORDER BY created_at DESC LIMIT 1',
        ...[destination, state],
      );
      return row === undefined ? null : deliveryOf(row);
    };
    return {
      waiting: count('queued'),
      held: count('held'),
      failed: count('failed'),
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
    return this.#mark(ids, { state: 'queued', attempts, nextAt, finishedAt: null, receipt: null, error });
  }

  markFailed(ids: readonly string[], at: number, attempts: number, error: string): Delivery[] {
    return this.#mark(ids, {
      ...{ state: 'failed', attempts, nextAt: null },
      ...{ finishedAt: at, receipt: null, error },
    });
  }

  /** Retries failed deliveries with all others in the same message: one delivery by its id, or all to a destination. */
  retryFailed(which: { id: string } | { destination: string }, now: number): Delivery[] {
    const named = 'id' in which ? this.#delivery(which.id) : undefined;
    if ('id' in which && named?.state !== 'failed') {
      if (named === undefined) throw new PlimsollError('not_found', `There is no delivery ${which.id}.`);
      throw new PlimsollError(
        'conflict',
        `The delivery ${which.id} was not given up: it is ${named.state}. Only what was given up is tried again by hand.`,
      );
    }
    const destination = 'destination' in which ? which.destination : (named?.destination ?? '');
    const rows = this.#file.all(
      `SELECT id FROM delivery WHERE destination = ?1 AND state = 'failed' AND message IS NOT NULL
         AND (?2 IS NULL OR id = ?2 OR json_extract(body, '$.messageId') = ?3) ORDER BY rowid`,
      destination,
      named?.id ?? null,
      named?.messageId ?? null,
    );
    const ids = rows.map((row) => String(row['id']));
    return this.#mark(ids, { state: 'queued', attempts: 0, nextAt: now, finishedAt: null });
  }

  /**
   * Removes finished deliveries that were due before then, epoch milliseconds, at most `atMost`, and readings that no
   * message refers to any more. Deliveries of an alert stay until it is over. Returns how many deliveries it removed.
   */
  forget(before: number, atMost: number): number {
    const removed = this.#file.run(
      `DELETE FROM delivery WHERE rowid IN (
         SELECT rowid FROM delivery WHERE created_at < ? AND state NOT IN ('queued', 'held')
           AND alert_id NOT IN (SELECT id FROM alert WHERE state = 'firing' OR json_extract(body, '$.recoveryOwed'))
         ORDER BY created_at LIMIT ?)`,
      before,
      atMost,
    );
    this.#file.run(
      `DELETE FROM measurements WHERE id NOT IN (
         SELECT json_extract(message, '$.measurements') FROM delivery
         WHERE message IS NOT NULL AND json_type(message, '$.measurements') = 'integer')`,
    );
    return removed;
  }

  #delivery(id: string): Delivery | undefined {
    const [row] = this.#file.all('SELECT body FROM delivery WHERE id = ?', id);
    return row && deliveryOf(row);
  }

  /** Missing ones are left out. */
  #mark(ids: readonly string[], marks: Partial<Delivery>): Delivery[] {
    const marked: Delivery[] = [];
    this.#file.transaction(() => {
      for (const id of ids) {
        const delivery = this.#delivery(id);
        if (delivery === undefined) continue;
        Object.assign(delivery, marks);
        marked.push(delivery);
        // For an alert that fires for days there would be one for each sample.
        if (delivery.transition === 'violation' && delivery.state === 'sent') {
          this.#file.run('DELETE FROM delivery WHERE id = ?', id);
          continue;
        }
        // A delivered message is not needed again; only its log is.
        this.#file.run(
          `UPDATE delivery SET state = ?1, body = ?2, message = iif(?1 = 'sent', NULL, message) WHERE id = ?3`,
          delivery.state,
          JSON.stringify(delivery),
          id,
        );
      }
    });
    return marked;
  }
}

type StoredMessage = Omit<Message, 'measurements'> & { measurements: Message['measurements'] | number };

/** Up to this many measurements are written with each message. */
const fewMeasurements = 16;

/** A delivery from before messages were combined. */
const alone = { messageId: null, together: 1 };

function deliveryOf(row: Row): Delivery {
  return { ...alone, ...(bodyOf(row) as Delivery) };
}
