import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../contract/error.ts';

/*
 * Node's own `recursive: true` never returns where a file system answers ENOENT although the parent exists, as
 * /proc does: it makes the parent again, for ever. These ask once.
 */

/** Makes a directory, and what is missing on the way to it, with `mode`. One that exists is left as it is. Throws the system's error. */
export async function makeDirectory(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (thrown) {
    const parent = dirname(path);
    if (systemCodeOf(thrown) === 'ENOENT' && parent !== path) {
      await makeDirectory(parent, mode);
      await mkdir(path, mode).catch((again: unknown) => acceptExisting(path, again));
    } else {
      await acceptExisting(path, thrown);
    }
  }
}

async function acceptExisting(path: string, thrown: unknown): Promise<void> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isDirectory()) throw thrown;
}

/** `makeDirectory` for where waiting is not possible. */
export function makeDirectorySync(path: string, mode: number): void {
  const parent = dirname(path);
  try {
    mkdirSync(path, mode);
    return;
  } catch (thrown) {
    if (systemCodeOf(thrown) !== 'ENOENT' || parent === path) return acceptExistingSync(path, thrown);
  }
  makeDirectorySync(parent, mode);
  try {
    mkdirSync(path, mode);
  } catch (thrown) {
    acceptExistingSync(path, thrown);
  }
}

function acceptExistingSync(path: string, thrown: unknown): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw thrown;
}
