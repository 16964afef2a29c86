import { readdirSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFileDurably } from '../base/durable-file.ts';
import { lookAt } from './settings-file.ts';
import type { GoodFile } from './settings-file.ts';

/** So many good copies are kept, the one of the last save among them. */
const kept = 3;

/** Copies of the settings that held, beside the file: `settings.json.good-12` is newer than `…-11`. */
export class SettingsGenerations {
  readonly #directory: string;
  readonly #prefix: string;

  constructor(path: string) {
    this.#directory = dirname(path);
    this.#prefix = `${basename(path)}.good-`;
  }

  /** The newest copy that still holds, or null. */
  newest(): (GoodFile & { path: string }) | null {
    for (const number of this.#numbers()) {
      const path = this.#path(number);
      const found = lookAt(path);
      if (found.is === 'good') return { ...found, path };
    }
    return null;
  }

  /** Keeps one more copy, durably, and returns its path. Throws a `PlimsollError`, and then has changed nothing. */
  async add(bytes: Uint8Array): Promise<string> {
    const path = this.#path((this.#numbers()[0] ?? 0) + 1);
    await writeFileDurably(path, bytes, { mode: 0o600 });
    return path;
  }

  /** Removes what is older than the third good copy; damaged ones do not count. Failing is no harm. */
  async trim(): Promise<void> {
    let good = 0;
    for (const number of this.#numbers()) {
      const path = this.#path(number);
      if (good === kept) await unlink(path).catch(() => undefined);
      else if (lookAt(path).is === 'good') good++;
    }
  }

  /** From the newest to the oldest. */
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
