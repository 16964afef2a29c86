import type { AlertContext } from '../../contract/alert-context.ts';
import type { Alert, Transition } from '../../contract/alert.ts';
import type { Delivery, Message } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { OutboxStore, QueuedDelivery, QueuedMessage, Tally } from '../../deliveries/outbox-store.ts';
import { revived } from '../../rules/state.ts';
import type { ReportNote } from '../../contract/report.ts';
import type { AccessStore, TokenView } from './access-store.ts';
import { alertStatement, searchedText } from './alert-search.ts';
import type { DowntimeRow, DowntimeStore } from '../judging/downtimes.ts';
import type { HostRow, HostStore, SharedStore, Untold } from './host-store.ts';
import type { DeliveryFilter } from '../monitor-api.ts';
import type { AlertFilter } from '../records/alerts-api.ts';
import type { Routed } from '../sending/routing.ts';
import { StateFile } from './state-file.ts';
import type { Row } from './state-file.ts';
import { trackKey } from '../judging/track.ts';
import type { Change, KeptContext, Track } from '../judging/track.ts';
import { contextPatienceMs } from '../evidence/witness.ts';

const openAlerts =
  "SELECT body FROM alert WHERE state = 'firing' OR json_extract(body, '$.recoveryOwed') ORDER BY fired_at";

/** Opens what `directory` remembers and takes the lock on it; throws what `StateFile.open` throws. */
export function openState(directory: string): State {
  return new State(StateFile.open(directory));
}

/** What survives a restart: rule state, alerts, deliveries on their way, hosts, sessions and tokens. */
export class State implements OutboxStore, AccessStore, DowntimeStore, HostStore, SharedStore {
  readonly #file: StateFile;

  constructor(file: StateFile) {
    this.#file = file;
  }

  /** What an owner should know about the start; null when nothing is amiss. */
  get notice(): string | null {
    return this.#file.notice;
  }

  close(): void {
    this.#file.close();
  }

  // --- rules and alerts ---

  tracks(): Track[] {
    const tracks = this.#file.all('SELECT body FROM track').map(bodyOf) as Track[];
    return tracks.map((track) => ({ ...track, state: revived(track.state) }));
  }

  /** Writes all of it, or throws and writes nothing. */
  commit(change: Change): void {
    this.#file.transaction(() => this.#write(change));
  }

