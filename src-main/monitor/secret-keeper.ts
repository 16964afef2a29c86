import type { Clock } from '../base/clock.ts';
import type { SecretStore } from '../contract/secret.ts';
import type { Settings } from '../contract/settings.ts';
import { referencesIn } from './secret-references.ts';

/** How long a secret that no setting refers to any more waits for an undo. */
const patienceMs = 3_600_000;

/**
 * The secret store with, before it, the secrets that a predecessor's file holds in clear: those are known while the
 * file is in force and never written anywhere.
 */
export class SecretKeeper implements SecretStore {
  readonly #store: SecretStore;
  readonly #clock: Clock;
  #ofFile: ReadonlyMap<string, string> = new Map();
  /** Names that are to be removed, with what cancels it. */
  readonly #leaving = new Map<string, () => void>();

  constructor(store: SecretStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Takes what the file that is in force now holds in clear. */
  holdInMemory(secrets: ReadonlyMap<string, string>): void {
    this.#ofFile = secrets;
  }

  async read(name: string): Promise<string | null> {
    return this.#ofFile.get(name) ?? this.#store.read(name);
  }
  write(name: string, secret: string): Promise<void> {
    return this.#store.write(name, secret);
  }
  remove(name: string): Promise<void> {
    return this.#store.remove(name);
  }
  names(): Promise<string[]> {
    return this.#store.names();
  }

  /**
   * Stores secrets, lets `save` put the settings that refer to them in force, and takes the secrets away again when it
   * throws: never settings whose secret is not there, never a secret that nothing refers to.
   */
  async storeAround<T>(secrets: ReadonlyMap<string, string>, save: () => Promise<T>): Promise<T> {
    const stored: string[] = [];
    try {
      for (const [name, secret] of secrets) {
        await this.#store.write(name, secret);
        stored.push(name);
      }
      return await save();
    } catch (thrown) {
      await Promise.allSettled(stored.map((name) => this.#store.remove(name)));
      throw thrown;
    }
  }

  /** What the settings before an edit referred to, and those after it do not, is removed when an undo has become unlikely. */
  settingsChanged(before: Settings, after: Settings): void {
    this.keep(after);
    const kept = namesIn(after);
    for (const name of namesIn(before)) {
      if (kept.has(name) || this.#leaving.has(name)) continue;
      this.#leaving.set(
        name,
        this.#clock.after(patienceMs, () => {
          this.#leaving.delete(name);
          void this.#store.remove(name).catch(() => undefined);
        }),
      );
    }
  }

  /** What these settings refer to stays, also when an edit by hand has brought it back. */
  keep(settings: Settings): void {
    for (const name of namesIn(settings)) {
      this.#leaving.get(name)?.();
      this.#leaving.delete(name);
    }
  }

  /** Removes at once what waits to be removed. */
  async close(): Promise<void> {
    const names = [...this.#leaving.keys()];
    for (const cancel of this.#leaving.values()) cancel();
    this.#leaving.clear();
    await Promise.allSettled(names.map((name) => this.#store.remove(name)));
  }
}

function namesIn({ sources, destinations }: Settings): Set<string> {
  return new Set(
    referencesIn([sources, destinations]).flatMap((reference) =>
      'secret' in reference ? [reference.secret] : [],
    ),
  );
}
