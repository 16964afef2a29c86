import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { makeDirectorySync } from '../base/make-directory.ts';
import { setAside } from '../base/set-aside.ts';
import type { Alert, Transition } from '../contract/alert.ts';
import type { Delivery, Message } from '../contract/delivery.ts';
import { PlimsollError, messageOf } from '../contract/error.ts';
import type { OutboxStore, QueuedDelivery } from '../deliveries/outbox-store.ts';
import type { AccessStore, TokenView } from './access-store.ts';
import type { AlertFilter } from './monitor-api.ts';
import { trackKey } from './track.ts';
import type { Change, Track } from './track.ts';

const formatVersion = 1;

const tables = `
  CREATE TABLE track (key TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE alert (
    id TEXT PRIMARY KEY, rule_id TEXT NOT NULL, state TEXT NOT NULL, fired_at INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX alert_by_time ON alert (fired_at);
  CREATE INDEX alert_firing ON alert (fired_at) WHERE state = 'firing';
  CREATE TABLE transition (id INTEGER PRIMARY KEY, alert_id TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE INDEX transition_by_alert ON transition (alert_id);
  CREATE TABLE delivery (
    id TEXT PRIMARY KEY, destination TEXT NOT NULL, alert_id TEXT NOT NULL, state TEXT NOT NULL,
    created_at INTEGER NOT NULL, body TEXT NOT NULL, message TEXT
  ) STRICT;
  CREATE INDEX delivery_by_alert ON delivery (alert_id);
  CREATE INDEX delivery_by_time ON delivery (created_at);
  CREATE INDEX delivery_queued ON delivery (destination) WHERE state = 'queued';
  CREATE TABLE session (hash TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT;
  CREATE TABLE token (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
  PRAGMA user_version = ${formatVersion};
`;

const tableNames = ['track', 'alert', 'transition', 'delivery', 'session', 'token'];

/** SQLite sees damage to its own structure only: rows that a start reads must be legible too, or it would fail each time. */
const unreadableRows = `
  SELECT (SELECT count(*) FROM track WHERE NOT json_valid(body))
    + (SELECT count(*) FROM alert WHERE state = 'firing' AND NOT json_valid(body))
    + (SELECT count(*) FROM delivery WHERE state = 'queued' AND NOT (json_valid(body) AND json_valid(message))) AS rows
`;

/**
 * Opens `state.sqlite` in `directory` (made when it is missing, for its owner alone) and takes the lock on the
 * directory: SQLite's own, which the system gives back when this process ends in whatever way.
 *
 * Throws `already_running` when another process holds it, `newer_format`, `no_permission` or `cannot_create`. A damaged
 * file is set aside and a new one begun; `notice` then says so.
 */
export function openState(directory: string): State {
  const path = join(directory, 'state.sqlite');
  try {
    makeDirectorySync(directory, 0o700);
  } catch (cause) {
    throw new PlimsollError(
      'cannot_create',
      `The data directory ${directory} can not be created: ${messageOf(cause)}`,
      { cause },
    );
  }
  try {
    // SQLite would delete a log that has no file to go with it, and with it what it holds.
    if (sizeOf(path) === 0 && sizeOf(`${path}-wal`) > 0)
      return beginAnew(path, 'only its write-ahead log was there');
    try {
      return new State(open(path), null);
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      return beginAnew(path, messageOf(thrown));
    }
  } catch (thrown) {
    throw coded(thrown, directory, path);
  }
}

