import { lstatSync, renameSync } from 'node:fs';

/**
 * Renames a damaged file, or one that is replaced, and what SQLite keeps beside it, to `<file>.damaged-<UTC time>`, so that it can be looked at and
 * nothing is lost. `at` is epoch milliseconds. Returns the new path of the file itself.
 */
export function setAside(path: string, at: number, as: 'damaged' | 'replaced' = 'damaged'): string {
  const stamp = new Date(at).toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  let kept = `${path}.${as}-${stamp}`;
  for (let copy = 2; isThere(kept); copy++) kept = `${path}.${as}-${stamp}-${copy}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (isThere(path + suffix)) renameSync(path + suffix, kept + suffix);
  }
  return kept;
}

/** A link that leads nowhere is there too. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
