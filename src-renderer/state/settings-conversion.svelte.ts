import { ApiError } from '../client/api-error.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';

/** `taken`: a file of that name already exists. */
export type ConversionOutcome =
  { written: true; location: string } | { written: false; why: 'taken' | 'failed'; thrown: unknown };

/** Converts a predecessor's file to a plimsoll.yaml. */
export class SettingsConversion {
  readonly #client: PlimsollClient;
  #busy = $state(false);
  #outcome = $state.raw<ConversionOutcome | null>(null);

  constructor(client: PlimsollClient) {
    this.#client = client;
  }

  get busy(): boolean {
    return this.#busy;
  }
  get outcome(): ConversionOutcome | null {
    return this.#outcome;
  }

  async convert(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      this.#outcome = { written: true, location: await this.#client.convertSettings() };
    } catch (thrown) {
      const isTaken = thrown instanceof ApiError && thrown.code === 'conflict';
      this.#outcome = { written: false, why: isTaken ? 'taken' : 'failed', thrown };
    } finally {
      this.#busy = false;
    }
  }
}

/** Quotes a text as one word of a shell command. */
export function shellWord(text: string): string {
  if (/^[\w./~:@%+,=-]+$/.test(text) && !text.startsWith('~')) return text;
  // Windows' shells have no single quotes, and its paths contain no double ones.
  if (/^[A-Za-z]:[\\/]|^\\\\/.test(text)) return `"${text}"`;
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
