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

/** The part of electron-store used here: setting `store` replaces the whole file. */
export interface WholeStore {
  store: Record<string, unknown>;
}

/**
 * Options to open electron-store with. `clearInvalidConfig` stays off, because it would empty a damaged file. The
 * directory must be that of the path given to `SettingsGuard.open`, whose file name is `settings.json`.
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

/** What was done at start because the stored settings were not valid. */
export interface Recovery {
  /** What was wrong with the file, for the log and for a notice. */
  problem: string;
  /** New path of the invalid file; null if there was none or it could not be moved. */
  keptAs: string | null;
  /** The copy that is in force; null if there was none, so that Plimsoll starts like the first time. */
  restoredFrom: string | null;
}

interface Options {
  /** The file that electron-store writes. */
  path: string;
  /** Opens electron-store. Called before the first save, when the file is known to be valid. */
  openStore: () => WholeStore;
  /** Base directory of relative paths in the settings. */
  directory: string;
  /** Epoch milliseconds, for the name of a file that is set aside. */
  now: () => number;
}

/**
 * The desktop's settings in electron-store, protected against its writer, which on a nearly full disk reports success
 * and leaves a truncated file. Settings are held in memory. A save first stores a copy, then writes the file, then
 * reads it back. An invalid file is set aside, never deleted, and replaced by the newest valid copy.
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
  /** The settings in force, which are also on disk as far as known; null if none were ever saved. */
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

  /** Reads the stored settings and repairs an invalid file. Throws only if the directory cannot be created or read. */
  static async open(options: Options): Promise<SettingsGuard> {
    const { path } = options;
    await makeDirectory(dirname(path), 0o700).catch((thrown: unknown) => {
      throw fileError('made', dirname(path), thrown);
    });
    const generations = new SettingsGenerations(path);
    const found = lookAt(path);
    const newest = generations.newest();
    if (found.is === 'good') {
      // A file that the owner edited gets a copy too; if there is no space for one, the file is used anyway.
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
      // Without disk space the copy still exists and is found again at the next start.
      await writeFileDurably(path, newest.bytes, { mode: 0o600 }).catch(() => undefined);
    }
    return new SettingsGuard(options, newest, {
      problem: found.is === 'bad' ? found.reason : 'it is gone',
      keptAs,
      restoredFrom: newest?.path ?? null,
    });
  }

  /** The settings in force: the file if it was changed and is valid, otherwise those read or saved last. */
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

  /** Runs one save at a time: of two that are based on the same revision, the second gives `conflict`. */
  write(next: Settings, previous: Settings | null, base: string | null): Promise<string> {
    const written = this.#writing.then(() => this.#write(next, previous, base));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #write(next: Settings, previous: Settings | null, base: string | null): Promise<string> {
    const found = lookAt(this.location);
    // A file that was deleted or damaged while running contains nothing that a save could overwrite by mistake.
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
      // The first save writes the file before its copy, so that a copy without a file always means a lost file.
      if (found.is === 'missing' && stored === null)
        await writeFileDurably(this.location, bytes, { mode: 0o600, exclusive: true });
      // All other saves write the copy first: if there is no space, nothing else was changed.
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

  /** Restores the file after a failed save of `bytes`; if that fails too, an older copy exists. */
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

/** Checks that the file contains what was saved. Throws `disk_full` if it is incomplete, which electron-store does not report. */
function verified(path: string, content: Record<string, unknown>): GoodFile {
  const found = lookAt(path);
  if (found.is === 'good' && isDeepStrictEqual(found.content, content)) return found;
  throw new PlimsollError(
    'disk_full',
    `${path} could not be written completely; the settings from before stay in force. The disk or its quota is probably full: make room and save again.`,
    { retry: true },
  );
}
