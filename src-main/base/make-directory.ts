import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../contract/error.ts';

/*
 * Node's own `recursive: true` loops for ever on file systems that answer ENOENT although the parent exists, such as
 * /proc: it creates the parent again and again. These functions try once.
 */

/** Creates a directory and its missing parents with `mode`. An existing one is not changed. Throws the system's error. */
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

/** `makeDirectory` for synchronous code. */
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
