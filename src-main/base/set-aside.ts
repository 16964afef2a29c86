import { lstatSync, renameSync } from 'node:fs';

/**
 * Renames a damaged or replaced file, together with the files that SQLite keeps beside it, to `<file>.damaged-<UTC time>` (or
 * `.replaced-…`), so that nothing is lost. `at` is epoch milliseconds. Returns the new path of the file itself.
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

/** A broken symbolic link counts as existing. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
