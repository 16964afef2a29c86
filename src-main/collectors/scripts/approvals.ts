import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { writeFileDurably } from '../../base/durable-file.ts';
import { makeDirectory } from '../../base/make-directory.ts';
import { setAside } from '../../base/set-aside.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';

/** The owner's permission to run this file, with exactly these bytes, with this interpreter. */
export const approvalSchema = z.strictObject({
  /** Absolute, with links resolved. */
  path: z.string().min(1),
  /** SHA-256 of the approved bytes, in hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The program that runs it; null for the default of its kind. */
  interpreter: z.string().min(1).nullable(),
  /** Epoch milliseconds. */
  approvedAt: z.number(),
  /** No source uses it yet, because the settings could not be changed so far. */
  awaitsSource: z.boolean(),
});
export type Approval = z.infer<typeof approvalSchema>;

const fileSchema = z.strictObject({ version: z.literal(1), scripts: z.array(approvalSchema) });

/** The folder in the data directory that holds the approvals and private copies of what was approved. */
export function scriptsFolder(dataDirectory: string): string {
  return join(dataDirectory, 'scripts');
}

/**
 * The approvals of a data directory, in a file that only this user can read. The owner of the directory is the only
 * writer. If the file cannot be read, nothing is approved, every script waits, and `problem` says why.
 */
export class Approvals {
  readonly #path: string;
  readonly #clock: Clock;
  #all: readonly Approval[] = [];
  #problem: string | null = null;

  private constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  static open(dataDirectory: string, clock: Clock): Approvals {
    const approvals = new Approvals(join(scriptsFolder(dataDirectory), 'approvals.json'), clock);
    approvals.#read();
    return approvals;
  }

  get problem(): string | null {
    return this.#problem;
  }

  get all(): readonly Approval[] {
    return this.#all;
  }

  of(path: string): Approval | undefined {
    return this.#all.find((approval) => approval.path === path);
  }

  /** Replaces the approval of the same file. If writing throws, nothing has changed. */
  async add(approval: Approval): Promise<void> {
    await this.#write([...this.#all.filter(({ path }) => path !== approval.path), approval]);
  }

  /** Throws `not_found` if there is no approval for this file. */
  async remove(path: string): Promise<void> {
    if (this.of(path) === undefined)
      throw new PlimsollError('not_found', `${path} is not approved, so there is nothing to revoke.`);
    await this.#write(this.#all.filter((approval) => approval.path !== path));
  }

  #read(): void {
    const stats = lstatSync(this.#path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    try {
      if (!stats.isFile()) throw new Error('it is no plain file');
      const me = process.getuid?.();
      if (me !== undefined && (stats.uid !== me || (stats.mode & 0o022) !== 0))
        throw new Error('other users could have changed it');
      this.#all = fileSchema.parse(JSON.parse(readFileSync(this.#path, 'utf8'))).scripts;
    } catch (thrown) {
      const why = thrown instanceof z.ZodError ? 'it does not have the right shape' : messageOf(thrown);
      this.#problem = `What was approved cannot be read from ${this.#path} (${why}): no script runs until it is approved again.`;
    }
  }

  async #write(all: readonly Approval[]): Promise<void> {
    await makeDirectory(join(this.#path, '..'), 0o700);
    if (this.#problem !== null) setAside(this.#path, this.#clock.now());
    const bytes = Buffer.from(`${JSON.stringify({ version: 1, scripts: all }, null, 2)}\n`);
    await writeFileDurably(this.#path, bytes, { mode: 0o600, exact: true });
    this.#all = all;
    this.#problem = null;
  }
}
