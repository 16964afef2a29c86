import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Clock } from '../base/clock.ts';
import { fileError } from '../base/durable-file.ts';
import { setAside } from '../base/set-aside.ts';
import { PlimsollError, systemCodeOf } from '../contract/error.ts';
import { formatVersion, placing, schemaOf, statementsAfter, temporary } from './schema.ts';
import { backUpAlone } from './backup.ts';
import { mostInLog } from './disk-space.ts';
import { damagedKept, removeOldDamaged } from './damaged-files.ts';
import { takeNote } from './file-watch.ts';
import { hasDamagedLog } from './damaged-pages.ts';
import { salvage, salvageWords } from './salvage.ts';
import { SqliteHistory } from './sqlite.ts';
import { sqliteError } from './sqlite-error.ts';
import type { HistoryStore } from './store.ts';

export interface OpenedHistory {
  store: HistoryStore;
  /** What an owner should know about the start, such as a damaged file that was set aside. */
  notice: string | null;
}

/**
 * In older versions a reset of the write-ahead log could damage a database, https://sqlite.org/wal.html#walresetbug.
 */
const oldestSqlite = [3, 51, 3] as const;
const lockWaitMs = 30_000;
const lockPauseMs = 100;
/**
 * A file up to this size is checked against its index, row by row, within a few hundredths of a second (a quick check
 * would miss damage to the index). Of a larger one only the tables that all others need are checked, so that the start
 * takes no longer however large it is; the rest is checked afterwards.
 */
const checkedAsAWholeBytes = 16 * 1024 * 1024;
/** Up to this many readings outside blocks are checked against their index: those of a few sources in an hour. */
const readingsCompared = 10_000;
/**
 * A larger file is read completely only after its owner was killed, because reading all of it at every start would be
 * expensive.
 */
const lookedThroughBytes = 128 * 1024 * 1024;
/** No release will ever write a version this high, but a damaged header may contain one. */
const highestPlausibleVersion = 100_000;

/**
 * Opens the history in `directory`, creating both if necessary. An unreadable file is renamed to
 * `history.sqlite.damaged-<UTC time>` and replaced by a new one with everything that can be salvaged: damage never
 * prevents a start. The newest two of these are kept. While another process has the file open, this waits up to 30
 * seconds.
 *
 * Throws a `PlimsollError`: `newer_format` (the file is left untouched), `no_permission`, `cannot_create`,
 * `unsupported`; and with retry `already_running`, `disk_full`, `unreachable`, `unreadable`.
 */
export async function openHistory(directory: string, clock: Clock): Promise<OpenedHistory> {
  requireSqlite(sqliteVersion());
  const path = join(directory, 'history.sqlite');
  prepareDirectory(directory, path);
  const waitUntil = clock.monotonic() + lockWaitMs;
  for (;;) {
    try {
      const opened = openOrBegin(path);
      if ('damage' in opened) return await beginAnew(path, clock, opened.damage);
      return { store: opened.store, notice: opened.notice ?? takeNote(path) };
    } catch (thrown) {
      const error = sqliteError(path, thrown);
      if (error.code !== 'already_running' || clock.monotonic() >= waitUntil) throw error;
    }
    // SQLite's own wait would block, but this process must notice when main is gone.
    await new Promise<void>((resolve) => clock.after(lockPauseMs, resolve));
  }
}

/**
 * Opens the history in `directory` read-only while nobody owns it. Throws a `PlimsollError`: `not_found`,
 * `newer_format`, `damaged`, `already_running`, and the errors of files.
 */
export function openHistoryToRead(directory: string): Pick<
  HistoryStore,
  'recorded' | 'series' | 'search' | 'newest' | 'answer' | 'size' | 'check' | 'close'
