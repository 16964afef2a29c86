import type { Settings } from '../../contract/settings.ts';

/** A document as read: its content as plain data, and a revision that changes with it. */
export interface StoredSettings {
  content: unknown;
  revision: string;
}

/**
 * Where settings are stored: a YAML file, or electron-store behind its guard. It knows nothing about their meaning;
 * `describe` converts a key path into line and column if possible.
 */
export interface SettingsStore {
  readonly location: string | null;
  readonly editable: boolean;
  /**
   * What an owner should know about how the settings were found at the start, such as that a damaged file was replaced
   * by a copy.
   */
  readonly notice?: string | null;
  /** Where relative paths in the settings start. */
  readonly directory: string;
  /** Null if nothing was ever saved. Throws `invalid_settings` or `unreadable`. */
  read(): StoredSettings | null;
  /**
   * Saves the differences between `previous` (what was read as `base`, with defaults filled in; null for "nothing yet")
   * and `next`, leaves everything else in the document as its owner wrote it, and returns the new revision. Throws
   * `conflict` if what is stored is no longer `base`, and then changes nothing.
   */
  write(next: Settings, previous: Settings | null, base: string | null): Promise<string>;
  /** Line and column (from 1) of a key path in the document that was last read. */
  describe(path: readonly PropertyKey[]): { line: number; column: number } | undefined;
}
