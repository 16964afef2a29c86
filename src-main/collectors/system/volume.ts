import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { messageOf, PlimsollError } from '../../contract/error.ts';
import { lookAtVolume, type VolumeFacts } from './file-worker.ts';
import type { MountUsage, Volume } from './system.ts';

/**
 * The file system that holds `path`, by statfs(2), as in psutil 5.9.4 (`_psposix.disk_usage`): total = f_blocks ×
 * f_frsize; used = (f_blocks − f_bfree) × f_frsize, which counts the blocks reserved for root as free; available =
 * f_bavail × f_frsize, which does not. On macOS these are the numbers of the APFS container that all its volumes share.
 *
 * Throws `unreadable` if the path cannot be queried, `unsupported` if its file system has no size, like `/proc`. The
 * call can block as long as a dead network file system makes it wait: deadlines are up to the scheduler.
 */
export async function readVolume(path: string): Promise<Volume> {
  return volumeOf(await questions.ask(path), path);
}

/**
 * Like `readVolume`, with f_files and f_ffree. File systems that create inodes as needed report 0: here they have none.
 */
export async function readMountUsage(path: string): Promise<MountUsage> {
  return mountUsageOf(await questions.ask(path), path);
}

/** Like `readMountUsage`, but synchronously: only for file systems that answer from memory whatever their disk does. */
export function readMountUsageAtOnce(path: string): MountUsage {
  try {
    return mountUsageOf(statfsSync(path), path);
  } catch (thrown) {
    throw thrown instanceof PlimsollError ? thrown : unreadable(path, thrown);
  }
}

function mountUsageOf(facts: VolumeFacts, path: string): MountUsage {
  const volume = volumeOf(facts, path);
  return facts.files > 0 ? { ...volume, inodes: { total: facts.files, free: facts.ffree } } : volume;
}

/** How many queries are running whose thread may never return. */
export function hangingVolumes(): number {
  return questions.underWay;
}

type Ask = (path: string) => Promise<VolumeFacts>;

/** How many of Node's shared file threads may be occupied: a hanging file system keeps the thread that queried it. */
const mostInPool = 1;

/**
 * How many queries may run that have not taken long yet: the next file system is queried when this one has answered or
 * takes long.
 */
const mostAtOnce = 1;

/** A working file system answers within microseconds; only one that hangs takes longer than this. */
const usualMs = 250;

/**
 * Queries one file system at a time. If one takes long, the next is queried, in a new thread while Node's own is
 * occupied. A path that has not answered is not queried again: further callers wait for the same answer.
 */
export class VolumeQuestions {
  readonly #inPool: Ask;
  readonly #inThread: Ask;
  readonly #waiting = new Map<string, Promise<VolumeFacts>>();
  readonly #queue: (() => void)[] = [];
  #quick = 0;
  #pooled = 0;

  /** Tests replace the two ways to query, to simulate file systems that hang. */
  constructor(inPool: Ask = statfs, inThread: Ask = lookAtVolume) {
    this.#inPool = inPool;
    this.#inThread = inThread;
  }

  get underWay(): number {
    return this.#waiting.size;
  }

  /** Throws `unreadable`. */
  ask(path: string): Promise<VolumeFacts> {
    const known = this.#waiting.get(path);
    if (known !== undefined) return known;
    const answer = this.#answer(path)
      .catch((cause: unknown) => {
        throw unreadable(path, cause);
      })
      .finally(() => this.#waiting.delete(path));
    this.#waiting.set(path, answer);
    return answer;
  }

  async #answer(path: string): Promise<VolumeFacts> {
    while (this.#quick >= mostAtOnce) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#quick++;
    const usesPool = this.#pooled < mostInPool;
    if (usesPool) this.#pooled++;
    let isQuick = true;
    const letNextIn = () => {
      if (!isQuick) return;
      isQuick = false;
      this.#quick--;
      this.#queue.shift()?.();
    };
    const long = setTimeout(letNextIn, usualMs);
    try {
      return await (usesPool ? this.#inPool(path) : this.#inThread(path));
    } finally {
      clearTimeout(long);
      letNextIn();
      if (usesPool) this.#pooled--;
    }
  }
}

const questions = new VolumeQuestions();

function unreadable(path: string, cause: unknown): PlimsollError {
  return new PlimsollError(
    'unreadable',
    `The file system of ${path} cannot be read: ${messageOf(cause)}. Check that the path exists and is mounted.`,
    { retry: true, cause },
  );
}

function volumeOf({ blocks, bfree, bavail, frsize }: VolumeFacts, path: string): Volume {
  if (blocks === 0) {
    throw new PlimsollError(
      'unsupported',
      `The file system of ${path} has no size. Choose a path on a real disk.`,
    );
  }
  return { total: blocks * frsize, used: (blocks - bfree) * frsize, available: bavail * frsize };
}
