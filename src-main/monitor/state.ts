import type { AlertContext } from '../contract/alert-context.ts';
import type { Alert, Transition } from '../contract/alert.ts';
import type { Delivery, Message } from '../contract/delivery.ts';
import { PlimsollError } from '../contract/error.ts';
import type { OutboxStore, QueuedDelivery } from '../deliveries/outbox-store.ts';
import { revived } from '../rules/state.ts';
import type { AccessStore, TokenView } from './access-store.ts';
import { alertStatement, searchedText } from './alert-search.ts';
import type { AlertFilter } from './monitor-api.ts';
import { StateFile } from './state-file.ts';
import type { Row } from './state-file.ts';
import { trackKey } from './track.ts';
import type { Change, KeptContext, Track } from './track.ts';
import { contextPatienceMs } from './witness.ts';

const openAlerts =
  "SELECT body FROM alert WHERE state = 'firing' OR json_extract(body, '$.recoveryOwed') ORDER BY fired_at";

/** Opens what `directory` remembers and takes the lock on it; throws what `StateFile.open` throws. */
export function openState(directory: string): State {
  return new State(StateFile.open(directory));
}

/** What survives a restart: rule state, alerts, deliveries on their way, sessions and tokens. */
export class State implements OutboxStore, AccessStore {
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
    for (const { delivery, message } of change.deliveries) {
      this.#file.run(
        'INSERT INTO delivery (id, destination, alert_id, state, created_at, body, message) VALUES (?, ?, ?, ?, ?, ?, ?)',
        delivery.id,
        delivery.destination,
        delivery.alertId,
        delivery.state,
        delivery.createdAt,
        JSON.stringify(delivery),
        JSON.stringify(message),
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
       WHERE alert_id = ?2 AND state = 'queued' AND json_extract(message, '$.context.at') = ?3`,
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

  /** Alerts that are firing, and those whose recovery is owed; fire drills are neither. */
  openAlerts(): Alert[] {
    return this.#file
      .all(openAlerts)
      .map(bodyOf)
      .filter((alert) => (alert as Alert).drill !== true) as Alert[];
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

  alert(id: string): Alert | undefined {
    const [row] = this.#file.all('SELECT body FROM alert WHERE id = ?', id);
    return row && (bodyOf(row) as Alert);
  }

  transitions(alertId: string): Transition[] {
    return this.#file
      .all('SELECT body FROM transition WHERE alert_id = ? ORDER BY id', alertId)
      .map(bodyOf) as Transition[];
  }

  // --- deliveries ---

  deliveriesOf(alertId: string): Delivery[] {
    return this.#file
      .all('SELECT body FROM delivery WHERE alert_id = ? ORDER BY created_at, id', alertId)
      .map(bodyOf) as Delivery[];
  }

  /** Newest first. */
  deliveries(filter: { destination?: string; limit: number }): Delivery[] {
    const rows = this.#file.all(
      'SELECT body FROM delivery WHERE (?1 IS NULL OR destination = ?1) ORDER BY created_at DESC, id DESC LIMIT ?2',
      filter.destination ?? null,
      filter.limit,
    );
    return rows.map(bodyOf) as Delivery[];
  }

  heads(): QueuedDelivery[] {
    const rows = this.#file.all(
      `SELECT body, message FROM delivery
       WHERE rowid IN (SELECT min(rowid) FROM delivery WHERE state = 'queued' GROUP BY destination)`,
    );
    return rows.map((row) => ({
      delivery: bodyOf(row) as Delivery,
      message: JSON.parse(String(row['message'])) as Message,
    }));
  }

  markSent(id: string, at: number, attempts: number, receipt: string): Delivery {
    return this.#mark(id, { state: 'sent', attempts, nextAt: null, finishedAt: at, receipt, error: null });
  }

  markRetry(id: string, nextAt: number, attempts: number, error: string): Delivery {
    return this.#mark(id, { state: 'queued', attempts, nextAt, finishedAt: null, receipt: null, error });
  }

  markFailed(id: string, at: number, attempts: number, error: string): Delivery {
    return this.#mark(id, { state: 'failed', attempts, nextAt: null, finishedAt: at, receipt: null, error });
  }

  #mark(id: string, marks: Partial<Delivery>): Delivery {
    const [row] = this.#file.all('SELECT body FROM delivery WHERE id = ?', id);
    if (row === undefined) throw new PlimsollError('not_found', `There is no delivery ${id}.`);
    const delivery: Delivery = { ...(bodyOf(row) as Delivery), ...marks };
    // What has arrived is not needed again; the log of it is.
    this.#file.run(
      `UPDATE delivery SET state = ?1, body = ?2, message = iif(?1 = 'sent', NULL, message) WHERE id = ?3`,
      delivery.state,
      JSON.stringify(delivery),
      id,
    );
    return delivery;
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
    return row && (bodyOf(row) as TokenView);
  }

  touchToken(id: string, at: number): void {
    this.#file.run(`UPDATE token SET body = json_set(body, '$.lastUsedAt', ?) WHERE id = ?`, at, id);
  }

  tokens(): TokenView[] {
    return this.#file
      .all("SELECT body FROM token ORDER BY json_extract(body, '$.createdAt')")
      .map(bodyOf) as TokenView[];
  }

  removeToken(id: string): boolean {
    return this.#file.run('DELETE FROM token WHERE id = ?', id) > 0;
  }
}

/** Rows are written by this file alone, so their shape is known. */
function bodyOf(row: Row): unknown {
  return JSON.parse(String(row['body']));
}
