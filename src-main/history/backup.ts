import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { DatabaseSync, backup } from 'node:sqlite';
import { fileError, syncFile } from '../base/durable-file.ts';
import { PlimsollError, systemCodeOf } from '../contract/error.ts';

/** How many pages are copied between two pauses: about a millisecond. */
const pagesAtOnce = 256;

/**
 * Writes a copy of the history that `db` has open into a new file, as it is now or a little later. Readings go on being stored
 * meanwhile. The file is there as a whole or not at all; one that is there already is never replaced: `conflict`. Returns its
 * size in bytes. A path that is not absolute here is refused with `invalid_request`: it would lead to wherever this process is.
 */
export async function backUp(db: DatabaseSync, target: string): Promise<number> {
  if (!isAbsolute(target))
    throw new PlimsollError(
      'invalid_request',
      `${target} is no absolute path on the machine that runs Plimsoll: write the whole path.`,
    );
  return intoNew(target, async (part) => {
    await backup(db, part, { rate: pagesAtOnce });
  });
}

/** The same for a history that no process has open; free pages are left out. */
export function backUpAlone(db: DatabaseSync, target: string): Promise<number> {
  return intoNew(target, (part) => {
    db.prepare('VACUUM INTO ?').run(part);
    return Promise.resolve();
  });
}

async function intoNew(target: string, write: (part: string) => Promise<void>): Promise<number> {
  if (existsSync(target)) throw exists(target);
  // Another process may write one to the same place.
  const part = `${target}.part-${randomUUID()}`;
  try {
    await write(part);
    complete(part);
    place(part, target);
  } catch (thrown) {
    if (thrown instanceof PlimsollError) throw thrown;
    throw fileError('written', target, thrown);
  } finally {
    remove(part);
  }
  return statSync(target).size;
}

function remove(part: string): void {
  try {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(part + suffix, { force: true });
  } catch {
    // The error that prevented writing says more.
  }
}

/** Makes it one file without a log, checks it, and flushes it to disk. */
function complete(part: string): void {
  const copy = new DatabaseSync(part);
  try {
    copy.exec('PRAGMA journal_mode = DELETE');
    const finding = Object.values(copy.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
    if (finding !== 'ok')
      throw new PlimsollError(
        'damaged',
        `The history is damaged (${String(finding)}): see plimsoll history check.`,
      );
  } finally {
    copy.close();
  }
  syncFile(part);
}

function place(part: string, target: string): void {
  try {
    // Unlike a rename this never replaces a file that somebody else created meanwhile.
    linkSync(part, target);
  } catch (thrown) {
    if (systemCodeOf(thrown) === 'EEXIST') throw exists(target);
    // The file system has no links.
    renameSync(part, target);
  }
  if (process.platform !== 'win32') syncFile(dirname(target));
}

function exists(target: string): PlimsollError {
  return new PlimsollError(
    'conflict',
    `${target} is there already, and is not replaced: name another file, or remove it.`,
  );
}
