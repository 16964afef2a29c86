import { watch, type FSWatcher } from 'node:fs';

/**
 * Is told by the system when an entry of a folder changes, so that nobody has to look every second. Not every file system tells of
 * every change (those of a network do not), and none does for ever (the folder may be replaced): whoever relies on it looks
 * now and then as well.
 */
export class FolderWatch {
  #watcher: FSWatcher | undefined;

  /** `onChange` gets the entry's name, or null where the system does not say it. */
  constructor(folder: string, onChange: (name: string | null) => void) {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => onChange(name));
      // Such as of a folder that was taken away while it was watched.
      watcher.on('error', () => this.close());
      this.#watcher = watcher;
    } catch {
      // No such folder, or no watches left on this machine.
    }
  }

  /** Whether the system tells. */
  get isTold(): boolean {
    return this.#watcher !== undefined;
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
