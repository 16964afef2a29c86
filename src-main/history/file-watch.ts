import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { fileIdentity, isInUse } from './open-database.ts';
import { setAside } from '../base/set-aside.ts';
import { PlimsollError, messageOf } from '../contract/error.ts';
import type { DiskSpace } from './disk-space.ts';
import type { HistoryStore } from './store.ts';

type Space = Pick<DiskSpace, 'whyNotToWrite' | 'roomBytes' | 'isNearlyFull' | 'foundFull'>;

/** How long to wait after a failed attempt to write it again. */
const againMs = 10_000;

interface FileWatchParts {
  path: string;
  clock: Clock;
  space: Space;
  /** Ends the process; the next one opens what was written. */
  end(): void;
}

/**
 * Notices that the file of the history was removed or replaced while it is open, before anything is written that would
 * be lost with the process. Then nothing more is written until everything that the process still has is in a file again
 * and the next process has opened it; main sends again what was refused.
 */
export class FileWatch implements Space {
  readonly #parts: FileWatchParts;
  #store: Pick<HistoryStore, 'backup' | 'close'> | undefined;
  #file = '';
  #log = 'none';
  #lost: string | null = null;
  #tryAt = -Infinity;
  #writing: Promise<boolean> | undefined;

  constructor(parts: FileWatchParts) {
    this.#parts = parts;
  }

  opened(store: Pick<HistoryStore, 'backup' | 'close'>): void {
    this.#store = store;
    this.#file = fileIdentity(this.#parts.path);
    this.#log = fileIdentity(this.#logPath);
  }

  whyNotToWrite(): PlimsollError | undefined {
    if (this.#lost === null && !this.#isThere()) this.#lost = 'It is written again from what is known.';
    if (this.#lost === null) return this.#parts.space.whyNotToWrite();
    if (this.#parts.clock.monotonic() >= this.#tryAt) {
      this.#tryAt = Infinity;
      // The current request is refused first.
      this.#parts.clock.after(0, () => void this.#writeAgainAndEnd());
    }
    return new PlimsollError(
      'stage_down',
      `The history in ${this.#parts.path} was removed or replaced while Plimsoll ran. ${this.#lost} Nothing new is stored until then, and nothing is lost.`,
      { retry: true },
    );
  }

  /**
   * To be called before the process ends, because a removed file would be lost with it. Settles when it is written
   * again, or cannot be; nothing else may be done with it then. Undefined if nothing was removed.
   */
  beforeEnd(): Promise<unknown> | undefined {
    return this.#lost === null && this.#isThere() ? undefined : this.#writeAgain();
  }

  get roomBytes(): number {
    return this.#parts.space.roomBytes;
  }

  /** True while it is being copied, so that nothing changes. */
  get isNearlyFull(): boolean {
    return this.#lost !== null || this.#parts.space.isNearlyFull;
  }

  foundFull(): void {
    this.#parts.space.foundFull();
  }

  get #logPath(): string {
    return `${this.#parts.path}-wal`;
  }

  #isThere(): boolean {
    if (this.#store === undefined) return true;
    const log = fileIdentity(this.#logPath);
    // SQLite creates it with the first write.
    if (this.#log === 'none') this.#log = log;
    return fileIdentity(this.#parts.path) === this.#file && log === this.#log;
  }

  async #writeAgainAndEnd(): Promise<void> {
    if (await this.#writeAgain()) this.#parts.end();
  }

  /** Returns whether it succeeded. */
  #writeAgain(): Promise<boolean> {
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
    return this.#writing;
  }

  async #write(): Promise<boolean> {
    const { path, clock } = this.#parts;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const kept = this.#makeRoom();
      // If only its log is missing, closing it completes the file.
      if (fileIdentity(path) === this.#file) this.#store?.close();
      else {
        for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
        await this.#store?.backup(path);
      }
      const aside = kept === null ? '' : ` What stood there is kept as ${kept}.`;
      const notice = `${path} was removed or replaced while Plimsoll ran. It is written again, and nothing of it is lost.${aside}`;
      writeFileSync(noteOf(path), notice, { mode: 0o600 });
      return true;
    } catch (thrown) {
      this.#lost = `It cannot be written again: ${messageOf(thrown)}`;
      this.#tryAt = clock.monotonic() + againMs;
      return false;
    }
  }

  /** Sets aside anything in the place of the file. Returns its new path; null if there was nothing. */
  #makeRoom(): string | null {
    const { path, clock } = this.#parts;
    // A dangling link also occupies the place, and nobody uses it.
    const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    if (!isThere || fileIdentity(path) === this.#file) return null;
    if (existsSync(path) && isInUse(path)) throw new Error('another Plimsoll has begun one there.');
    return setAside(path, clock.now(), 'replaced');
  }
}

const noteOf = (path: string) => `${path}.written-again`;

/** The note of the previous process about a file that it wrote again, returned once; null if there is none. */
export function takeNote(path: string): string | null {
  const note = noteOf(path);
  if (!existsSync(note)) return null;
  const text = readFileSync(note, 'utf8');
  rmSync(note);
  return text;
}