> & {
  /** Writes a copy without free pages into a new file, see `backUpAlone`. */
  backup(path: string): Promise<{ bytes: number }>;
} {
  requireSqlite(sqliteVersion());
  const path = join(directory, 'history.sqlite');
  if ((sizeOf(path) ?? 0) === 0)
    throw new PlimsollError(
      'not_found',
      `There is no history in ${directory} yet: start Plimsoll with it (plimsoll run --data …) and let it run for a while, or name another directory with --data.`,
    );
  let db: DatabaseSync | undefined;
  try {
    refuseNewer(path, versionWithoutTouching(path));
    const url = pathToFileURL(path);
    // Opening read-only would leave a log and shared memory behind; without a log neither is needed.
    if ((sizeOf(`${path}-wal`) ?? 0) === 0) url.search = 'immutable=1';
    const openFile = (): DatabaseSync => new DatabaseSync(url, { readOnly: true, timeout: lockPauseMs });
    db = openFile();
    completeInMemory(db);
    return new HistoryAtRest(db, path, openFile);
  } catch (thrown) {
    if (db !== undefined) close(db);
    throw sqliteError(path, thrown);
  }
}

/**
 * Does in memory what a start would write into the file: adds the tables of later formats, and places the received
 * readings that a killed owner left as they came.
 */
function completeInMemory(db: DatabaseSync): void {
  const format = numberOf(db, 'user_version');
  if (format < 1 || format > formatVersion) return;
  db.exec('PRAGMA temp_store = MEMORY');
  for (const statement of statementsAfter(format)) db.exec(temporary(statement));
  if (db.prepare('SELECT 1 FROM taken LIMIT 1').get() === undefined) return;
  for (const statement of placing) db.exec(temporary(statement));
  db.exec('INSERT INTO temp.tick SELECT * FROM main.tick; INSERT INTO temp.taken SELECT * FROM main.taken');
}

class HistoryAtRest extends SqliteHistory {
  readonly #openFile: () => DatabaseSync;

  constructor(db: DatabaseSync, path: string, openFile: () => DatabaseSync) {
    super(db, path);
    this.#openFile = openFile;
  }

  /** Copies the file as it is, without what was completed in memory. */
  override async backup(path: string): Promise<{ bytes: number }> {
    const file = this.#openFile();
    try {
      return { bytes: await backUpAlone(file, path) };
    } finally {
      file.close();
    }
  }
}

function sqliteVersion(): unknown {
  const db = new DatabaseSync(':memory:');
  try {
    return db.prepare('SELECT sqlite_version() AS version').get()?.['version'];
  } finally {
    db.close();
  }
}

/** Throws `unsupported` if the SQLite in this Node is older than 3.51.3. */
export function requireSqlite(version: unknown): void {
  const parts = String(version).split('.').map(Number);
  const difference = oldestSqlite
    .map((wanted, place) => (parts[place] ?? 0) - wanted)
    .find((part) => part !== 0);
  if ((difference ?? 0) >= 0) return;
  throw new PlimsollError(
    'unsupported',
    `History needs SQLite ${oldestSqlite.join('.')} or later, and this Node (${process.version}) has ${String(version)}: update Node.`,
  );
}

/**
 * Records that SQLite found the file in `directory` damaged while it was in use, so that the next start sets it aside
 * even if its own check does not find the place.
 */
export function markDamaged(directory: string): void {
  try {
    writeFileSync(markerOf(join(directory, 'history.sqlite')), '');
  } catch {
    // The next start checks the file itself.
  }
}

const markerOf = (path: string) => `${path}.found-damaged`;

function prepareDirectory(directory: string, path: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
  } catch (thrown) {
    throw fileError('opened', path, thrown);
  }
}

/** The opened history, or why the existing file cannot be opened. */
function openOrBegin(path: string): OpenedHistory | { damage: string } {
  finishSalvage(path);
  if (existsSync(markerOf(path))) return { damage: 'it was found damaged while in use' };
  const size = sizeOf(path);
  // SQLite would delete a log without its file, and the data in it.
  if ((size ?? 0) === 0 && sizeOf(`${path}-wal`) !== undefined)
    return { damage: 'only its write-ahead log was there' };
  if (size === 0)
    return { store: open(path), notice: `The history in ${path} was empty. A new history was begun.` };
  try {
    if (size !== undefined) refuseNewer(path, versionWithoutTouching(path));
    if (hasDamagedLog(path)) return { damage: 'its write-ahead log is damaged' };
    return { store: open(path), notice: null };
  } catch (thrown) {
    const error = sqliteError(path, thrown);
    if (size === undefined || !isDamage(error)) throw error;
    return { damage: `it ${withoutPath(path, error)}` };
  }
}

