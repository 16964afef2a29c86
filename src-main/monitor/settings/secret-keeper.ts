import type { Clock } from '../../base/clock.ts';
import type { SecretStore } from '../../contract/secret.ts';
import type { Settings } from '../../contract/settings.ts';
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
  /** Names that are to be removed, with those that go at the same time. */
  readonly #leaving = new Map<string, Set<string>>();
  readonly #timers = new Set<() => void>();

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
  writeAll(secrets: ReadonlyMap<string, string>): Promise<void> {
    return this.#store.writeAll(secrets);
  }
  removeAll(names: readonly string[]): Promise<void> {
    return this.#store.removeAll(names);
  }
  names(): Promise<string[]> {
    return this.#store.names();
  }

  /**
   * Stores secrets, then lets `save` put the settings that refer to them in force: never settings whose secret is not
   * there. When it throws, the settings may have been written all the same, so the secrets wait for whoever reads them
   * again (`keep`) before they are removed.
   */
  async storeAround<T>(secrets: ReadonlyMap<string, string>, save: () => Promise<T>): Promise<T> {
    try {
      if (secrets.size > 0) await this.#store.writeAll(secrets);
      return await save();
    } catch (thrown) {
      this.#removeLater(secrets.keys());
      throw thrown;
    }
  }

  /** What the settings before an edit referred to, and those after it do not, is removed when an undo has become unlikely. */
  settingsChanged(before: Settings, after: Settings): void {
    this.keep(after);
    this.#removeLater(namesIn(before).difference(namesIn(after)));
  }

  #removeLater(names: Iterable<string>): void {
    const together = new Set([...names].filter((name) => !this.#leaving.has(name)));
    if (together.size === 0) return;
    for (const name of together) this.#leaving.set(name, together);
    const cancel = this.#clock.after(patienceMs, () => {
      this.#timers.delete(cancel);
      void this.#remove([...together]);
    });
    this.#timers.add(cancel);
  }

  /** What these settings refer to stays, also when an edit by hand has brought it back. */
  keep(settings: Settings): void {
    for (const name of namesIn(settings)) {
      this.#leaving.get(name)?.delete(name);
      this.#leaving.delete(name);
    }
  }

  /** Removes at once what waits to be removed. */
  async close(): Promise<void> {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    await this.#remove([...this.#leaving.keys()]);
  }

  /** Never rejects: a secret too many does no harm. */
  async #remove(names: string[]): Promise<void> {
    for (const name of names) this.#leaving.delete(name);
    if (names.length > 0) await this.#store.removeAll(names).catch(() => undefined);
  }
}

function namesIn({ sources, destinations }: Settings): Set<string> {
  return new Set(
    referencesIn([sources, destinations]).flatMap((reference) =>
      'secret' in reference ? [reference.secret] : [],
    ),
  );
}
