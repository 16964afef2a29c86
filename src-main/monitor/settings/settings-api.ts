import type { ImportView, Note, Override, TranslationView } from '../../contract/import.ts';
import type { Settings } from '../../contract/settings.ts';
import type { SettingsEditor } from './editor.ts';
import type { SettingsKeeper } from './keeper.ts';
import { settingsNotices } from './notices.ts';

/** Settings with the revision that a change must name, and where they live. */
export interface SettingsView {
  settings: Settings;
  revision: string;
  /** The file, or null where there is none yet. */
  location: string | null;
  /** False for a file that is only read, such as a predecessor's. */
  editable: boolean;
  /** What became of a predecessor's file; null for a file of our own. */
  translation: TranslationView | null;
  /** What is in force instead of what the settings say, because the environment says so. */
  overrides: Override[];
  /** What holds but should be looked at, such as keys of a newer Plimsoll. */
  warnings: Note[];
}

/** The settings, as a door shows and changes them. */
export interface SettingsApi {
  view(): SettingsView;
  /**
   * Replaces the settings as a whole. `revision` is the one the change was made on: when the settings have moved on
   * meanwhile it throws `conflict` and changes nothing. Problems throw `invalid_settings` with every problem listed.
   */
  change(settings: unknown, revision: string): Promise<SettingsView>;
  /**
   * What the text of a file, ours or a predecessor's, would change: nothing is removed, and what could act arrives
   * disabled. With a revision it is applied, as a whole or not at all. Throws what `change` throws.
   */
  import(text: string, revision: string | null): Promise<ImportView>;
  /** The settings as the text of a plimsoll.yaml; secrets are references. */
  export(): string;
  /** Writes a predecessor's file that is in force as plimsoll.yaml beside it and returns its path. Throws `conflict` where one is. */
  convert(): Promise<string>;
}

export interface SettingsDeskParts {
  keeper: SettingsKeeper;
  editor: SettingsEditor;
  /** Others are kept now, and shall be in force. */
  onChange: () => void;
  notice: (id: string, message: string | null) => void;
}

/** The same, of a monitor that runs. */
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

  /** Changes what they are now. Throws what `change` throws. */
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

  /** Reads them again, as after an edit by hand. Throws when they do not hold; the ones before stay in force. */
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

  /** Says what is amiss with them, and takes back what is not any more. */
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
