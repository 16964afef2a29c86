import { watch, type FSWatcher } from 'node:fs';

/**
 * Reports changes of a folder's entries from the operating system, so that nobody needs to poll every second. It is not
 * reliable: network file systems do not report all changes, and the folder may be replaced. Callers must also poll now
 * and then.
 */
export class FolderWatch {
  #watcher: FSWatcher | undefined;

  /** `onChange` gets the entry's name, or null if the system does not report it. */
  constructor(folder: string, onChange: (name: string | null) => void) {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => onChange(name));
      // For example because the folder was removed.
      watcher.on('error', () => this.close());
      this.#watcher = watcher;
    } catch {
      // The folder does not exist, or the machine has no watches left.
    }
  }

  /** Whether the system reports changes. */
  get isTold(): boolean {
    return this.#watcher !== undefined;
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
