import { PlimsollError } from '../contract/error.ts';
import type { Settings } from '../contract/settings.ts';
import type { SettingsStore, StoredSettings } from '../monitor/settings/store.ts';

/** A document in memory, whose revision counts its changes. */
export class MemorySettingsStore implements SettingsStore {
  readonly location = '/somewhere/settings';
  readonly editable = true;
  readonly directory: string;
  notice: string | null = null;
  stored: StoredSettings | null = null;
  #changes = 0;

  constructor(directory = '/somewhere') {
    this.directory = directory;
  }

  /** As an edit by hand. */
  put(content: unknown): void {
    this.stored = { content, revision: `r${++this.#changes}` };
  }
  read(): StoredSettings | null {
    return this.stored;
  }
  write(next: Settings, _previous: Settings | null, base: string | null): Promise<string> {
    if ((this.stored?.revision ?? null) !== base)
      return Promise.reject(new PlimsollError('conflict', 'moved on'));
    this.put(next);
    return Promise.resolve(this.stored?.revision ?? '');
  }
  describe(): undefined {
    return undefined;
  }
}
