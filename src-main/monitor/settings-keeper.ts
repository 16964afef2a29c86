import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileError, writeFileDurably } from '../base/durable-file.ts';
import { PlimsollError, messageOf } from '../contract/error.ts';
import type { Settings } from '../contract/settings.ts';
import type { SettingsView } from './monitor-api.ts';
import { parseSettings, starterSettings } from './settings.ts';
import type { SettingsStore } from './settings-store.ts';

/** Named as the base of a first save. */
const nothingSaved = 'unsaved';

/**
 * Holds the settings that are in force. They are always valid: what can not be read or does not hold never replaces
 * them. After every good read or save a copy is kept in the data directory, to start with when the document is bad.
 */
export class SettingsKeeper {
  readonly #store: SettingsStore;
  readonly #copyPath: string;
  #settings: Settings;
  #revision: string;
  #problem: PlimsollError | null;
  #copyProblem: PlimsollError | null = null;
  /** Copies are written one after the other, so that the newest stays. */
  #copying: Promise<void> = Promise.resolve();

  private constructor(
    store: SettingsStore,
    copyPath: string,
    settings: Settings,
    revision: string,
    problem: PlimsollError | null,
  ) {
    this.#store = store;
    this.#copyPath = copyPath;
    this.#settings = settings;
    this.#revision = revision;
    this.#problem = problem;
  }

  /**
   * Reads the settings at start. Without any, the starter settings hold. A document that is bad throws when
   * `mustHold`; otherwise the last good copy holds, or the starter settings where there is none, and `problem` says why.
   */
  static async open(store: SettingsStore, directory: string, mustHold: boolean): Promise<SettingsKeeper> {
    const copyPath = join(directory, 'settings.last-good.json');
    try {
      const { settings, revision } = load(store) ?? { settings: starterSettings(), revision: nothingSaved };
      const keeper = new SettingsKeeper(store, copyPath, settings, revision, null);
      await keeper.#keepCopy();
      return keeper;
    } catch (thrown) {
      if (mustHold || !(thrown instanceof PlimsollError)) throw thrown;
      return new SettingsKeeper(
        store,
        copyPath,
        readCopy(copyPath) ?? starterSettings(),
        nothingSaved,
        thrown,
      );
    }
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Why the stored document is not in force; null when it is. */
  get problem(): PlimsollError | null {
    return this.#problem;
  }

  /** Why there is no copy of what is in force to start with when the document is bad; null when there is one. */
  get copyProblem(): PlimsollError | null {
    return this.#copyProblem;
  }

  /** What an owner should know of how the settings were found; null when nothing is amiss. */
  get noticeAtStart(): string | null {
    return this.#store.notice ?? null;
  }

  view(): SettingsView {
    return {
      settings: this.#settings,
      revision: this.#revision,
      location: this.#store.location,
      editable: this.#store.editable,
    };
  }

  /** Checks and saves; what was in force stays in force when anything is wrong. */
  async change(content: unknown, revision: string): Promise<void> {
    if (!this.#store.editable) {
      throw new PlimsollError(
        'forbidden',
        `${this.#store.location ?? 'The settings file'} is only read. Edit it by hand.`,
      );
    }
    if (this.#problem !== null) {
      throw new PlimsollError(
        'conflict',
        `${this.#store.location ?? 'The settings file'} has a problem that must be mended by hand first: ${this.#problem.message}`,
      );
    }
    if (revision !== this.#revision) {
      throw new PlimsollError(
        'conflict',
        'The settings have changed since they were opened. Look at the new ones and make the change again.',
      );
    }
    const settings = parseSettings(content);
    const first = this.#revision === nothingSaved;
    this.#revision = await this.#store.write(
      settings,
      first ? null : this.#settings,
      first ? null : this.#revision,
    );
    this.#settings = settings;
    await this.#keepCopy();
  }

  /**
   * Reads the document again. A bad one leaves everything as it is, sets `problem` and throws. One that is gone was
   * deleted by mistake or is being replaced: that leaves everything as it is too.
   */
  async reload(): Promise<void> {
    try {
      const loaded = load(this.#store);
      this.#settings = loaded?.settings ?? this.#settings;
      this.#revision = loaded?.revision ?? this.#revision;
      this.#problem = null;
    } catch (thrown) {
      this.#problem =
        thrown instanceof PlimsollError
          ? thrown
          : new PlimsollError('unreadable', messageOf(thrown), { cause: thrown });
      throw this.#problem;
    }
    await this.#keepCopy();
  }

  /** Never throws: that there is no copy is no reason to refuse what it would be a copy of. */
  async #keepCopy(): Promise<void> {
    if (this.#revision === nothingSaved) return;
    this.#copying = this.#copying.then(async () => {
      const bytes = Buffer.from(JSON.stringify(this.#settings));
      this.#copyProblem = await writeFileDurably(this.#copyPath, bytes, { mode: 0o600 }).then(
        () => null,
        (thrown: unknown) => fileError('written', this.#copyPath, thrown),
      );
    });
    await this.#copying;
  }
}

/** Null when nothing was ever saved, or it is gone. */
function load(store: SettingsStore): { settings: Settings; revision: string } | null {
  const stored = store.read();
  if (stored === null) return null;
  return {
    settings: parseSettings(stored.content, (path) => store.describe(path)),
    revision: stored.revision,
  };
}

function readCopy(path: string): Settings | undefined {
  try {
    return parseSettings(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // No copy, or one of another version.
    return undefined;
  }
}
