import type { Problem } from '../../src-main/contract/error.ts';
import type { ImportView } from '../../src-main/contract/import.ts';
import { ApiError } from '../client/api-error.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { SettingsState } from './settings.svelte.ts';

/** Largest text, in bytes: more than any settings need, and the limit of the API. */
export const importBytesAtMost = 1024 * 1024;

/** A text, such as a file, that is read only after its size was checked. */
export interface ImportText {
  name: string;
  size: number;
  text(): Promise<string>;
}

/** Why there is no difference to show. The interface has a text for each. */
export type ImportRefusal =
  | { why: 'too_large' | 'empty'; name: string }
  | { why: 'unreadable'; name: string; thrown: unknown }
  | { why: 'invalid'; name: string; message: string; problems: readonly Problem[] }
  | { why: 'failed'; name: string; thrown: unknown };

/** An import of settings: its changes are shown first, and applied only on request. */
export class SettingsImport {
  readonly #client: PlimsollClient;
  readonly #settings: SettingsState;
  #name = $state('');
  #text = '';
  /** The revision on which the difference is based. */
  #revision = '';
  #view = $state.raw<ImportView | null>(null);
  #done = $state.raw<ImportView | null>(null);
  #refusal = $state.raw<ImportRefusal | null>(null);
  #busy = $state(false);
  #moved = $state(false);
  /** Number of the latest request, so that late answers to earlier ones are dropped. */
  #question = 0;

  constructor(client: PlimsollClient, settings: SettingsState) {
    this.#client = client;
    this.#settings = settings;
  }

  /** Name of the text: a file name, or that it was pasted. */
  get name(): string {
    return this.#name;
  }
  /** The changes; null if there is nothing to show. */
  get view(): ImportView | null {
    return this.#view;
  }
  /** The result of the last import, until the next one begins. */
  get done(): ImportView | null {
    return this.#done;
  }
  get refusal(): ImportRefusal | null {
    return this.#refusal;
  }
  get busy(): boolean {
    return this.#busy;
  }
  /** Whether the settings changed after the difference was first shown. */
  get moved(): boolean {
    return this.#moved;
  }

  /** Reads a text and loads the changes it would make. */
  async show(source: ImportText): Promise<void> {
    const question = this.#begin(source.name);
    if (source.size > importBytesAtMost) {
      this.#refuse({ why: 'too_large', name: source.name });
      return;
    }
    try {
      const text = await source.text();
      if (question !== this.#question) return;
      if (text.trim() === '') this.#refuse({ why: 'empty', name: source.name });
      else await this.#ask(text, question);
    } catch (thrown) {
      if (question === this.#question) this.#refuse({ why: 'unreadable', name: source.name, thrown });
    }
  }

  /** Applies the displayed changes. If the settings have changed, the new difference is shown instead. */
  async apply(): Promise<boolean> {
    if (this.#view === null || this.#busy) return false;
    const question = this.#question;
    this.#busy = true;
    this.#refusal = null;
    try {
      const done = await this.#client.importSettings(this.#text, this.#revision);
      // Reloaded so that the new entries can be linked to; if that fails, the next event does it.
      await this.#settings.reload().catch(() => undefined);
      if (question !== this.#question) return false;
      this.#begin('');
      this.#busy = false;
      this.#done = done;
      return true;
    } catch (thrown) {
      if (question !== this.#question) return false;
      if (thrown instanceof ApiError && thrown.code === 'conflict') {
        await this.#settings.reload().catch(() => undefined);
        if (question !== this.#question) return false;
        this.#moved = true;
        await this.#ask(this.#text, question);
      } else this.#refuse(this.#refusalOf(thrown));
      return false;
    }
  }

  cancel(): void {
    this.#begin('');
    this.#busy = false;
  }

  #begin(name: string): number {
    this.#name = name;
    this.#text = '';
    this.#view = null;
    this.#done = null;
    this.#refusal = null;
    this.#moved = false;
    this.#busy = true;
    return ++this.#question;
  }

  async #ask(text: string, question: number): Promise<void> {
    const revision = this.#settings.view?.revision ?? '';
    try {
      const view = await this.#client.importSettings(text);
      if (question !== this.#question) return;
      this.#text = text;
      this.#revision = revision;
      this.#view = view;
      this.#busy = false;
    } catch (thrown) {
      if (question === this.#question) this.#refuse(this.#refusalOf(thrown));
    }
  }

  #refuse(refusal: ImportRefusal): void {
    this.#refusal = refusal;
    this.#busy = false;
  }

  #refusalOf(thrown: unknown): ImportRefusal {
    const name = this.#name;
    if (!(thrown instanceof ApiError)) return { why: 'failed', name, thrown };
    if (thrown.code === 'too_large') return { why: 'too_large', name };
    return thrown.status === 422 || thrown.problems.length > 0
      ? { why: 'invalid', name, message: thrown.message, problems: thrown.problems }
      : { why: 'failed', name, thrown };
  }
}
