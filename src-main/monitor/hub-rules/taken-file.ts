import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fileError, readPlainFile, writeFileDurably } from '../../base/durable-file.ts';
import { systemCodeOf } from '../../contract/error.ts';
import { handedBytesAtMost, handedRulesAtMost, takenAnswerSchema } from '../../contract/hub-rules.ts';

/** A hub's last answer, and the decisions of this machine's owner about it. */
const keptSchema = takenAnswerSchema.extend({
  /** The address of the hub. */
  hub: z.string(),
  tag: z.string().nullable(),
  heardAt: z.number(),
  /** Ids of rules that are switched off here. */
  off: z.array(z.string()).max(handedRulesAtMost),
});
export type KeptRules = z.infer<typeof keptSchema>;

/** `hub-rules.json` in the data directory: the last answer of a hub, in case it is unreachable at the next start. */
export class TakenFile {
  readonly #path: string;
  /** One write after the other, so that the latest wins. */
  #writing: Promise<void> = Promise.resolve();

  constructor(directory: string) {
    this.#path = join(directory, 'hub-rules.json');
  }

  /** Null if there is no readable file: then the hub is asked again. */
  read(): KeptRules | null {
    try {
      // The answer has a size limit, and so has this file.
      if (statSync(this.#path).size > 3 * handedBytesAtMost) return null;
      return keptSchema.parse(JSON.parse(readPlainFile(this.#path).toString()));
    } catch {
      return null;
    }
  }

  /** Null removes the file. Resolves when the change is on disk. Throws a `PlimsollError`, see `fileError`. */
  write(kept: KeptRules | null): Promise<void> {
    const written = this.#writing.then(() => this.#write(kept));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Settles when all writes are done. */
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
