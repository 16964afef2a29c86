import { systemClock } from '../../../base/clock.ts';
import type { Clock } from '../../../base/clock.ts';
import { PlimsollError } from '../../../contract/error.ts';
import type { ProcFiles } from '../proc-files.ts';
import type { Mount, MountUsage } from '../system.ts';
import { readMountUsage, readMountUsageAtOnce } from '../volume.ts';
import { realMounts } from './mounts.ts';

const file = 'self/mountinfo';

/** A newly mounted file system is found within this time, in milliseconds. */
const nextLookMs = 10_000;

/** How to query a mount; tests pass file systems of any size. */
interface Ask {
  later(path: string): Promise<MountUsage>;
  atOnce(path: string): MountUsage;
}

/**
 * The mounts of this machine and their usage. The kernel generates the list for each reading, including all its own
 * file systems, which costs more than querying the few real ones. So it is read only every ten seconds if the size of
 * each mount proves that nothing changed: all of them answer from memory, and no two have the same size. If a size
 * differs, the list is read at once.
 */
export class MountList {
  readonly #files: ProcFiles;
  readonly #ask: Ask;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #bytes = Buffer.alloc(0);
  #mounts: readonly Mount[] = [];
  #listedAt = Number.NEGATIVE_INFINITY;
  /** Paths of mounts whose file systems answer from memory, according to the last list. */
  #answerAtOnce: ReadonlySet<string> = new Set();
  /** Sizes of the mounts queried since the list changed: total bytes and inodes. */
  readonly #sizes = new Map<string, string>();
  #canTell = false;

  constructor(
    files: ProcFiles,
    clock: Pick<Clock, 'monotonic'> = systemClock,
    ask: Ask = { later: readMountUsage, atOnce: readMountUsageAtOnce },
  ) {
    this.#files = files;
    this.#clock = clock;
    this.#ask = ask;
  }

  /** See `realMounts`. */
  mounts(): readonly Mount[] {
    if (!this.#canTell || this.#clock.monotonic() - this.#listedAt >= nextLookMs) this.#list();
    return this.#mounts;
  }

  /** See `readMountUsage`. Throws `unsupported` if nothing is mounted there any more. */
  usage(path: string): Promise<MountUsage> | MountUsage {
    if (!this.#answerAtOnce.has(path)) return this.#ask.later(path);
    const known = this.#sizes.get(path);
    try {
      const usage = this.#ask.atOnce(path);
      const size = `${usage.total} ${usage.inodes?.total}`;
      if (size === known) return usage;
      if (known === undefined) {
        this.#note(path, size);
        return usage;
      }
    } catch (thrown) {
      if (known === undefined) throw thrown;
    }
    // It was resized, replaced or unmounted.
    this.#sizes.delete(path);
    this.#list();
    if (this.#mounts.some((mount) => mount.path === path)) return this.usage(path);
    throw new PlimsollError('unsupported', `Nothing is mounted at ${path} any more.`);
  }

  #list(): void {
    const bytes = this.#files.read(file);
    this.#listedAt = this.#clock.monotonic();
    if (bytes.equals(this.#bytes)) return;
    const found = realMounts(bytes, this.#files.path(file));
    this.#bytes = Buffer.from(bytes);
    this.#mounts = found.map(({ mount }) => mount);
    this.#answerAtOnce = new Set(
      found.flatMap(({ mount, answersAtOnce }) => (answersAtOnce ? [mount.path] : [])),
    );
    this.#sizes.clear();
    this.#canTell = false;
  }

  #note(path: string, size: string): void {
    this.#sizes.set(path, size);
    this.#canTell = new Set(this.#sizes.values()).size === this.#mounts.length;
  }
}
