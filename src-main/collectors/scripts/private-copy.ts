import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename, join } from 'node:path';
import { fileError } from '../../base/durable-file.ts';
import { makeDirectory } from '../../base/make-directory.ts';
import type { ScriptFile } from './script-file.ts';

/**
 * Writes a copy of exactly the approved bytes, which only this user can change, and returns its path. Between reading a
 * file and starting it somebody could replace the file, but not the copy. The copy keeps the file's name, because
 * programs look at their own name.
 */
export async function privateCopy({ bytes, sha256, path }: ScriptFile, folder: string): Promise<string> {
  const own = join(folder, sha256.slice(0, 32));
  const copy = join(own, basename(path));
  const there = await readFile(copy).catch(() => undefined);
  if (there?.equals(bytes) === true) return copy;
  const fresh = join(own, `.${randomBytes(8).toString('hex')}`);
  try {
    await makeDirectory(folder, 0o700);
    await mkdir(own, { mode: 0o700, recursive: false }).catch(() => undefined);
    await chmod(own, 0o700);
    await writeFile(fresh, bytes, { mode: 0o700, flag: 'wx' });
    await rename(fresh, copy);
    return copy;
  } catch (thrown) {
    await rm(fresh, { force: true }).catch(() => undefined);
    throw fileError('copied', copy, thrown);
  }
}

/** Removes the copies of scripts that are no longer approved. Never throws: a leftover copy does no harm. */
export async function removeCopies(folder: string, approved: Iterable<string>): Promise<void> {
  const kept = new Set([...approved].map((sha256) => sha256.slice(0, 32)));
  for (const name of await readdir(folder).catch(() => []))
    if (/^[0-9a-f]{32}$/.test(name) && !kept.has(name))
      await rm(join(folder, name), { recursive: true, force: true }).catch(() => undefined);
}
