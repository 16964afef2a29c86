import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileDurably } from '../base/durable-file.ts';

const ownerSchema = z.object({
  pid: z.number(),
  /** Where browsers find it, such as `http://127.0.0.1:8888`. */
  address: z.string(),
  /** The socket, or named pipe, on which it offers the API to commands. */
  socket: z.string(),
  /** Epoch milliseconds. */
  startedAt: z.number(),
});

/** Who runs on a data directory, as it says itself. What holds is the lock; this is for people and commands. */
export type Owner = z.infer<typeof ownerSchema>;

const file = (directory: string) => join(directory, 'owner.json');

/** Leaves the note for commands. The caller holds the directory's lock. */
export async function writeOwner(directory: string, owner: Owner): Promise<void> {
  await writeFileDurably(file(directory), Buffer.from(`${JSON.stringify(owner, null, 2)}\n`), {
    mode: 0o600,
  });
}

/** The note of whoever runs there, or ran there and was killed; undefined when there is none that can be read. */
export function readOwner(directory: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(file(directory), 'utf8')));
  } catch {
    // Missing, half written by a full disk, or another version's: each means that nobody can be named.
    return undefined;
  }
}

/** What stands there and is no file of ours is left alone. */
export function removeOwner(directory: string): void {
  try {
    rmSync(file(directory), { force: true });
  } catch {
    // A note that stays names a process that is gone: whoever asks it finds that out.
  }
}