/** The message without the file's path, for a sentence that has named it. */
function withoutPath(path: string, { message }: PlimsollError): string {
  return message.replace(`The history in ${path} `, '').replace(/\.$/, '');
}

/** Sets the damaged file aside and takes over what can be read of it, with pauses for other work. */
async function beginAnew(path: string, clock: Clock, reason: string): Promise<OpenedHistory> {
  let words: string | undefined;
  try {
    const salvaged = await inSlices(salvage(path, `${path}.salvaging`));
    if (salvaged.blocks + salvaged.rollups + salvaged.readings > 0) {
      renameSync(`${path}.salvaging`, `${path}.salvaged`);
      words = salvageWords(salvaged);
    }
  } catch (thrown) {
    words = `Nothing could be taken over from it: it ${withoutPath(path, sqliteError(path, thrown))}.`;
  }
  let kept: string;
  try {
    rmSync(`${path}.salvaging`, { force: true });
    kept = setAside(path, clock.now());
    rmSync(markerOf(path), { force: true });
    finishSalvage(path);
  } catch (thrown) {
    throw fileError('set aside', path, thrown);
  }
  const store = open(path);
  const removed = removeOldDamaged(path);
  const sentences = [
    `The history in ${path} could not be read: ${reason}.`,
    `It was kept as ${kept} and a new history was begun.`,
    ...(words === undefined ? [] : [words]),
    ...(removed.length === 0
      ? []
      : [`Of damaged files the newest ${damagedKept} are kept; removed: ${removed.join(', ')}.`]),
  ];
  return { store, notice: sentences.join(' ') };
}

/** Moves the salvaged file into the place of the one that was set aside, even if that was interrupted. */
function finishSalvage(path: string): void {
  const salvaged = `${path}.salvaged`;
  if (!existsSync(salvaged)) return;
  // Killed before the damaged file was set aside: it will be salvaged once more.
  if (existsSync(path) || existsSync(`${path}-wal`)) rmSync(salvaged);
  else renameSync(salvaged, path);
}

async function inSlices<Result>(work: Generator<undefined, Result>): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/**
 * If the directory and the file were found writable, an error that the file is "read-only", or an unexpected one of
 * SQLite, comes from its content. A bug of ours is no reason to set a good file aside.
 */
function isDamage({ code, retry, cause }: PlimsollError): boolean {
  if (code === 'damaged') return true;
  return (
    !retry && (code === 'no_permission' || code === 'internal') && systemCodeOf(cause) === 'ERR_SQLITE_ERROR'
  );
}

/** The version in the file, read before a writable connection has changed a byte of it. */
function versionWithoutTouching(path: string): number {
  const header = Buffer.alloc(64);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  // https://sqlite.org/fileformat.html#the_database_header
  const inFile = header.toString('latin1', 0, 15) === 'SQLite format 3' ? header.readUInt32BE(60) : 0;
  if (inFile > formatVersion || (sizeOf(`${path}-wal`) ?? 0) === 0) return inFile;
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return numberOf(db, 'user_version');
  } finally {
    db.close();
  }
}

/**
 * Whether a newer release wrote this version. One whose last byte is a version known here had another of its four bytes
 * damaged: no release for centuries will get there.
 */
function isNewer(version: number): boolean {
  const isDamaged = version > 0xff && (version & 0xff) <= formatVersion;
  return version > formatVersion && version <= highestPlausibleVersion && !isDamaged;
}

function refuseNewer(path: string, version: number): void {
  if (!isNewer(version)) return;
  throw new PlimsollError(
    'newer_format',
    `The history in ${path} has format ${version}, and this Plimsoll knows ${formatVersion} at most. It was left untouched: use the newer Plimsoll, or choose another directory.`,
  );
}

