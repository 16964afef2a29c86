import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { syncFile } from '../../base/durable-file.ts';

/** The copy of a state file, from which a start continues if the file is damaged or missing. */
export const copyPathOf = (path: string): string => path.replace(/\.sqlite$/, '.last-good.sqlite');

/** The content of the copy: everything that could not be recreated, in the order of its references. */
const copied = [
  ...['token', 'session', 'host', 'host_tags', 'untold', 'downtime', 'fact'].map(
    (table) => `INSERT INTO copy.${table} SELECT * FROM main.${table}`,
  ),
  `INSERT INTO copy.alert SELECT * FROM main.alert
     WHERE json_valid(body) AND (state = 'firing' OR json_extract(body, '$.recoveryOwed'))`,
  ...['transition', 'alert_context'].map(
    (table) =>
      `INSERT INTO copy.${table} SELECT * FROM main.${table} WHERE alert_id IN (SELECT id FROM copy.alert)`,
  ),
  // Tracks of rules that are calm and announced nothing would be created anyway.
  `INSERT INTO copy.track SELECT * FROM main.track
     WHERE json_valid(body) AND coalesce(body ->> '$.alertId', body ->> '$.lastAnnouncedAt') IS NOT NULL`,
  `INSERT INTO copy.delivery SELECT * FROM main.delivery
     WHERE state IN ('queued', 'held') OR alert_id IN (SELECT id FROM copy.alert)`,
  `INSERT INTO copy.measurements SELECT * FROM main.measurements WHERE id IN (
     SELECT json_extract(message, '$.measurements') FROM copy.delivery
     WHERE message IS NOT NULL AND json_type(message, '$.measurements') = 'integer')`,
];

/**
 * How soon a statement's changes should be in the copy: a user's decision at the next check, other changes within
 * minutes.
 */
export type CopyAge = 'new' | 'old' | 'overdue';
const decided = /\b(?:INTO|FROM) (?:token|host_tags|untold|downtime)\b|'paused-until'/;
const watched = /\b(?:INTO|UPDATE|FROM) (?:alert|token|session)\b/;

/** The age of the copy after a statement. */
export function copyAgeAfter(sql: string): CopyAge {
  if (/^\s*SELECT/.test(sql)) return 'new';
  if (decided.test(sql)) return 'overdue';
  return watched.test(sql) ? 'old' : 'new';
}

/**
 * Replaces the copy beside the file of `database`, readable only by its owner. `begin` creates an empty state at a
 * path. When it returns, the copy is on disk; when it throws, the previous copy still is.
 */
export function writeCopy(database: DatabaseSync, path: string, begin: (path: string) => void): void {
  const fresh = `${path}.new`;
  const remove = (): void => {
    for (const suffix of ['', '-wal', '-journal']) rmSync(fresh + suffix, { force: true });
  };
  remove();
  try {
    closeSync(openSync(fresh, 'wx', 0o600));
    begin(fresh);
    copyInto(database, fresh);
    syncFile(fresh);
    renameSync(fresh, path);
  } catch (thrown) {
    // An incomplete copy takes space, and is useless.
    remove();
    throw thrown;
  }
}

function copyInto(database: DatabaseSync, fresh: string): void {
  database.prepare('ATTACH ? AS copy').run(fresh);
  try {
    // It is flushed as a whole, and counts only then.
    database.exec('PRAGMA copy.journal_mode = MEMORY; PRAGMA copy.synchronous = OFF; BEGIN');
    for (const statement of copied) database.exec(statement);
    database.exec('COMMIT');
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
    database.exec('DETACH copy');
  }
}

/** When the copy was made, epoch milliseconds; null if there is none. */
export function copiedAt(path: string): number | null {
  return existsSync(path) ? statSync(path).mtime.getTime() : null;
}
