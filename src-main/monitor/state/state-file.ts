import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { makeDirectorySync } from '../../base/make-directory.ts';
import { setAside } from '../../base/set-aside.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import { firstTables, schemaSteps } from './state-schema.ts';

const formatVersion = schemaSteps.length;

/** SQLite sees damage to its own structure only: rows that a start reads must be legible too, or it would fail each time. */
const unreadableRows = `
  SELECT (SELECT count(*) FROM track WHERE NOT json_valid(body))
    + (SELECT count(*) FROM alert WHERE state = 'firing' AND NOT json_valid(body))
    + (SELECT count(*) FROM delivery WHERE state IN ('queued', 'held') AND NOT (json_valid(body) AND json_valid(message))) AS rows
`;

/** A row by the names of its columns. */
export type Row = Record<string, unknown>;

/** Rows are written by this folder alone, so their shape is known. */
export function bodyOf(row: Row): unknown {
  return JSON.parse(String(row['body']));
}

/**
 * The file `state.sqlite` while it is open. It is also the lock on its directory: SQLite's own, which the system gives back
 * when this process ends in whatever way.
 */
export class StateFile {
  /** What an owner should know about the start; null when nothing is amiss. */
  readonly notice: string | null;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, notice: string | null) {
    this.#database = database;
    this.notice = notice;
  }

  /**
   * Opens `state.sqlite` in `directory`, made when it is missing, for its owner alone.
   *
   * Throws `already_running` when another process holds it, `newer_format`, `disk_full`, `no_permission` or
   * `cannot_create`. A damaged file is set aside and a new one begun; `notice` then says so.
   */
  static open(directory: string): StateFile {
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
        return new StateFile(open(path), null);
      } catch (thrown) {
        if (!isDamage(thrown)) throw thrown;
        return beginAnew(path, messageOf(thrown));
      }
    } catch (thrown) {
      throw coded(thrown, directory, path);
    }
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  /** Returns how many rows it changed. Throws `disk_full` where that is the reason. */
  run(sql: string, ...values: (string | number | null)[]): number {
    try {
      return Number(this.#statement(sql).run(...values).changes);
    } catch (thrown) {
      throw this.#said(thrown);
    }
  }

  /** Returns the number of the row that it wrote. */
  insert(sql: string, ...values: (string | number | null)[]): number {
    try {
      return Number(this.#statement(sql).run(...values).lastInsertRowid);
    } catch (thrown) {
      throw this.#said(thrown);
    }
  }

  all(sql: string, ...values: (string | number | null)[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  /** Does all of `work`, or throws and leaves everything as it was: `disk_full` where that is the reason. */
  transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (thrown) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw this.#said(thrown);
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #said(thrown: unknown): unknown {
    return resultCode(thrown) === sqliteFull ? diskFull(this.#database.location() ?? '', thrown) : thrown;
  }
}

/** Zero also where there is none. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function beginAnew(path: string, damage: string): StateFile {
  const kept = setAside(path, Date.now());
  const notice = `The state in ${path} was damaged (${damage}). It is kept as ${kept}; alerts and tokens begin anew.`;
  return new StateFile(open(path), notice);
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
    const isNew = version === 0 && names.length === 0;
    if (!isNew && (version === 0 || firstTables.some((name) => !names.includes(name))))
      throw new DamageError('it is no state of Plimsoll');
    if (isNew) bringUp(database, 0);
    const check = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (check !== 'ok') throw new DamageError(String(check));
    if (Number(database.prepare(unreadableRows).get()?.['rows']) > 0)
      throw new DamageError('what a row says can not be read');
    // What is damaged is not migrated: it is kept as it was found.
    if (!isNew && version < formatVersion) bringUp(database, version);
    chmodSync(path, 0o600);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** All of the steps that are missing, or none of them. */
function bringUp(database: DatabaseSync, version: number): void {
  database.exec(
    `BEGIN; ${schemaSteps.slice(version).join('')} PRAGMA user_version = ${String(formatVersion)}; COMMIT`,
  );
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
