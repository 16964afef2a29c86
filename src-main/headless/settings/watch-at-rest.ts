import { stat } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import { systemCodeOf } from '../../contract/error.ts';

/** What tells two versions of a file apart, or says why it can not be looked at. */
type Trace = string;

/** The trace of a file as it is now, to begin a watch with. Never rejects. */
export async function traceOf(file: string): Promise<Trace> {
  try {
    const { dev, ino, mode, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    // The time of the last change of its entry can not be set by hand, as the time of its content can.
    return [dev, ino, mode, size, mtimeNs, ctimeNs].join();
  } catch (thrown) {
    return systemCodeOf(thrown) ?? 'unknown';
  }
}

export interface WatchOptions {
  clock: Clock;
  /** Time between two looks, in milliseconds. */
  everyMs: number;
  /** The file as it was when it was read last. */
  since: Trace;
  onChange(): void;
}

/**
 * Calls back when a file is another one than before and has been left alone from one look to the next: half a file
 * can be a valid one, with half of the rules. One that an editor replaces is gone for a moment only; gone from one look
 * to the next is a change like any other, and so is one that became a directory or can not be reached any more.
 *
 * Looking now and then, rather than being told, works on every file system, through links, and when an editor replaces
 * the file. Returns what ends the watch.
 */
export function watchAtRest(file: string, { clock, everyMs, since, onChange }: WatchOptions): () => void {
  let seen = since;
  let told = since;
  let ended = false;
  const look = async (): Promise<void> => {
    const now = await traceOf(file);
    if (ended) return;
    if (now === seen && now !== told) {
      told = now;
      onChange();
    }
    seen = now;
    cancel = clock.after(everyMs, () => void look());
  };
  let cancel = clock.after(everyMs, () => void look());
  return () => {
    ended = true;
    cancel();
  };
}
