import { chmodSync, copyFileSync, existsSync, lstatSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import { makeDirectorySync } from '../../base/make-directory.ts';
import { syncFile } from '../../base/durable-file.ts';
import { fileIdentity, isInUse } from '../../history/open-database.ts';
import { setAside } from '../../base/set-aside.ts';
import { PlimsollError, messageOf, systemCodeOf } from '../../contract/error.ts';
import { copiedAt, copyAgeAfter, copyPathOf, writeCopy } from './state-copy.ts';
import type { CopyAge } from './state-copy.ts';
import { firstTables, schemaSteps } from './state-schema.ts';

const formatVersion = schemaSteps.length;

/**
 * SQLite detects damage only in its own structure: rows that a start reads must be parseable too, or every start would
 * fail.
 */
const unreadableRows = `
  SELECT (SELECT count(*) FROM track WHERE NOT json_valid(body))
    + (SELECT count(*) FROM alert WHERE state = 'firing' AND NOT json_valid(body))
    + (SELECT count(*) FROM delivery WHERE state IN ('queued', 'held') AND NOT (json_valid(body) AND json_valid(message))) AS rows
`;

/** A row by column names. */
export type Row = Record<string, unknown>;

/** Only this folder writes rows, so their shape is known. */
export function bodyOf(row: Row): unknown {
  return JSON.parse(String(row['body']));
}

interface Statement {
  statement: StatementSync;
  copyAge: CopyAge;
}

/**
 * The open file `state.sqlite`. It is also the lock on its directory: SQLite's own, which the system releases however
 * this process ends.
 *
 * If the file is removed while it is open, it is written again before anything else, so that nothing acknowledged is
 * lost. A copy of everything that could not be recreated is kept beside it, for a start at which the file is damaged or
 * missing.
 */
export class StateFile {
  /** What an owner should know about the start; null if nothing is wrong. */
  readonly notice: string | null;
  readonly #path: string;
  readonly #copyPath: string;
  readonly #statements = new Map<string, Statement>();
  #database: DatabaseSync;
  /** The device and inode of the file and of its write-ahead log. */
  #identity: string;
  #copyAge: CopyAge;
  /** There was a copy: if it is missing, it is made again. */
  #isCopied: boolean;
  #writtenAgain: string | null = null;

  constructor(path: string, database: DatabaseSync, notice: string | null) {
    this.#path = path;
    this.#copyPath = copyPathOf(path);
    this.#database = database;
    this.#identity = identityOf(path);
    this.#isCopied = existsSync(this.#copyPath);
    const isNeeded = !this.#isCopied && this.all('SELECT 1 FROM token LIMIT 1').length > 0;
    this.#copyAge = isNeeded ? 'overdue' : 'new';
    this.notice = notice;
  }

  /**
   * Opens `state.sqlite` in `directory`, creating it if necessary, readable only by its owner.
   *
   * Throws `already_running` if another process has it, `newer_format`, `disk_full`, `no_permission` or
   * `cannot_create`. A damaged file is set aside. The latest copy replaces a damaged or missing file, or a new file if
   * there is none; `notice` then says so.
   */
  static open(directory: string): StateFile {
    const path = join(directory, 'state.sqlite');
    try {
      makeDirectorySync(directory, 0o700);
    } catch (cause) {
      throw new PlimsollError(
        'cannot_create',
        `The data directory ${directory} cannot be created: ${messageOf(cause)}`,
        { cause },
      );
    }
    try {
      // SQLite would delete a log without its file, and the data in it.
      if (sizeOf(path) === 0 && sizeOf(`${path}-wal`) > 0)
        return beginAnew(path, 'only its write-ahead log was there');
      const copyPath = copyPathOf(path);
      if (sizeOf(path) === 0 && existsSync(copyPath)) {
        const found = existsSync(path) ? 'empty' : 'gone';
        rmSync(path, { force: true });
        return goOn(
          path,
          `The state in ${path} was ${found}.`,
          `To begin anew instead, end Plimsoll and remove both it and ${copyPath}.`,
        );
      }
      try {
        return new StateFile(path, open(path), null);
      } catch (thrown) {
        if (!isDamage(thrown)) throw thrown;
        return beginAnew(path, messageOf(thrown));
      }
    } catch (thrown) {
      throw coded(thrown, directory, path);
    }
  }

  /** Writes the file again if it was removed, and updates the copy, if there is room. */
  close(): void {
    try {
      this.look();
      this.keepCopy(true);
    } catch {
      // Nothing more can be done for it; an earlier copy is still there.
    }
    this.#statements.clear();
    this.#database.close();
  }

  /**
   * Writes the file again if it was removed or replaced; a replacement is set aside. Returns what an owner should know
   * about that from then on; null if it never happened. Throws a `PlimsollError` if it cannot be written: then nothing
   * else can be either.
   */
  look(): string | null {
    if (identityOf(this.#path) !== this.#identity) {
      try {
        this.#writtenAgain = this.#writeAgain();
      } catch (thrown) {
        throw this.#notWritten(thrown);
      }
    }
    return this.#writtenAgain;
  }

  /**
   * Updates the copy if a user decided something since or removed the copy, or if `isDue` and anything else in it
   * changed. Throws if that fails.
   */
  keepCopy(isDue: boolean): void {
    if (this.#copyAge === 'new' && this.#isCopied && !existsSync(this.#copyPath)) this.#copyAge = 'overdue';
    if (this.#copyAge === 'new' || (this.#copyAge === 'old' && !isDue)) return;
    try {
      writeCopy(this.#database, this.#copyPath, (path) => {
        const fresh = new DatabaseSync(path);
        try {
          fresh.exec('PRAGMA synchronous = OFF');
          bringUp(fresh, 0);
        } finally {
          fresh.close();
        }
      });
    } catch (thrown) {
      throw coded(thrown, dirname(this.#copyPath), this.#copyPath);
    }
    this.#copyAge = 'new';
    this.#isCopied = true;
  }

  /** The open connection still has everything, whatever happened to the file names. */
  #writeAgain(): string {
    const path = this.#path;
    const directory = dirname(path);
    const wasThere = existsSync(directory);
    makeDirectorySync(directory, 0o700);
    // A dangling link also occupies the place, and nobody uses it.
    const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    const isOther = isThere && fileIdentity(path) !== this.#identity.split(' ')[0];
    if (isOther && existsSync(path) && isInUse(path)) throw inUse(directory);
    const whole = `${path}.restoring`;
    rmSync(whole, { force: true });
    this.#database.prepare('VACUUM INTO ?').run(whole);
    chmodSync(whole, 0o600);
    syncFile(whole);
    const kept = isOther ? setAside(path, Date.now(), 'replaced') : null;
    // A remaining log would be applied to the new file.
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    renameSync(whole, path);
    this.#statements.clear();
    this.#database.close();
    this.#database = open(path);
    this.#identity = identityOf(path);
    const what = wasThere
      ? isOther
        ? `${path} was replaced`
        : `${path} or its log was removed`
      : `The data directory ${directory} was removed`;
    const aside = kept === null ? '' : ` The other file is kept as ${kept}.`;
    return `${what} while Plimsoll ran. The state is written again, and nothing of it is lost.${aside} To begin anew, end Plimsoll first.`;
  }

  #notWritten(thrown: unknown): PlimsollError {
    const { code, message } = coded(thrown, dirname(this.#path), this.#path) as PlimsollError;
    return new PlimsollError(
      code,
      `${this.#path} is not there any more, and cannot be written again, so nothing new is remembered: ${message}`,
      { retry: true, cause: thrown },
    );
  }

  /** Returns how many rows it changed. Throws `disk_full` if that is the reason. */
  run(sql: string, ...values: (string | number | null)[]): number {
    this.#lookBefore();
    try {
      return Number(this.#statement(sql).run(...values).changes);
    } catch (thrown) {
      throw this.#said(thrown);
    }
  }

  /** Returns the number of the new row. */
  insert(sql: string, ...values: (string | number | null)[]): number {
    this.#lookBefore();
    try {
      return Number(this.#statement(sql).run(...values).lastInsertRowid);
    } catch (thrown) {
      throw this.#said(thrown);
    }
  }

  all(sql: string, ...values: (string | number | null)[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  /** Does all of `work`, or throws and changes nothing: `disk_full` if that is the reason. */
  transaction(work: () => void): void {
    this.#lookBefore();
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (thrown) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw this.#said(thrown);
    }
  }

  /** Data written to a removed file would be lost with this process. */
  #lookBefore(): void {
    if (!this.#database.isTransaction) this.look();
  }

  #statement(sql: string): StatementSync {
    let found = this.#statements.get(sql);
    if (found === undefined) {
      found = { statement: this.#database.prepare(sql), copyAge: copyAgeAfter(sql) };
      this.#statements.set(sql, found);
    }
    if (found.copyAge === 'overdue' || this.#copyAge === 'new') this.#copyAge = found.copyAge;
    return found.statement;
  }

  #said(thrown: unknown): unknown {
    return resultCode(thrown) === sqliteFull ? diskFull(this.#database.location() ?? '', thrown) : thrown;
  }
}

/** 0 also if there is no file. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function identityOf(path: string): string {
  return `${fileIdentity(path)} ${fileIdentity(`${path}-wal`)}`;
}

function beginAnew(path: string, damage: string): StateFile {
  const kept = setAside(path, Date.now());
  return goOn(path, `The state in ${path} was damaged (${damage}). It is kept as ${kept}.`, '');
}

/** Continues from the copy, or with a new file if there is no valid copy. */
function goOn(path: string, what: string, then: string): StateFile {
  const copyPath = copyPathOf(path);
  const at = copiedAt(copyPath);
  if (at !== null) {
    try {
      copyFileSync(copyPath, path);
      const goesOn = `It goes on from the copy of ${new Date(at).toISOString()}: alerts that fire, tokens, tags and downtimes are as they were then, and older alerts are gone.`;
      return new StateFile(path, open(path), [what, goesOn, then].join(' ').trim());
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown;
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    }
  }
  return new StateFile(path, open(path), `${what} Alerts and tokens begin anew.`);
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
      throw new DamageError('what a row says cannot be read');
    // A damaged file is not migrated: it is kept as it was found.
    if (!isNew && version < formatVersion) bringUp(database, version);
    chmodSync(path, 0o600);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** All of the missing steps, or none. */
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
  if (resultCode(thrown) === sqliteBusy) return inUse(directory, thrown);
  if (resultCode(thrown) === sqliteFull || isNoRoom(thrown)) return diskFull(path, thrown);
  if (resultCode(thrown) === sqliteCantOpen) {
    return new PlimsollError(
      'cannot_create',
      `${path} cannot be opened: ${messageOf(thrown)}. Too many files may be open, its path be too long, or something else stand there.`,
      { cause: thrown },
    );
  }
  return new PlimsollError(
    'no_permission',
    `${path} cannot be opened: ${messageOf(thrown)}. Plimsoll must be able to write in ${directory}.`,
    { cause: thrown },
  );
}

function isNoRoom(thrown: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(systemCodeOf(thrown) ?? '');
}

function inUse(directory: string, cause?: unknown): PlimsollError {
  return new PlimsollError(
    'already_running',
    `The data directory ${directory} is in use by another Plimsoll.`,
    { cause },
  );
}

function diskFull(path: string, cause: unknown): PlimsollError {
  return new PlimsollError(
    'disk_full',
    `${path} cannot be written, because the disk or its quota is full: make room.`,
    { retry: true, cause },
  );
}
