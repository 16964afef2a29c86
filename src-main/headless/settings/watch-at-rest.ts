import { realpathSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAbout } from '../../base/clock.ts';
import type { Clock } from '../../base/clock.ts';
import { FolderWatch } from '../../base/folder-watch.ts';
import { systemCodeOf } from '../../contract/error.ts';

/** What tells two versions of a file apart, or says why it cannot be looked at. */
type Trace = string;

/** The trace of a file as it is now, to begin a watch with. Never rejects. */
export async function traceOf(file: string): Promise<Trace> {
  try {
    const { dev, ino, mode, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    // The time of the last change of its entry cannot be set by hand, as the time of its content can.
    return [dev, ino, mode, size, mtimeNs, ctimeNs].join();
  } catch (thrown) {
    return systemCodeOf(thrown) ?? 'unknown';
  }
}

export interface WatchOptions {
  clock: Clock;
  /** Time between two looks while the file may be changing, in milliseconds. */
  everyMs: number;
  /** The file as it was when it was read last. */
  since: Trace;
  onChange(): void;
}

/** Where the system reports changes, looking in between is only for those that it does not report. */
const seldomMs = 10_000;

/**
 * Calls back when a file is another one than before and has been left alone from one look to the next: half a file
 * can be a valid one, with half of the rules. One that an editor replaces is gone for a moment only; gone from one look
 * to the next is a change like any other, and so is one that became a directory or cannot be reached any more.
 *
 * The system says when to look, where it can: of the file, and of a link that leads to it. Looking now and then as well works on
 * every file system. Returns what ends the watch.
 */
export function watchAtRest(file: string, { clock, everyMs, since, onChange }: WatchOptions): () => void {
  let seen = since;
  let told = since;
  let ended = false;
  let isLooking = false;
  let isSoon = true;
  /** How often the system has told of a change. */
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

/** Where an entry changes when the file does: its own folder and, through a link, that of what it leads to. */
function foldersOf(file: string): { folder: string; name: string | null }[] {
  const own = { folder: dirname(file), name: basename(file) };
  try {
    const real = realpathSync(file);
    if (real === join(realpathSync(own.folder), own.name)) return [own];
    // Any entry may be a part of the way.
    return [
      { folder: own.folder, name: null },
      { folder: dirname(real), name: basename(real) },
    ];
  } catch {
    return [own];
  }
}
