import { join } from 'node:path';
import { fileError, readPlainFile, writeFileDurably } from '../../base/durable-file.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import type { Settings } from '../../contract/settings.ts';
import type { SettingsView } from './settings-api.ts';
import { inForce, ownSettings, readSettings } from './read.ts';
import type { Environment, InForce, ReadSettings } from './read.ts';
import { parseSettings } from './schema.ts';
import { starterSettings } from './starter.ts';
import type { SettingsStore } from './store.ts';

/** Named as the base of a first save. */
const nothingSaved = 'unsaved';

/**
 * Holds the settings that are in force. They are always valid: what cannot be read or does not hold never replaces
 * them. After every good read or save a copy is kept in the data directory, to start with when the document is bad or gone;
 * none of a document that has to hold, because no start ever falls back on that.
 */
export class SettingsKeeper {
  readonly #store: SettingsStore;
  readonly #environment: Environment;
  readonly #copyPath: string | undefined;
  #read: ReadSettings;
  #inForce: InForce;
  #revision: string;
  #problem: PlimsollError | null;
  #copyProblem: PlimsollError | null = null;
  #restored: string | null = null;
  #isGone = false;
  #isStarter = false;
  /** Copies are written one after the other, so that the newest stays. */
  #copying: Promise<void> = Promise.resolve();

  private constructor(
    { store, environment, directory }: KeeperPlaces,
    read: ReadSettings,
    revision: string,
    problem: PlimsollError | null,
  ) {
    this.#store = store;
    this.#environment = environment;
    this.#copyPath = copyPathIn(directory);
    this.#read = read;
    this.#inForce = inForce(read.settings, environment);
    this.#revision = revision;
    this.#problem = problem;
  }

  /**
   * Reads the settings at start. A document that is bad throws when `mustHold`; otherwise the last good copy holds, or the
   * starter settings where there is none, and `problem` says why. One that is gone is written again from that copy; the starter
   * settings hold where there never was one.
   */
  static async open(asked: KeeperPlaces, mustHold: boolean): Promise<SettingsKeeper> {
    const { store, environment } = asked;
    // The copy is that of the usual document: one that was named must not begin with it, nor take its place.
    const places = mustHold ? { store, environment } : asked;
    const copyPath = copyPathIn(places.directory);
    try {
      const loaded = load(places);
      if (loaded === null || loaded === 'known') {
        const copy = readCopy(copyPath);
        const keeper = new SettingsKeeper(places, ownSettings(copy ?? starterSettings()), nothingSaved, null);
        keeper.#isStarter = copy === undefined;
        if (copy !== undefined && copyPath !== undefined) await keeper.#writeAgain(copyPath);
        return keeper;
      }
      const keeper = new SettingsKeeper(places, loaded.read, loaded.revision, null);
      await keeper.#keepCopy();
      return keeper;
    } catch (thrown) {
      if (mustHold || !(thrown instanceof PlimsollError)) throw thrown;
      const copy = readCopy(copyPath);
      const keeper = new SettingsKeeper(places, ownSettings(copy ?? starterSettings()), nothingSaved, thrown);
      keeper.#isStarter = copy === undefined;
      return keeper;
    }
  }

