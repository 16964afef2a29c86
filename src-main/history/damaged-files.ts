import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** How many damaged files are kept: each may be as large as the history may become. */
export const damagedKept = 2;

/** A file that was set aside because it could not be read, with its companion files of SQLite. */
interface DamagedFile {
  name: string;
  bytes: number;
}

const suffixes = ['', '-wal', '-shm'];

/** The files that `setAside` made from the file `path`, newest first. Empty if the directory cannot be read. */
export function damagedFiles(path: string): DamagedFile[] {
  const directory = dirname(path);
  const prefix = `${basename(path)}.damaged-`;
  const names = new Set(
    namesIn(directory)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.replace(/-(wal|shm)$/, '')),
  );
  return [...names]
    .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    .map((name) => ({
      name,
      bytes: suffixes.reduce((sum, suffix) => sum + bytesOf(join(directory, name + suffix)), 0),
    }));
}

/** Removes all but the newest, and returns the names of the removed ones. A file that cannot be removed stays. */
export function removeOldDamaged(path: string): string[] {
  const gone: string[] = [];
  for (const { name } of damagedFiles(path).slice(damagedKept)) {
    try {
      for (const suffix of suffixes) rmSync(join(dirname(path), name + suffix), { force: true });
      gone.push(name);
    } catch {
      // It is tried again when the next one is set aside.
    }
  }
  return gone;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