  #write(change: Change): void {
    for (const track of change.tracks) {
      this.#file.run(
        'INSERT OR REPLACE INTO track (key, body) VALUES (?, ?)',
        trackKey(track),
        JSON.stringify(track),
      );
    }
    for (const track of change.forgottenTracks)
      this.#file.run('DELETE FROM track WHERE key = ?', trackKey(track));
    for (const alert of change.alerts) {
      this.#file.run(
        `INSERT OR REPLACE INTO alert (id, rule_id, state, fired_at, body, severity, source, host, search)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        alert.id,
        alert.ruleId,
        alert.state,
        alert.firedAt,
        JSON.stringify(alert),
        alert.severity,
        alert.series.source,
        alert.series.host,
        searchedText(alert),
      );
    }
    for (const transition of change.transitions) {
      this.#file.run(
        'INSERT INTO transition (alert_id, body) VALUES (?, ?)',
        transition.alertId,
        JSON.stringify(transition),
      );
    }
    const kept = new Map<Message['measurements'], number>();
    for (const { delivery, message } of change.deliveries) {
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
    for (const kept of change.contexts) this.#writeContext(kept);
  }

  /** What waits to be delivered takes it along; what waited for it alone waits no longer once it is complete. */
  #writeContext({ alertId, context }: KeptContext): void {
    const { at, isComplete } = context;
    const body = JSON.stringify(context);
    this.#file.run(
      'INSERT OR REPLACE INTO alert_context (alert_id, at, body) VALUES (?, ?, ?)',
      alertId,
      at,
      body,
    );
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

  /** What was going on when it fired and whenever it became critical, oldest first. */
  contexts(alertId: string): AlertContext[] {
    return this.#file
      .all('SELECT body FROM alert_context WHERE alert_id = ? ORDER BY at', alertId)
      .map(bodyOf) as AlertContext[];
  }

  /** A reading of a thousand series that moves a thousand alerts is written once, and its messages refer to it. */
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

  /** Alerts that are firing, and those whose recovery is owed; fire drills are neither. */
  openAlerts(): Alert[] {
    return this.#file
      .all(openAlerts)
      .map(bodyOf)
      .filter((alert) => (alert as Alert).drill !== true) as Alert[];
  }

  /** Forgets what is going on of these hosts, which another hub goes on with. What is over stays. */
  leave(isLeft: (host: string) => boolean): void {
    this.#file.transaction(() => {
      for (const track of this.tracks())
        if (isLeft(track.series.host)) this.#file.run('DELETE FROM track WHERE key = ?', trackKey(track));
      for (const row of this.#file.all('SELECT DISTINCT host FROM alert')) {
        const host = String(row['host']);
        if (!isLeft(host)) continue;
        this.#file.run(
          `DELETE FROM delivery WHERE state IN ('queued', 'held') AND alert_id IN (SELECT id FROM alert WHERE host = ?)`,
          host,
        );
        this.#file.run(
          `DELETE FROM alert WHERE host = ? AND (state = 'firing' OR json_extract(body, '$.recoveryOwed'))`,
          host,
        );
      }
    });
  }

  /** Fire drills that were not ended. */
  openDrills(): Alert[] {
    const open = this.#file.all(openAlerts).map(bodyOf) as Alert[];
    return open.filter(({ drill, state }) => drill === true && state === 'firing');
  }

  /** Until when nothing is announced, epoch milliseconds; null when no pause was asked for. */
  get pausedUntil(): number | null {
    const [row] = this.#file.all("SELECT value FROM fact WHERE name = 'paused-until'");
    return row === undefined ? null : Number(row['value']);
  }

  set pausedUntil(until: number | null) {
    if (until === null) this.#file.run("DELETE FROM fact WHERE name = 'paused-until'");
    else
      this.#file.run("INSERT OR REPLACE INTO fact (name, value) VALUES ('paused-until', ?)", String(until));
  }

  /** How long each heartbeat had been waited for when that was last remembered, in milliseconds by source. */
  get heartbeatAges(): Record<string, number> {
    const [row] = this.#file.all(
      "SELECT value FROM fact WHERE name = 'heartbeat-ages' AND json_valid(value)",
    );
    return row === undefined ? {} : (JSON.parse(String(row['value'])) as Record<string, number>);
  }

  set heartbeatAges(ages: Record<string, number>) {
    this.#file.run(
      "INSERT OR REPLACE INTO fact (name, value) VALUES ('heartbeat-ages', ?)",
      JSON.stringify(ages),
    );
  }

  /** Newest first. */
  alerts(filter: AlertFilter): Alert[] {
    const { sql, values } = alertStatement(filter);
    return this.#file.all(sql, ...values).map(bodyOf) as Alert[];
  }

  /** How many alerts fired from then on that are alike for a route, drills apart; `announced` counts those that were. */
  routedSince(from: number): (Routed & { alerts: number; announced: number })[] {
    const rows = this.#file.all(
      `SELECT severity, rule_id, host, body ->> '$.tags' AS tags, count(*) AS alerts, total(body ->> '$.announced') AS announced
       FROM alert WHERE fired_at >= ? AND body ->> '$.drill' IS NULL AND json_valid(body) GROUP BY 1, 2, 3, 4`,
      from,
    );
    return rows.map((row) => ({
      severity: row['severity'] === 'critical' ? 'critical' : 'warning',
      ruleId: String(row['rule_id']),
      host: String(row['host']),
      tags: typeof row['tags'] === 'string' ? (JSON.parse(row['tags']) as string[]) : [],
      alerts: Number(row['alerts']),
      announced: Number(row['announced']),
    }));
  }

  alert(id: string): Alert | undefined {
    const [row] = this.#file.all('SELECT body FROM alert WHERE id = ?', id);
    return row && (bodyOf(row) as Alert);
  }

  transitions(alertId: string): Transition[] {
    return this.#file
      .all('SELECT body FROM transition WHERE alert_id = ? ORDER BY id', alertId)
      .map(bodyOf) as Transition[];
  }

  // --- downtimes ---

  downtimes(): DowntimeRow[] {
    return this.#file
      .all('SELECT body FROM downtime WHERE json_valid(body) ORDER BY rowid')
      .map(bodyOf) as DowntimeRow[];
  }

  putDowntime(row: DowntimeRow): void {
    this.#file.run('INSERT OR REPLACE INTO downtime (id, body) VALUES (?, ?)', row.id, JSON.stringify(row));
  }

  removeDowntime(id: string): void {
    this.#file.run('DELETE FROM downtime WHERE id = ?', id);
  }

  // --- deliveries ---

  deliveriesOf(alertId: string): Delivery[] {
    return this.#file
      .all('SELECT body FROM delivery WHERE alert_id = ? ORDER BY created_at, id', alertId)
      .map(deliveryOf);
  }

  /** Newest first. */
  deliveries(filter: DeliveryFilter): Delivery[] {
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

  /** The destinations for which something is held. */
  holding(): string[] {
    return this.#file
      .all("SELECT DISTINCT destination FROM delivery WHERE state = 'held'")
      .map((row) => String(row['destination']));
  }

  /** What is held for a destination, in the order in which it came about. */
  held(destination: string): Delivery[] {
    return this.#file
      .all("SELECT body FROM delivery WHERE destination = ? AND state = 'held' ORDER BY rowid", destination)
      .map(deliveryOf);
  }

  /** What a delivery that waits or is held carries; undefined where it carries nothing any more. */
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

  /** Queues a report for a destination, unless there is a delivery of this id already: it is sent once, however often it was made. */
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

  /** What waits for a destination is due now: why it waited is over. */
  hurry(destination: string, now: number): void {
    this.#file.run(
      `UPDATE delivery SET body = json_set(body, '$.nextAt', ?) WHERE destination = ? AND state = 'queued'`,
      now,
      destination,
    );
  }

  tally(destination: string): Tally {
    const counted = this.#file.all(
      'SELECT state, count(*) AS rows FROM delivery WHERE destination = ? AND state IN (?, ?) GROUP BY state',
      ...[destination, 'queued', 'failed'],
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

  /** What was given up is tried again, with all that goes in the same message: one delivery by its id, or all to a destination. */
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
   * Removes what is done with and was due before then, epoch milliseconds, at most so many; and what no message refers to any
   * more. What was told of an alert stays while that is not over. Returns how many deliveries it removed.
   */
  forgetDeliveries(before: number, atMost: number): number {
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

  /**
   * Removes what was going on when alerts fired, but for the newest `kept` and those of alerts that fire still, at most so many.
   * Returns how many it removed; alerts and how they moved stay.
   */
  forgetContexts(kept: number, atMost: number): number {
    return this.#file.run(
      `DELETE FROM alert_context WHERE rowid IN (
         SELECT rowid FROM alert_context
         WHERE rowid <= (SELECT rowid FROM alert_context ORDER BY rowid DESC LIMIT 1 OFFSET ?)
           AND alert_id NOT IN (SELECT id FROM alert WHERE state = 'firing')
         ORDER BY rowid LIMIT ?)`,
      kept,
      atMost,
    );
  }

  #delivery(id: string): Delivery | undefined {
    const [row] = this.#file.all('SELECT body FROM delivery WHERE id = ?', id);
    return row && deliveryOf(row);
  }

  /** Those that are not there any more are left out. */
  #mark(ids: readonly string[], marks: Partial<Delivery>): Delivery[] {
    const marked: Delivery[] = [];
    this.#file.transaction(() => {
      for (const id of ids) {
        const delivery = this.#delivery(id);
        if (delivery === undefined) continue;
        Object.assign(delivery, marks);
        // What has arrived is not needed again; the log of it is.
        this.#file.run(
          `UPDATE delivery SET state = ?1, body = ?2, message = iif(?1 = 'sent', NULL, message) WHERE id = ?3`,
          delivery.state,
          JSON.stringify(delivery),
          id,
        );
        marked.push(delivery);
      }
    });
    return marked;
  }

  // --- hosts ---

  hosts(): HostRow[] {
    return this.#file
      .all('SELECT body FROM host WHERE json_valid(body) ORDER BY name')
      .map(bodyOf) as HostRow[];
  }

  putHosts(rows: readonly HostRow[]): void {
    this.#file.transaction(() => {
      for (const row of rows)
        this.#file.run(
          'INSERT OR REPLACE INTO host (name, body) VALUES (?, ?)',
          row.host,
          JSON.stringify(row),
        );
    });
  }

  removeHost(host: string): void {
    this.#file.transaction(() => this.#removeHost(host));
  }

  #removeHost(host: string): void {
    this.#file.run('DELETE FROM host WHERE name = ?', host);
    this.#file.run('DELETE FROM host_tags WHERE name = ?', host);
    this.#file.run("DELETE FROM untold WHERE kind = 'tags' AND host = ?", host);
  }

  hostTags(): Map<string, string[]> {
    const rows = this.#file.all('SELECT name, body FROM host_tags WHERE json_valid(body)');
    return new Map(rows.map((row) => [String(row['name']), bodyOf(row) as string[]]));
  }

  putHostTags(host: string, tags: readonly string[]): void {
    this.#file.transaction(() => this.#putHostTags(host, tags));
  }

  /** What was decided before and not told yet does not hold any more. */
  #putHostTags(host: string, tags: readonly string[]): void {
    this.#file.run("DELETE FROM untold WHERE kind = 'tags' AND host = ?", host);
    if (tags.length === 0) this.#file.run('DELETE FROM host_tags WHERE name = ?', host);
    else
      this.#file.run(
        'INSERT OR REPLACE INTO host_tags (name, body) VALUES (?, ?)',
        host,
        JSON.stringify(tags),
      );
  }

  untold(): Untold[] {
    return this.#file
      .all('SELECT body FROM untold WHERE json_valid(body) ORDER BY kind, host')
      .map(bodyOf) as Untold[];
  }

  decide(decided: Untold): void {
    const { host } = decided;
    this.#file.transaction(() => {
      if ('tags' in decided) this.#putHostTags(host, decided.tags);
      else this.#removeHost(host);
      this.#file.run(
        'INSERT OR REPLACE INTO untold (kind, host, body) VALUES (?, ?, ?)',
        untoldKind(decided),
        host,
        JSON.stringify(decided),
      );
    });
  }

  told(decided: Untold): void {
    const key = [untoldKind(decided), decided.host, JSON.stringify(decided)];
    this.#file.run('DELETE FROM untold WHERE kind = ? AND host = ? AND body = ?', ...key);
  }

  sharedUntil(): number | null {
    const [row] = this.#file.all("SELECT value FROM fact WHERE name = 'shared-until'");
    return row === undefined ? null : Number(row['value']);
  }

  putSharedUntil(at: number): void {
    this.#file.run("INSERT OR REPLACE INTO fact (name, value) VALUES ('shared-until', ?)", String(at));
  }

  // --- access ---

  putSession(hash: string, expiresAt: number, now: number): void {
    this.#file.run('DELETE FROM session WHERE expires_at <= ?', now);
    this.#file.run('INSERT OR REPLACE INTO session (hash, expires_at) VALUES (?, ?)', hash, expiresAt);
  }

  hasSession(hash: string, now: number): boolean {
    return this.#file.all('SELECT 1 FROM session WHERE hash = ? AND expires_at > ?', hash, now).length > 0;
  }

  removeSession(hash: string): void {
    this.#file.run('DELETE FROM session WHERE hash = ?', hash);
  }

  putToken(token: TokenView, hash: string): void {
    this.#file.run(
      'INSERT INTO token (id, hash, body) VALUES (?, ?, ?)',
      token.id,
      hash,
      JSON.stringify(token),
    );
  }

  findToken(hash: string): TokenView | undefined {
    const [row] = this.#file.all('SELECT body FROM token WHERE hash = ?', hash);
    return row && tokenOf(row);
  }

  rotateToken(id: string, goodUntil: number, token: TokenView, hash: string): boolean {
    let isThere = false;
    this.#file.transaction(() => {
      isThere =
        this.#file.run(
          `UPDATE token SET body = json_set(body, '$.expiresAt', min(coalesce(json_extract(body, '$.expiresAt'), ?1), ?1))
           WHERE id = ?2`,
          goodUntil,
          id,
        ) > 0;
      if (isThere) this.putToken(token, hash);
    });
    return isThere;
  }

  touchToken(id: string, at: number): void {
    this.#file.run(`UPDATE token SET body = json_set(body, '$.lastUsedAt', ?) WHERE id = ?`, at, id);
  }

  tokens(): TokenView[] {
    return this.#file.all("SELECT body FROM token ORDER BY json_extract(body, '$.createdAt')").map(tokenOf);
  }

  removeToken(id: string): boolean {
    return this.#file.run('DELETE FROM token WHERE id = ?', id) > 0;
  }
}

type StoredMessage = Omit<Message, 'measurements'> & { measurements: Message['measurements'] | number };

/** So many measurements are written with each message. */
const fewMeasurements = 16;

/** A delivery that was written before messages went together. */
const alone = { messageId: null, together: 1 };

function deliveryOf(row: Row): Delivery {
  return { ...alone, ...(bodyOf(row) as Delivery) };
}

/** A token that was made before tokens could be bound or expire. */
const unbound = { host: null, expiresAt: null, useBy: null };

function tokenOf(row: Row): TokenView {
  return { ...unbound, ...(bodyOf(row) as TokenView) };
}

function untoldKind(decided: Untold): 'tags' | 'removed' {
  return 'tags' in decided ? 'tags' : 'removed';
}

/** Rows are written by this file alone, so their shape is known. */
function bodyOf(row: Row): unknown {
  return JSON.parse(String(row['body']));
}