function open(path: string): HistoryStore {
  const [size, wasKilled] = [sizeOf(path) ?? 0, (sizeOf(`${path}-wal`) ?? 0) > 0];
  const looksThrough = size > checkedAsAWholeBytes && (wasKilled || size <= lookedThroughBytes);
  const db = new DatabaseSync(path, { timeout: lockPauseMs / 2 });
  try {
    // Before the log is first read: then no shared memory file is needed, and no other process can open it.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    // Allows forgotten space to be returned to the system. A file that already has pages would ignore it.
    if (size === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    db.exec('BEGIN IMMEDIATE');
    const found = db.prepare('SELECT name, sql FROM sqlite_schema').all();
    // A file with pages but no tables has lost the list of its tables, but not its samples.
    const begun = found.length > 0 || numberOf(db, 'page_count') > 1;
    bringUp(db, begun ? verified(db, path, found) : 0);
    db.exec('COMMIT');
    const inLog = mostInLog(dirname(path));
    db.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${2 * inLog}`,
    );
    db.exec(`PRAGMA wal_autocheckpoint = ${Math.floor(inLog / numberOf(db, 'page_size'))}`);
    return new SqliteHistory(db, path, looksThrough);
  } catch (thrown) {
    close(db);
    throw sqliteError(path, thrown);
  }
}

/** Ticks of format 1 stay where they are: they become blocks in slices, like those of every past hour. */
function bringUp(db: DatabaseSync, format: number): void {
  for (const statement of statementsAfter(format)) db.exec(statement);
  if (numberOf(db, 'user_version') !== formatVersion) db.exec(`PRAGMA user_version = ${formatVersion}`);
}

/** The format of the file. Throws `damaged`. */
function verified(db: DatabaseSync, path: string, found: readonly Record<string, unknown>[]): number {
  const format = formatOf(found, numberOf(db, 'user_version'));
  if (format === null) throw damaged(path, 'it is no history of a format that this version knows');
  for (const what of (sizeOf(path) ?? 0) > checkedAsAWholeBytes ? smallTables(db, found) : ['1']) {
    const result = Object.values(db.prepare(`PRAGMA integrity_check(${what})`).get() ?? {})[0];
    if (result !== 'ok') throw damaged(path, String(result));
  }
  return format;
}

/** The format that these tables and the version in the header say. Null if they are of no known one. */
function formatOf(found: readonly Record<string, unknown>[], version: number): number | null {
  const possible = Array.from({ length: formatVersion }, (_, index) => index + 1).filter((format) => {
    const schema = schemaOf(format) ?? {};
    return (
      found.length === Object.keys(schema).length &&
      found.every(({ name, sql }) => schema[String(name)] === sql)
    );
  });
  if (possible.includes(version)) return version;
  // The tables are exactly those of one format: then it is the version that is damaged.
  const [only] = possible;
  return possible.length === 1 && only !== undefined ? only : null;
}

/** The tables that stay small however long the history is kept, and the readings if there are few. */
function smallTables(db: DatabaseSync, found: readonly Record<string, unknown>[]): string[] {
  const ticks = Number(db.prepare('SELECT max(id) - min(id) AS ticks FROM tick').get()?.['ticks'] ?? 0);
  const small = ['layout', 'source', 'series', 'taken', ...(ticks < readingsCompared ? ['tick'] : [])];
  return small.filter((name) => found.some((one) => one['name'] === name));
}

function damaged(path: string, finding: string): PlimsollError {
  return new PlimsollError(
    'damaged',
    `The history in ${path} is damaged (${finding.replaceAll('\n', ' ')}).`,
  );
}

function numberOf(db: DatabaseSync, pragma: 'user_version' | 'page_count' | 'page_size'): number {
  return Number(db.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
}

function close(db: DatabaseSync): void {
  try {
    db.close();
  } catch {
    // The error that made it unusable is already being thrown.
  }
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}
