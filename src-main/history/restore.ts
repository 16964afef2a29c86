import { copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileError, syncFile } from '../base/durable-file.ts';
import { setAside } from '../base/set-aside.ts';
import { PlimsollError } from '../contract/error.ts';
import { formatVersion, schemaOf } from './schema.ts';
import { sqliteError } from './sqlite-error.ts';

/**
 * Puts a copy of a backup in the place of the history in `directory`, which no process may have open. The previous
 * history is kept under a new name, which is returned; null if there was none. Throws, and changes nothing, if the file
 * is not a complete history of a known format: `damaged`, `newer_format`, `not_found`.
 */
export function restoreHistory(backup: string, directory: string, now: number): string | null {
  const stats = statSync(backup, { throwIfNoEntry: false });
  if (stats === undefined) throw new PlimsollError('not_found', `There is no file ${backup}.`);
  if (!stats.isFile())
    throw new PlimsollError('not_found', `${backup} is no file: name one that a backup wrote.`);
  const path = join(directory, 'history.sqlite');
  const copy = `${path}.restoring`;
  try {
    copyFileSync(backup, copy);
    verify(copy, backup);
    syncFile(copy);
    const kept = existsSync(path) || existsSync(`${path}-wal`) ? setAside(path, now, 'replaced') : null;
    renameSync(copy, path);
    return kept;
  } catch (thrown) {
    if (thrown instanceof PlimsollError) throw thrown;
    throw fileError('restored', path, thrown);
  } finally {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(copy + suffix, { force: true });
  }
}

function verify(copy: string, backup: string): void {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(copy, { readOnly: true });
    const format = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
    const found = db.prepare('SELECT name, sql FROM sqlite_schema').all();
    const isHistory = ['series', 'block', 'tick'].some((table) => found.some(({ name }) => name === table));
    if (isHistory && format > formatVersion)
      throw new PlimsollError(
        'newer_format',
        `${backup} has format ${format}, and this Plimsoll knows ${formatVersion} at most: use the newer Plimsoll.`,
      );
    const schema = format === 0 ? undefined : schemaOf(format);
    if (schema === undefined || found.some(({ name, sql }) => schema[String(name)] !== sql))
      throw new PlimsollError('damaged', `${backup} is no history.`);
    const finding = Object.values(db.prepare('PRAGMA integrity_check(1)').get() ?? {})[0];
    if (finding !== 'ok') throw new PlimsollError('damaged', `${backup} is damaged (${String(finding)}).`);
  } catch (thrown) {
    throw sqliteError(backup, thrown);
  } finally {
    db?.close();
  }
}
