import type { Clock } from '../../base/clock.ts';
import type { SecretStore } from '../../contract/secret.ts';
import type { Settings } from '../../contract/settings.ts';
import { referencesIn } from './secret-references.ts';

/** How long a secret that no setting refers to any more is kept for an undo. */
const patienceMs = 3_600_000;

/**
 * The secret store, preceded by the secrets in clear of a predecessor's file: those are in memory while the file is in
 * force, and never written anywhere.
 */
export class SecretKeeper implements SecretStore {
  readonly #store: SecretStore;
  readonly #clock: Clock;
  #ofFile: ReadonlyMap<string, string> = new Map();
  /** Names that will be removed, grouped by when they are removed. */
  readonly #leaving = new Map<string, Set<string>>();
  readonly #timers = new Set<() => void>();

  constructor(store: SecretStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Sets the secrets in clear of the file that is now in force. */
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
   * Stores secrets, then lets `save` put the settings that refer to them in force, so that there are never settings
   * without their secret. If it throws, the settings may have been written nevertheless, so the secrets are kept until
   * the settings were read again (`keep`).
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

  /** Secrets that only the settings before an edit referred to are removed when an undo has become unlikely. */
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

  /** Keeps all secrets that these settings refer to, even if a manual edit has brought a reference back. */
  keep(settings: Settings): void {
    for (const name of namesIn(settings)) {
      this.#leaving.get(name)?.delete(name);
      this.#leaving.delete(name);
    }
  }

  /** Removes everything that waits to be removed. */
  async close(): Promise<void> {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    await this.#remove([...this.#leaving.keys()]);
  }

  /** Never rejects: a superfluous secret does no harm. */
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
