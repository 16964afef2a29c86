import { unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { fileError, writeFileDurably } from '../base/durable-file.ts';
import { makeDirectory } from '../base/make-directory.ts';
import { setAside } from '../base/set-aside.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Settings } from '../contract/settings.ts';
import { carried } from '../documents/carry.ts';
import type { SettingsStore, StoredSettings } from '../monitor/settings/store.ts';
import { lookAt } from './settings-file.ts';
import type { GoodFile } from './settings-file.ts';
import { SettingsGenerations } from './settings-generations.ts';

/** What the guard needs of electron-store: setting `store` replaces the whole file. */
export interface WholeStore {
  store: Record<string, unknown>;
}

/**
 * How electron-store is to be opened for the guard. `clearInvalidConfig` stays off: it would empty a damaged file. The
 * directory must be the one of `SettingsGuard.open`'s path, whose name is `settings.json`.
 */
export function electronStoreOptions(directory: string) {
  return {
    cwd: directory,
    name: 'settings',
    fileExtension: 'json',
    configFileMode: 0o600,
    clearInvalidConfig: false,
    accessPropertiesByDotNotation: false,
  } as const;
}

/** What was found at start when the stored settings did not hold, and what came of it. */
export interface Recovery {
  /** What was wrong with the file, for the log and for a notice. */
  problem: string;
  /** Where the bad file is now; null when there was none, or it could not be moved. */
  keptAs: string | null;
  /** The good copy that is in force; null when there was none, and Plimsoll starts as if for the first time. */
  restoredFrom: string | null;
}

interface Options {
  /** The file that electron-store writes. */
  path: string;
  /** Opens electron-store. Called before the first save, when the file is known to be good. */
  openStore: () => WholeStore;
  /** Relative paths in the settings start here. */
  directory: string;
  /** Epoch milliseconds, for the name of a file that is set aside. */
  now: () => number;
}

/**
 * The desktop's settings in electron-store, with a guard around it: on a nearly full disk its writer reports success and
 * leaves a truncated file. Settings are held in memory; a save first keeps a good copy, then writes through, then reads
 * back what was written. A file that does not hold is moved aside, never deleted, and the newest good copy takes its
 * place.
 */
export class SettingsGuard implements SettingsStore {
  readonly location: string;
  readonly directory: string;
  readonly editable = true;
  readonly recovery: Recovery | null;
  readonly #openStore: () => WholeStore;
  readonly #now: () => number;
  readonly #generations: SettingsGenerations;
  #store: WholeStore | undefined;
  /** What is in force and, as far as we know, on disk; null when nothing was ever saved. */
  #current: GoodFile | null;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(options: Options, current: GoodFile | null, recovery: Recovery | null) {
    this.location = options.path;
    this.directory = options.directory;
    this.#openStore = options.openStore;
    this.#now = options.now;
    this.#generations = new SettingsGenerations(options.path);
    this.#current = current;
    this.recovery = recovery;
  }

  get notice(): string | null {
    if (this.recovery === null) return null;
    const { problem, keptAs, restoredFrom } = this.recovery;
    const kept = keptAs === null ? '' : ` It is kept as ${keptAs}.`;
    const now =
      restoredFrom === null ? 'Plimsoll begins as at a first start.' : 'The newest good copy is in force.';
    return `The settings did not hold (${problem}).${kept} ${now}`;
  }

  /** Reads what is stored, and repairs it where it is invalid. Throws only when the directory can not be made or read. */
  static async open(options: Options): Promise<SettingsGuard> {
    const { path } = options;
    await makeDirectory(dirname(path), 0o700).catch((thrown: unknown) => {
      throw fileError('made', dirname(path), thrown);
    });
    const generations = new SettingsGenerations(path);
    const found = lookAt(path);
    const newest = generations.newest();
    if (found.is === 'good') {
      // A file that somebody edited is worth a copy of its own; without room for one it holds all the same.
      if (newest === null || !isDeepStrictEqual(newest.content, found.content)) {
        await generations.add(found.bytes).then(
          () => generations.trim(),
          () => undefined,
        );
      }
      return new SettingsGuard(options, found, null);
    }
    if (found.is === 'missing' && newest === null) return new SettingsGuard(options, null, null);
    const keptAs = found.is === 'bad' ? movedAside(path, options.now()) : null;
    if (newest !== null && lookAt(path).is === 'missing') {
      // Without room the copy itself still is there, and is found again at the next start.
      await writeFileDurably(path, newest.bytes, { mode: 0o600 }).catch(() => undefined);
    }
    return new SettingsGuard(options, newest, {
      problem: found.is === 'bad' ? found.reason : 'it is gone',
      keptAs,
      restoredFrom: newest?.path ?? null,
    });
  }

  /** What is in force: the file where it was changed and holds, otherwise what was read or saved last. */
  read(): StoredSettings | null {
    const found = lookAt(this.location);
    if (found.is === 'good') this.#current = found;
    return this.#current === null
      ? null
      : { content: structuredClone(this.#current.content), revision: this.#current.revision };
  }

  describe(): undefined {
    return undefined;
  }

  /** One at a time: of two that are based on the same revision the second is a conflict. */
  write(next: Settings, previous: Settings | null, base: string | null): Promise<string> {
    const written = this.#writing.then(() => this.#write(next, previous, base));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #write(next: Settings, previous: Settings | null, base: string | null): Promise<string> {
    const found = lookAt(this.location);
    // A file that was deleted or damaged while we ran holds nothing that could be overwritten by mistake.
    const stored = found.is === 'good' ? found : this.#current;
    if ((stored?.revision ?? null) !== base) {
      throw new PlimsollError(
        'conflict',
        `${this.location} was changed by somebody else meanwhile, and is left as it is. Load the settings again, then repeat your change.`,
      );
    }
    const plain = (settings: Settings) => JSON.parse(JSON.stringify(settings)) as Record<string, unknown>;
    const content =
      stored === null || previous === null
        ? plain(next)
        : (carried(stored.content, plain(previous), plain(next)) as Record<string, unknown>);
    const bytes = Buffer.from(JSON.stringify(content));
    let copy: string | undefined;
    try {
      await makeDirectory(dirname(this.location), 0o700);
      // Of a first save the file, so that a copy without its file always is a file that was lost.
      if (found.is === 'missing' && stored === null)
        await writeFileDurably(this.location, bytes, { mode: 0o600, exclusive: true });
      // Of all others the copy: where there is no room, nothing has been touched yet.
      copy = await this.#generations.add(bytes);
      if (found.is === 'bad') setAside(this.location, this.#now());
      this.#store ??= this.#openStore();
      this.#store.store = content;
      this.#current = verified(this.location, content);
    } catch (thrown) {
      await this.#takeBack(copy, stored, bytes);
      throw fileError('saved', this.location, thrown);
    }
    await this.#generations.trim();
    return this.#current.revision;
  }

  /** Makes the file what it was before a save of `bytes` that failed; where that fails too, an older copy has it. */
  async #takeBack(copy: string | undefined, before: GoodFile | null, bytes: Uint8Array): Promise<void> {
    if (copy !== undefined) await unlink(copy).catch(() => undefined);
    if (before === null) {
      const left = lookAt(this.location);
      const isOurs = left.is === 'good' ? Buffer.compare(left.bytes, bytes) === 0 : copy !== undefined;
      if (isOurs) await unlink(this.location).catch(() => undefined);
    } else if (copy !== undefined) {
      await writeFileDurably(this.location, before.bytes, { mode: 0o600 }).catch(() => undefined);
    }
  }
}

function movedAside(path: string, at: number): string | null {
  try {
    return setAside(path, at);
  } catch {
    return null;
  }
}

/** What was meant to be saved, as it is on disk. Throws `disk_full` when it is not all there: electron-store does not say so. */
function verified(path: string, content: Record<string, unknown>): GoodFile {
  const found = lookAt(path);
  if (found.is === 'good' && isDeepStrictEqual(found.content, content)) return found;
  throw new PlimsollError(
    'disk_full',
    `${path} could not be written completely; the settings from before stay in force. The disk or its quota is probably full: make room and save again.`,
    { retry: true },
  );
}
