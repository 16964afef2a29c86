import type { SecretStore } from '../contract/secret.ts';

/** Secrets in memory. */
export class MemorySecretStore implements SecretStore {
  readonly secrets: Map<string, string>;

  constructor(secrets: Readonly<Record<string, string>> = {}) {
    this.secrets = new Map(Object.entries(secrets));
  }

  read(name: string): Promise<string | null> {
    return Promise.resolve(this.secrets.get(name) ?? null);
  }
  write(name: string, secret: string): Promise<void> {
    this.secrets.set(name, secret);
    return Promise.resolve();
  }
  remove(name: string): Promise<void> {
    this.secrets.delete(name);
    return Promise.resolve();
  }
  writeAll(secrets: ReadonlyMap<string, string>): Promise<void> {
    for (const [name, secret] of secrets) this.secrets.set(name, secret);
    return Promise.resolve();
  }
  removeAll(names: readonly string[]): Promise<void> {
    for (const name of names) this.secrets.delete(name);
    return Promise.resolve();
  }
  names(): Promise<string[]> {
    return Promise.resolve([...this.secrets.keys()]);
  }
}
