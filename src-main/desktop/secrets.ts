import { dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { readPlainFile, writeFileDurably } from '../base/durable-file.ts';
import { makeDirectory } from '../base/make-directory.ts';
import { setAside } from '../base/set-aside.ts';
import type { DesktopFacts } from '../contract/desktop-bridge.ts';
import { messageOf, PlimsollError, systemCodeOf } from '../contract/error.ts';
import type { SecretStore } from '../contract/secret.ts';

/** The asynchronous part of Electron's safeStorage; the synchronous part is being phased out. */
export interface SafeStorage {
  isAsyncEncryptionAvailable(): Promise<boolean>;
  encryptStringAsync(text: string): Promise<Buffer>;
  decryptStringAsync(encrypted: Buffer): Promise<{ result: string; shouldReEncrypt: boolean }>;
  /** Linux only. `basic_text` means encryption with a publicly known password. */
  getSelectedStorageBackend(): string;
}

interface Options {
  safeStorage: SafeStorage;
  platform: DesktopFacts['platform'];
  /** File of the encrypted secrets. */
  path: string;
  clock: Clock;
}

/** Waits between attempts, in milliseconds: a key ring that is being unlocked answers soon. */
const pauses = [200, 1000, 3000];

/**
 * Named secrets, encrypted by the system. A secret that cannot be decrypted is kept, because the key may come back;
 * meanwhile the owner is asked for it.
 */
export class Secrets implements SecretStore {
  /** How secrets are protected. The owner is told about `weak`; with `none` nothing is stored. */
  readonly kind: DesktopFacts['secrets'];
  readonly #safeStorage: SafeStorage;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #ciphertexts: Map<string, string>;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(options: Options, kind: DesktopFacts['secrets'], ciphertexts: Map<string, string>) {
    this.kind = kind;
    this.#safeStorage = options.safeStorage;
    this.#path = options.path;
    this.#clock = options.clock;
    this.#ciphertexts = ciphertexts;
  }

  /** Call it when the application is ready. A damaged file is set aside. Throws `unreadable` if access to it is denied. */
  static async open(options: Options): Promise<Secrets> {
    return new Secrets(options, await kindOf(options), readCiphertexts(options.path, options.clock.now()));
  }

  /**
   * The secret, or null if none is stored by this name. Retries while the system does not answer. Throws `unreadable`
   * if it never does; the secret must then be entered again.
   */
  async read(name: string): Promise<string | null> {
    const ciphertext = this.#ciphertexts.get(name);
    if (ciphertext === undefined) return null;
    const encrypted = Buffer.from(ciphertext, 'base64');
    const { result, shouldReEncrypt } = await this.#persistently(() =>
      this.#safeStorage.decryptStringAsync(encrypted),
    ).catch((thrown: unknown) => {
      throw new PlimsollError(
        'unreadable',
        `The system does not give back the secret ${name} (${messageOf(thrown)}). Enter it again; what is stored is kept until then.`,
        { cause: thrown },
      );
    });
    // The system has a newer key. If re-encrypting fails, it is offered again at the next read.
    if (shouldReEncrypt) await this.write(name, result).catch(() => undefined);
    return result;
  }

  /** Stores or replaces a secret. Throws `unsupported` if the system cannot store secrets. */
  write(name: string, secret: string): Promise<void> {
    return this.writeAll(new Map([[name, secret]]));
  }

  async writeAll(secrets: ReadonlyMap<string, string>): Promise<void> {
    if (secrets.size === 0) return;
    if (this.kind === 'none') {
      throw new PlimsollError(
        'unsupported',
        'This system offers no place for secrets. Set up its key ring, then start Plimsoll again.',
      );
    }
    const encrypted = new Map<string, string>();
    for (const [name, secret] of secrets) {
      const bytes = await this.#persistently(() => this.#safeStorage.encryptStringAsync(secret));
      encrypted.set(name, bytes.toString('base64'));
    }
    await this.#save((ciphertexts) => {
      for (const [name, ciphertext] of encrypted) ciphertexts.set(name, ciphertext);
    });
  }

  remove(name: string): Promise<void> {
    return this.removeAll([name]);
  }

  async removeAll(names: readonly string[]): Promise<void> {
    await this.#save((ciphertexts) => {
      for (const name of names) ciphertexts.delete(name);
    });
  }

  names(): Promise<string[]> {
    return Promise.resolve([...this.#ciphertexts.keys()]);
  }

  /** Writes to disk first: a secret that could not be stored is not kept in memory either. */
  #save(change: (ciphertexts: Map<string, string>) => unknown): Promise<void> {
    const saved = this.#writing.then(async () => {
      const next = new Map(this.#ciphertexts);
      change(next);
      await makeDirectory(dirname(this.#path), 0o700);
      const document = { version: 1, secrets: Object.fromEntries(next) };
      await writeFileDurably(this.#path, Buffer.from(JSON.stringify(document)), { mode: 0o600 });
      change(this.#ciphertexts);
    });
    this.#writing = saved.catch(() => undefined);
    return saved;
  }

  async #persistently<T>(attempt: () => Promise<T>): Promise<T> {
    for (const pause of pauses) {
      try {
        return await attempt();
      } catch {
        await new Promise<void>((resolve) => void this.#clock.after(pause, resolve));
      }
    }
    return attempt();
  }
}

/** A store that is still being opened: calls wait for it, and reject if it cannot be opened. */
export function whenOpen(opening: Promise<SecretStore>): SecretStore {
  // Every caller gets the error; without callers it must not be an unhandled rejection.
  opening.catch(() => undefined);
  return {
    read: async (name) => (await opening).read(name),
    write: async (name, secret) => (await opening).write(name, secret),
    remove: async (name) => (await opening).remove(name),
    writeAll: async (secrets) => (await opening).writeAll(secrets),
    removeAll: async (names) => (await opening).removeAll(names),
    names: async () => (await opening).names(),
  };
}

async function kindOf({ safeStorage, platform }: Options): Promise<DesktopFacts['secrets']> {
  if (!(await safeStorage.isAsyncEncryptionAvailable().catch(() => false))) return 'none';
  if (platform !== 'linux') return 'system';
  // It reports itself as available even if nothing protects it.
  return ['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend()) ? 'weak' : 'system';
}

function readCiphertexts(path: string, at: number): Map<string, string> {
  let text: string;
  try {
    text = readPlainFile(path).toString();
  } catch (thrown) {
    if (systemCodeOf(thrown) === 'ENOENT') return new Map();
    throw new PlimsollError('unreadable', `${path} cannot be read: ${messageOf(thrown)}.`, {
      cause: thrown,
    });
  }
  const ciphertexts = parsed(text);
  if (ciphertexts === null) setAside(path, at);
  return ciphertexts ?? new Map<string, string>();
}

function parsed(text: string): Map<string, string> | null {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document !== 'object' || document === null || !('secrets' in document)) return null;
    if (!('version' in document) || document.version !== 1) return null;
    if (typeof document.secrets !== 'object' || document.secrets === null) return null;
    const entries = Object.entries(document.secrets);
    return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
      ? new Map(entries)
      : null;
  } catch {
    return null;
  }
}
