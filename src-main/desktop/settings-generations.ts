import { readdirSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFileDurably } from '../base/durable-file.ts';
import { lookAt } from './settings-file.ts';
import type { GoodFile } from './settings-file.ts';

/** Number of valid copies to keep, including the one of the last save. */
const kept = 3;

/** Copies of valid settings beside the file: `settings.json.good-12` is newer than `…-11`. */
export class SettingsGenerations {
  readonly #directory: string;
  readonly #prefix: string;

  constructor(path: string) {
    this.#directory = dirname(path);
    this.#prefix = `${basename(path)}.good-`;
  }

  /** The newest copy that is still valid, or null. */
  newest(): (GoodFile & { path: string }) | null {
    for (const number of this.#numbers()) {
      const path = this.#path(number);
      const found = lookAt(path);
      if (found.is === 'good') return { ...found, path };
    }
    return null;
  }

  /** Stores another copy durably and returns its path. Throws a `PlimsollError`; nothing has changed then. */
  async add(bytes: Uint8Array): Promise<string> {
    const path = this.#path((this.#numbers()[0] ?? 0) + 1);
    await writeFileDurably(path, bytes, { mode: 0o600 });
    return path;
  }

  /** Removes copies older than the third valid one; damaged copies are not counted. Errors are ignored. */
  async trim(): Promise<void> {
    let good = 0;
    for (const number of this.#numbers()) {
      const path = this.#path(number);
      if (good === kept) await unlink(path).catch(() => undefined);
      else if (lookAt(path).is === 'good') good++;
    }
  }

  /** From newest to oldest. */
  #numbers(): number[] {
    return readdirSync(this.#directory)
      .filter((name) => name.startsWith(this.#prefix))
      .map((name) => name.slice(this.#prefix.length))
      .filter((text) => /^[1-9]\d{0,14}$/.test(text))
      .map(Number)
      .sort((one, other) => other - one);
  }

  #path(number: number): string {
    return join(this.#directory, `${this.#prefix}${number}`);
  }
}
