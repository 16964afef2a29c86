import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * The device and inode of a file, which distinguish it from another one of the same name; `none` if there is no file.
 */
export function fileIdentity(path: string): string {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? 'none' : `${stats.dev}:${stats.ino}`;
  } catch {
    return 'not to be seen';
  }
}

const sqliteBusy = 5;

/** Whether a process has the database at `path` locked: it is alive, and the file must not be moved. */
export function isInUse(path: string): boolean {
  let other: DatabaseSync | undefined;
  try {
    other = new DatabaseSync(path, { timeout: 0 });
    other.exec('BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch (thrown) {
    const code = thrown instanceof Error && 'errcode' in thrown ? thrown.errcode : undefined;
    return typeof code === 'number' && (code & 0xff) === sqliteBusy;
  } finally {
    other?.close();
  }
}