/** Zero also where there is none. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function beginAnew(path: string, damage: string): State {
  const kept = setAside(path, Date.now());
  const notice = `The state in ${path} was damaged (${damage}). It is kept as ${kept}; alerts and tokens begin anew.`;
  return new State(open(path), notice);
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 500 });
  try {
    database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304',
    );
    // The first write takes the lock and keeps it.
    database.exec('BEGIN IMMEDIATE; COMMIT');
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version > formatVersion) {
      throw new PlimsollError(
        'newer_format',
        `${path} was written by a newer Plimsoll (format ${version}; this one knows ${formatVersion}). Update Plimsoll, or use another data directory.`,
      );
    }
    const names = database
      .prepare('SELECT name FROM sqlite_schema')
      .all()
      .map(({ name }) => String(name));
    if (version === 0 && names.length === 0) database.exec(`BEGIN; ${tables} COMMIT`);
    else if (version === 0 || tableNames.some((name) => !names.includes(name)))
      throw new DamageError('it is no state of Plimsoll');
    const check = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (check !== 'ok') throw new DamageError(String(check));
    if (Number(database.prepare(unreadableRows).get()?.['rows']) > 0)
      throw new DamageError('what a row says can not be read');
    chmodSync(path, 0o600);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

class DamageError extends Error {}

const sqliteBusy = 5;
const sqliteCorrupt = 11;
const sqliteFull = 13;
const sqliteCantOpen = 14;
const sqliteNotADatabase = 26;

function resultCode(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('errcode' in thrown)) return undefined;
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : undefined;
}

function isDamage(thrown: unknown): boolean {
  const code = resultCode(thrown);
  return thrown instanceof DamageError || code === sqliteCorrupt || code === sqliteNotADatabase;
}

function coded(thrown: unknown, directory: string, path: string): unknown {
  if (thrown instanceof PlimsollError) return thrown;
  if (resultCode(thrown) === sqliteBusy) {
    return new PlimsollError(
      'already_running',
      `The data directory ${directory} is in use by another Plimsoll.`,
      { cause: thrown },
    );
  }
  if (resultCode(thrown) === sqliteFull) return diskFull(path, thrown);
  if (resultCode(thrown) === sqliteCantOpen) {
    return new PlimsollError(
      'cannot_create',
      `${path} can not be opened: ${messageOf(thrown)}. Too many files may be open, its path be too long, or something else stand there.`,
      { cause: thrown },
    );
  }
  return new PlimsollError(
    'no_permission',
    `${path} can not be opened: ${messageOf(thrown)}. Plimsoll must be able to write in ${directory}.`,
    { cause: thrown },
  );
}

function diskFull(path: string, cause: unknown): PlimsollError {
  return new PlimsollError(
    'disk_full',
    `${path} can not be written, because the disk or its quota is full: make room.`,
    { retry: true, cause },
  );
}

type Row = Record<string, unknown>;

/** What survives a restart: rule state, alerts, deliveries on their way, sessions and tokens. */
export class State implements OutboxStore, AccessStore {
  /** What an owner should know about the start; null when nothing is amiss. */
  readonly notice: string | null;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, notice: string | null) {
    this.#database = database;
    this.notice = notice;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  #run(sql: string, ...values: (string | number | null)[]): number {
    try {
      return Number(this.#statement(sql).run(...values).changes);
    } catch (thrown) {
      throw resultCode(thrown) === sqliteFull ? diskFull(this.#database.location() ?? '', thrown) : thrown;
    }
  }

  #all(sql: string, ...values: (string | number | null)[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (thrown) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw thrown;
    }
  }

  // --- rules and alerts ---

  tracks(): Track[] {
    return this.#all('SELECT body FROM track').map(bodyOf) as Track[];
  }

  /** Writes all of it, or throws and writes nothing. */
  commit(change: Change): void {
    this.#transaction(() => this.#write(change));
  }

  #write(change: Change): void {
    for (const track of change.tracks) {
      this.#run(
        'INSERT OR REPLACE INTO track (key, body) VALUES (?, ?)',
        trackKey(track),
        JSON.stringify(track),
      );
    }
    for (const track of change.forgottenTracks) this.#run('DELETE FROM track WHERE key = ?', trackKey(track));
    for (const alert of change.alerts) {
      this.#run(
        'INSERT OR REPLACE INTO alert (id, rule_id, state, fired_at, body) VALUES (?, ?, ?, ?, ?)',
        alert.id,
        alert.ruleId,
        alert.state,
        alert.firedAt,
        JSON.stringify(alert),
      );
    }
    for (const transition of change.transitions) {
      this.#run(
        'INSERT INTO transition (alert_id, body) VALUES (?, ?)',
        transition.alertId,
        JSON.stringify(transition),
      );
    }
    for (const { delivery, message } of change.deliveries) {
      this.#run(
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
  }

  firingAlerts(): Alert[] {
    return this.#all("SELECT body FROM alert WHERE state = 'firing' ORDER BY fired_at").map(
      bodyOf,
    ) as Alert[];
  }

  /** Newest first. */
  alerts(filter: AlertFilter): Alert[] {
    const rows = this.#all(
      `SELECT body FROM alert
       WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR rule_id = ?2)
         AND (?3 IS NULL OR fired_at < ?3 OR (fired_at = ?3 AND id < ?5))
       ORDER BY fired_at DESC, id DESC LIMIT ?4`,
      filter.state ?? null,
      filter.ruleId ?? null,
      filter.before ?? null,
      filter.limit,
      filter.beforeId ?? null,
    );
    return rows.map(bodyOf) as Alert[];
  }

  alert(id: string): Alert | undefined {
    const [row] = this.#all('SELECT body FROM alert WHERE id = ?', id);
    return row && (bodyOf(row) as Alert);
  }

  transitions(alertId: string): Transition[] {
    return this.#all('SELECT body FROM transition WHERE alert_id = ? ORDER BY id', alertId).map(
      bodyOf,
    ) as Transition[];
  }

  // --- deliveries ---

  deliveriesOf(alertId: string): Delivery[] {
    return this.#all('SELECT body FROM delivery WHERE alert_id = ? ORDER BY created_at, id', alertId).map(
      bodyOf,
    ) as Delivery[];
  }

  /** Newest first. */
  deliveries(filter: { destination?: string; limit: number }): Delivery[] {
    const rows = this.#all(
      'SELECT body FROM delivery WHERE (?1 IS NULL OR destination = ?1) ORDER BY created_at DESC, id DESC LIMIT ?2',
      filter.destination ?? null,
      filter.limit,
    );
    return rows.map(bodyOf) as Delivery[];
  }

  heads(): QueuedDelivery[] {
    const rows = this.#all(
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
    const [row] = this.#all('SELECT body FROM delivery WHERE id = ?', id);
    if (row === undefined) throw new PlimsollError('not_found', `There is no delivery ${id}.`);
    const delivery: Delivery = { ...(bodyOf(row) as Delivery), ...marks };
    // What has arrived is not needed again; the log of it is.
    this.#run(
      `UPDATE delivery SET state = ?1, body = ?2, message = iif(?1 = 'sent', NULL, message) WHERE id = ?3`,
      delivery.state,
      JSON.stringify(delivery),
      id,
    );
    return delivery;
  }

  // --- access ---

  putSession(hash: string, expiresAt: number, now: number): void {
    this.#run('DELETE FROM session WHERE expires_at <= ?', now);
    this.#run('INSERT OR REPLACE INTO session (hash, expires_at) VALUES (?, ?)', hash, expiresAt);
  }

  hasSession(hash: string, now: number): boolean {
    return this.#all('SELECT 1 FROM session WHERE hash = ? AND expires_at > ?', hash, now).length > 0;
  }

  removeSession(hash: string): void {
    this.#run('DELETE FROM session WHERE hash = ?', hash);
  }

  putToken(token: TokenView, hash: string): void {
    this.#run('INSERT INTO token (id, hash, body) VALUES (?, ?, ?)', token.id, hash, JSON.stringify(token));
  }

  findToken(hash: string): TokenView | undefined {
    const [row] = this.#all('SELECT body FROM token WHERE hash = ?', hash);
    return row && (bodyOf(row) as TokenView);
  }

  touchToken(id: string, at: number): void {
    this.#run(`UPDATE token SET body = json_set(body, '$.lastUsedAt', ?) WHERE id = ?`, at, id);
  }

  tokens(): TokenView[] {
    return this.#all("SELECT body FROM token ORDER BY json_extract(body, '$.createdAt')").map(
      bodyOf,
    ) as TokenView[];
  }

  removeToken(id: string): boolean {
    return this.#run('DELETE FROM token WHERE id = ?', id) > 0;
  }
}

/** Rows are written by this file alone, so their shape is known. */
function bodyOf(row: Row): unknown {
  return JSON.parse(String(row['body']));
}
