import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** So many damaged files are kept: each may be as large as history may become. */
export const damagedKept = 2;

/** A file that was set aside because it could not be read, with what SQLite kept beside it. */
interface DamagedFile {
  name: string;
  bytes: number;
}

const suffixes = ['', '-wal', '-shm'];

/** Those that `setAside` made of the file `path`, newest first. Empty where the directory cannot be read. */
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

/** Removes all but the newest, and returns the names of those that are gone. One that cannot be removed stays. */
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
