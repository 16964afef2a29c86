import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readPlainFile, writeFileDurably } from '../base/durable-file.ts';
import type { Log } from '../base/log.ts';

const ownerSchema = z.object({
  pid: z.number(),
  /** Its address for browsers, such as `http://127.0.0.1:8888`; null for the desktop, which opens no port. */
  address: z.string().nullable(),
  /** The socket, or named pipe, with the API for commands. */
  socket: z.string(),
  /** Epoch milliseconds. */
  startedAt: z.number(),
});

/**
 * The process that runs on a data directory, as it describes itself. The lock decides; this is for people and commands.
 */
export type Owner = z.infer<typeof ownerSchema>;

const file = (directory: string) => join(directory, 'owner.json');

/**
 * Writes the note for commands. The caller holds the directory's lock. Commands find the socket without the note, so a
 * full disk must not prevent a start; an old note would name another process.
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

/** The note of the process that runs there, or ran there and was killed; undefined if there is no readable one. */
export function readOwner(directory: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(readPlainFile(file(directory)).toString()));
  } catch {
    // Missing, cut off by a full disk, or of another version: in any case the owner is unknown.
    return undefined;
  }
}

/** Removes our note; anything else there is left alone. */
export function removeOwner(directory: string): void {
  try {
    rmSync(file(directory), { force: true });
  } catch {
    // A note that remains names a process that has ended, which anybody who asks it will notice.
  }
}
