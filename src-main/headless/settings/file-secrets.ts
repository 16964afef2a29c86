import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileError, readPlainFile, writeFileDurably } from '../../base/durable-file.ts';
import { makeDirectory } from '../../base/make-directory.ts';
import { PlimsollError, systemCodeOf } from '../../contract/error.ts';
import type { SecretStore } from '../../contract/secret.ts';

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Secrets in `secrets.json` of the data directory, each encrypted (AES-256-GCM, NIST SP 800-38D) with the key in
 * `secrets.key`. A server has no key ring: whoever can read both files can read the secrets. But a copy of one file, a
 * backup without the key, or a search for a password reveals nothing.
 */
export class FileSecrets implements SecretStore {
  readonly #path: string;
  readonly #keyPath: string;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(dataDirectory: string) {
    this.#path = join(dataDirectory, 'secrets.json');
    this.#keyPath = join(dataDirectory, 'secrets.key');
  }

  async read(name: string): Promise<string | null> {
    const sealed = this.#load().get(name);
    return Promise.resolve(sealed === undefined ? null : this.#opened(name, sealed));
  }

  async names(): Promise<string[]> {
    return Promise.resolve([...this.#load().keys()]);
  }

  write(name: string, secret: string): Promise<void> {
    return this.writeAll(new Map([[name, secret]]));
  }

  writeAll(fresh: ReadonlyMap<string, string>): Promise<void> {
    return this.#change(async (secrets) => {
      if (fresh.size === 0) return false;
      const key = this.#key() ?? (await this.#newKey());
      for (const [name, secret] of fresh) {
        const nonce = randomBytes(nonceBytes);
        const cipher = createCipheriv('aes-256-gcm', key, nonce);
        cipher.setAAD(Buffer.from(name));
        const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
        secrets.set(name, Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64'));
      }
      return true;
    });
  }

  remove(name: string): Promise<void> {
    return this.removeAll([name]);
  }

  removeAll(names: readonly string[]): Promise<void> {
    return this.#change((secrets) => names.filter((name) => secrets.delete(name)).length > 0);
  }

  /** `change` returns whether there is anything to save. */
  #change(change: (secrets: Map<string, string>) => boolean | Promise<boolean>): Promise<void> {
    const changed = this.#writing.then(async () => {
      const secrets = this.#load();
      if (!(await change(secrets))) return;
      const document = { version: 1, secrets: Object.fromEntries(secrets) };
      await this.#save(this.#path, Buffer.from(JSON.stringify(document)));
    });
    this.#writing = changed.catch(() => undefined);
    return changed;
  }

  #opened(name: string, sealed: string): string {
    const bytes = Buffer.from(sealed, 'base64');
    try {
      const key = this.#key();
      if (key === null) throw new Error('its key is gone');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes));
      decipher.setAAD(Buffer.from(name));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      return (
        decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
      );
    } catch (cause) {
      throw new PlimsollError(
        'unreadable',
        `The secret ${JSON.stringify(name)} does not open with ${this.#keyPath}. Put that file back, or enter the secret again.`,
        { cause },
      );
    }
  }

  /** Null until there is a key. */
  #key(): Buffer | null {
    const key = readIfThere(this.#keyPath);
    if (key === null) return null;
    if (key.length === keyBytes) return key;
    throw new PlimsollError(
      'damaged',
      `${this.#keyPath} is no key: it should have ${keyBytes} bytes. Put the right file back, or move it away and enter the secrets again.`,
    );
  }

  async #newKey(): Promise<Buffer> {
    const key = randomBytes(keyBytes);
    await this.#save(this.#keyPath, key);
    return key;
  }

  async #save(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await makeDirectory(dirname(path), 0o700);
      await writeFileDurably(path, bytes, { mode: 0o600 });
    } catch (thrown) {
      throw fileError('written', path, thrown);
    }
  }

  #load(): Map<string, string> {
    const bytes = readIfThere(this.#path);
    if (bytes === null) return new Map();
    try {
      const { version, secrets } = JSON.parse(bytes.toString()) as { version?: unknown; secrets?: unknown };
      if (version !== 1 || typeof secrets !== 'object' || secrets === null) throw new Error('not ours');
      return new Map(
        Object.entries(secrets as Record<string, string>).filter(([, value]) => typeof value === 'string'),
      );
    } catch (cause) {
      throw new PlimsollError(
        'damaged',
        `${this.#path} cannot be read as secrets. Put a copy back, or move it away and enter the secrets again.`,
        { cause },
      );
    }
  }
}

function readIfThere(path: string): Buffer | null {
  try {
    return readPlainFile(path);
  } catch (thrown) {
    if (systemCodeOf(thrown) === 'ENOENT') return null;
    throw fileError('read', path, thrown);
  }
}
