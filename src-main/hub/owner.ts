import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileDurably } from '../base/durable-file.ts';
import type { Log } from '../base/log.ts';

const ownerSchema = z.object({
  pid: z.number(),
  /** Where browsers find it, such as `http://127.0.0.1:8888`; null for the desktop, which opens no port. */
  address: z.string().nullable(),
  /** The socket, or named pipe, on which it offers the API to commands. */
  socket: z.string(),
  /** Epoch milliseconds. */
  startedAt: z.number(),
});

/** Who runs on a data directory, as it says itself. What holds is the lock; this is for people and commands. */
export type Owner = z.infer<typeof ownerSchema>;

const file = (directory: string) => join(directory, 'owner.json');

/**
 * Leaves the note for commands. The caller holds the directory's lock. Commands find the socket without it, and a disk that is
 * full must not stop a start; an old note would name somebody else.
 */
export async function writeOwner(directory: string, owner: Owner, log: Log): Promise<void> {
  const text = `${JSON.stringify(owner, null, 2)}\n`;
  try {
    await writeFileDurably(file(directory), Buffer.from(text), { mode: 0o600 });
  } catch (thrown) {
    log.warn('who runs here could not be written down', { error: thrown });
    removeOwner(directory);
  }
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

/** Anything there that is not our file is left alone. */
export function removeOwner(directory: string): void {
  try {
    rmSync(file(directory), { force: true });
  } catch {
    // A note that stays names a process that is gone: whoever asks it finds that out.
  }
}
