import { realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAbout } from '../../base/clock.ts';
import type { Clock } from '../../base/clock.ts';
import { FolderWatch } from '../../base/folder-watch.ts';
import { systemCodeOf } from '../../contract/error.ts';

/** Distinguishes versions of a file, or says why it cannot be examined. */
type Trace = string;

/** The current trace of a file, from which to start a watch. Never rejects. */
export async function traceOf(file: string): Promise<Trace> {
  try {
    const { dev, ino, mode, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    // Unlike the modification time, the change time of the entry cannot be set by users.
    return [dev, ino, mode, size, mtimeNs, ctimeNs].join();
  } catch (thrown) {
    return systemCodeOf(thrown) ?? 'unknown';
  }
}

export interface WatchOptions {
  clock: Clock;
  /** Time between two checks while the file may be changing, in milliseconds. */
  everyMs: number;
  /** The file when it was last read. */
  since: Trace;
  onChange(): void;
}

/** If the system reports changes, checks in between are only for changes that it misses. */
const seldomMs = 10_000;

/**
 * Calls back when a file has changed and then stayed the same between two checks: half a file can be valid, with half
 * of the rules. A file that an editor replaces is missing only for a moment; if it is missing at two checks, that is a
 * change like any other, and so is a file that became a directory or cannot be reached any more.
 *
 * The system triggers checks where it can, for the file and for a link to it. Occasional further checks make it work on
 * every file system. Returns a function that ends the watch.
 */
export function watchAtRest(file: string, { clock, everyMs, since, onChange }: WatchOptions): () => void {
  let seen = since;
  let told = since;
  let ended = false;
  let isLooking = false;
  let isSoon = true;
  /** How many changes the system has reported. */
  let stirs = 0;
  const stir = (): void => {
    stirs++;
    if (!ended && !isLooking && !isSoon) lookIn(everyMs);
  };
  const watches = foldersOf(file).map(
    ({ folder, name }) =>
      new FolderWatch(folder, (changed) => {
        if (name === null || changed === null || changed === name) stir();
      }),
  );
  const look = async (): Promise<void> => {
    isLooking = true;
    const stirsBefore = stirs;
    const now = await traceOf(file);
    isLooking = false;
    if (ended) return;
    const isAtRest = now === seen;
    if (isAtRest && now !== told) {
      told = now;
      onChange();
    }
    seen = now;
    const mayChange = stirs > stirsBefore || !isAtRest || !watches.every(({ isTold }) => isTold);
    lookIn(mayChange ? everyMs : seldomMs);
  };
  let cancel = clock.after(everyMs, () => void look());
  const lookIn = (ms: number): void => {
    cancel();
    isSoon = ms === everyMs;
    cancel = afterAbout(clock, ms, () => void look());
  };
  return () => {
    ended = true;
    cancel();
    for (const watch of watches) watch.close();
  };
}

/** The folders to watch: the file's own and, through a link, that of its target. */
function foldersOf(file: string): { folder: string; name: string | null }[] {
  const own = { folder: dirname(file), name: basename(file) };
  try {
    const real = realpathSync(file);
    if (real === join(realpathSync(own.folder), own.name)) return [own];
    // Any entry may be part of the path.
    return [
      { folder: own.folder, name: null },
      { folder: dirname(real), name: basename(real) },
    ];
  } catch {
    return [own];
  }
}