  /** Puts what holds where the document was. Never throws: without room the copy is still there, and is found again. */
  async #writeAgain(copyPath: string): Promise<void> {
    const file = this.#store.location ?? 'The settings file';
    const gone = `${file} was gone at the start, and the last good settings hold.`;
    const anew = `To begin anew instead, end Plimsoll and remove both it and ${copyPath}.`;
    try {
      this.#revision = await this.#store.write(this.#read.settings, null, null);
      this.#restored = `${gone} It is written again from ${copyPath}, without the comments it had. ${anew}`;
    } catch (thrown) {
      this.#restored = `${gone} It could not be written again: ${messageOf(thrown)} ${anew}`;
    }
  }

  /** Whether the starter settings hold, since nothing good was ever read. */
  get isStarter(): boolean {
    return this.#isStarter;
  }

  /** As the document says, defaults filled in. */
  get settings(): Settings {
    return this.#read.settings;
  }

  /** As they are in force: the environment goes before the document. */
  get inForce(): InForce {
    return this.#inForce;
  }

  /** What a predecessor's file holds in clear, by the name under which the settings refer to it. */
  get secrets(): ReadonlyMap<string, string> {
    return this.#read.secrets;
  }

  /** Why the stored document is not in force; null when it is. */
  get problem(): PlimsollError | null {
    return this.#problem;
  }

  /** Whether there was a document, and there is none any more: what it said last that was good stays in force. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Why there is no copy of what is in force to start with when the document is bad; null when there is one. */
  get copyProblem(): PlimsollError | null {
    return this.#copyProblem;
  }

  /** What an owner should know of how the settings were found; null when nothing is amiss. */
  get noticeAtStart(): string | null {
    return this.#restored ?? this.#store.notice ?? null;
  }

  view(): SettingsView {
    return {
      settings: this.#read.settings,
      revision: this.#revision,
      location: this.#store.location,
      editable: this.#editable,
      translation: this.#read.translation,
      overrides: this.#inForce.overrides,
      warnings: this.#read.warnings,
    };
  }

  /** Checks, lets `check` look as well, and saves; what was in force stays in force when anything is wrong. */
  async change(
    content: unknown,
    revision: string,
    check: (next: Settings) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    this.#refuseUnless(revision);
    const read = ownSettings(content);
    const { settings } = read;
    await check(settings);
    // Another change may have been saved while it looked.
    this.#refuseUnless(revision);
    const first = this.#revision === nothingSaved;
    this.#revision = await this.#store.write(
      settings,
      first ? null : this.#read.settings,
      first ? null : this.#revision,
    );
    this.#take(read);
    await this.#keepCopy();
  }

  /** Throws when the settings cannot be changed, or not by who saw them at `revision`. */
  #refuseUnless(revision: string): void {
    const file = this.#store.location ?? 'The settings file';
    if (!this.#editable) {
      const how = this.#read.translation === null ? '' : ', or convert it to plimsoll.yaml';
      throw new PlimsollError('forbidden', `${file} is only read. Edit it by hand${how}.`);
    }
    if (this.#problem !== null) {
      throw new PlimsollError(
        'conflict',
        `${file} has a problem that must be mended by hand first: ${this.#problem.message}`,
      );
    }
    if (revision === this.#revision) return;
    throw new PlimsollError(
      'conflict',
      'The settings have changed since they were opened. Look at the new ones and make the change again.',
    );
  }

  /**
   * Reads the document again. A bad one leaves everything as it is, sets `problem` and throws. One that is gone was
   * deleted by mistake or is being replaced: that leaves everything as it is too, and `isGone` says so.
   */
  async reload(): Promise<void> {
    try {
      // What was saved here comes back when the file is looked at.
      const isKnown = (revision: string) => revision === this.#revision && this.#problem === null;
      const loaded = load({ store: this.#store, environment: this.#environment }, isKnown);
      const wasThere = this.#revision !== nothingSaved || this.#problem !== null || this.#isGone;
      if (loaded !== null && loaded !== 'known') {
        this.#take(loaded.read);
        this.#revision = loaded.revision;
      }
      this.#isGone = loaded === null && wasThere;
      this.#problem = null;
    } catch (thrown) {
      this.#isGone = false;
      this.#problem =
        thrown instanceof PlimsollError
          ? thrown
          : new PlimsollError('unreadable', messageOf(thrown), { cause: thrown });
      throw this.#problem;
    }
    await this.#keepCopy();
  }

  get #editable(): boolean {
    return this.#store.editable && this.#read.translation === null;
  }

  #take(read: ReadSettings): void {
    this.#read = read;
    this.#inForce = inForce(read.settings, this.#environment);
    this.#isGone = false;
    this.#isStarter = false;
  }

  /** Never throws: that there is no copy is no reason to refuse what it would be a copy of. */
  async #keepCopy(): Promise<void> {
    const path = this.#copyPath;
    if (path === undefined || this.#revision === nothingSaved) return;
    this.#copying = this.#copying.then(async () => {
      const bytes = Buffer.from(JSON.stringify(this.#read.settings));
      this.#copyProblem = await writeFileDurably(path, bytes, { mode: 0o600 }).then(
        () => null,
        (thrown: unknown) => fileError('written', path, thrown),
      );
    });
    await this.#copying;
  }
}

/** Where a keeper finds what it keeps. */
export interface KeeperPlaces {
  store: SettingsStore;
  environment: Environment;
  /** The data directory, for the copy; without one no copy is kept or used. */
  directory?: string;
}

function copyPathIn(directory: string | undefined): string | undefined {
  return directory === undefined ? undefined : join(directory, 'settings.last-good.json');
}

/** Null when nothing was ever saved, or it is gone; `known` for a revision that needs no reading again. */
function load(
  { store, environment }: Omit<KeeperPlaces, 'directory'>,
  isKnown: (revision: string) => boolean = () => false,
) {
  const stored = store.read();
  if (stored === null) return null;
  if (isKnown(stored.revision)) return 'known';
  const read = readSettings(stored.content, environment, (path) => store.describe(path));
  return { read, revision: stored.revision };
}

function readCopy(path: string | undefined): Settings | undefined {
  if (path === undefined) return undefined;
  try {
    return parseSettings(JSON.parse(readPlainFile(path).toString()));
  } catch {
    // No copy, or one of another version.
    return undefined;
  }
}
