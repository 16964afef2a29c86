import type { ImportView, Note, Override, TranslationView } from '../../contract/import.ts';
import type { Settings } from '../../contract/settings.ts';
import type { SettingsEditor } from './editor.ts';
import type { SettingsKeeper } from './keeper.ts';
import { settingsNotices } from './notices.ts';

/** Settings with their revision, which a change must name, and their location. */
export interface SettingsView {
  settings: Settings;
  revision: string;
  /** The file, or null if there is none yet. */
  location: string | null;
  /** False for a file that is only read, such as a predecessor's. */
  editable: boolean;
  /** How a predecessor's file was translated; null for a file of our own. */
  translation: TranslationView | null;
  /** Values in force that the environment overrides. */
  overrides: Override[];
  /** Valid settings that should be checked, such as keys of a newer version. */
  warnings: Note[];
}

/** Queries and changes of the settings. */
export interface SettingsApi {
  view(): SettingsView;
  /**
   * Replaces the settings as a whole. `revision` is the one that the change is based on: if the settings have changed
   * since, throws `conflict` and changes nothing. Throws `invalid_settings` with every problem.
   */
  change(settings: unknown, revision: string): Promise<SettingsView>;
  /**
   * What the text of a file, ours or a predecessor's, would change: nothing is removed, and entries with effects are
   * imported disabled. With a revision it is applied, completely or not at all. Throws like `change`.
   */
  import(text: string, revision: string | null): Promise<ImportView>;
  /** The settings as the text of a plimsoll.yaml; secrets are references. */
  export(): string;
  /**
   * Writes a predecessor's file that is in force as plimsoll.yaml beside it and returns its path. Throws `conflict` if
   * one exists.
   */
  convert(): Promise<string>;
}

export interface SettingsDeskParts {
  keeper: SettingsKeeper;
  editor: SettingsEditor;
  /** Called when other settings are stored, which have to be put in force. */
  onChange: () => void;
  notice: (id: string, message: string | null) => void;
}

/** The implementation in a running monitor. */
export class SettingsDesk implements SettingsApi {
  readonly #parts: SettingsDeskParts;

  constructor(parts: SettingsDeskParts) {
    this.#parts = parts;
  }

  view(): SettingsView {
    return this.#parts.keeper.view();
  }

  async change(content: unknown, revision: string): Promise<SettingsView> {
    await this.#edit(() => this.#parts.editor.change(content, revision));
    return this.view();
  }

  /** Changes the current settings. Throws like `change`. */
  async amend(change: (settings: Settings) => object): Promise<void> {
    const { settings, revision } = this.view();
    await this.change(change(settings), revision);
  }

  async import(text: string, revision: string | null): Promise<ImportView> {
    const { editor } = this.#parts;
    return revision === null
      ? (await editor.plan(text)).view
      : this.#edit(() => editor.import(text, revision));
  }

  export(): string {
    return this.#parts.editor.export();
  }

  convert(): Promise<string> {
    return this.#parts.editor.convert();
  }

  /** Reads them again, for example after a manual edit. Throws if they are invalid; the previous ones stay in force. */
  async reload(): Promise<void> {
    const { keeper, onChange } = this.#parts;
    const before = this.view().revision;
    try {
      await keeper.reload();
    } finally {
      this.notice();
    }
    if (this.view().revision !== before) onChange();
  }

  /** Sets the notices about them, and takes back those that no longer apply. */
  notice(): void {
    for (const [id, message] of Object.entries(settingsNotices(this.#parts.keeper)))
      this.#parts.notice(id, message);
  }

  async #edit<T>(edit: () => Promise<T>): Promise<T> {
    try {
      const outcome = await edit();
      this.#parts.onChange();
      return outcome;
    } catch (thrown) {
      // The document was edited meanwhile, or was written although it is not sure to stay: what is in it now is what
      // the next change must start from.
      await this.reload().catch(() => undefined);
      throw thrown;
    }
  }
}
