import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError, readPlainFile, writeFileDurably } from '../../base/durable-file.ts';
import { systemCodeOf } from '../../contract/error.ts';
import { handedBytesAtMost, handedRulesAtMost, takenAnswerSchema } from '../../contract/hub-rules.ts';

/** Everything that a hub said last, and what the owner of this machine said of it. */
const keptSchema = takenAnswerSchema.extend({
  /** The address of the hub. */
  hub: z.string(),
  tag: z.string().nullable(),
  heardAt: z.number(),
  /** Ids of rules that are switched off here. */
  off: z.array(z.string()).max(handedRulesAtMost),
});
export type KeptRules = z.infer<typeof keptSchema>;

/** `hub-rules.json` in the data directory: what a hub handed out last, for when it is away at the next start. */
export class TakenFile {
  readonly #path: string;
  /** One write after the other, so that the newest stays. */
  #writing: Promise<void> = Promise.resolve();

  constructor(directory: string) {
    this.#path = join(directory, 'hub-rules.json');
  }

  /** Null where there is none, or none that can be read: the hub is asked anew then. */
  read(): KeptRules | null {
    try {
      // What was taken is bounded, and so is what is written of it.
      if (statSync(this.#path).size > 3 * handedBytesAtMost) return null;
      return keptSchema.parse(JSON.parse(readPlainFile(this.#path).toString()));
    } catch {
      return null;
    }
  }

  /** Null removes it. Resolves when it is on the disk. Throws a `PlimsollError`, see `fileError`. */
  write(kept: KeptRules | null): Promise<void> {
    const written = this.#writing.then(() => this.#write(kept));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** What is being written. */
  get settled(): Promise<void> {
    return this.#writing;
  }

  async #write(kept: KeptRules | null): Promise<void> {
    if (kept !== null)
      return writeFileDurably(this.#path, Buffer.from(JSON.stringify(kept)), { mode: 0o600 });
    try {
      await rm(this.#path);
    } catch (thrown) {
      if (systemCodeOf(thrown) !== 'ENOENT') throw fileError('removed', this.#path, thrown);
    }
  }
}
