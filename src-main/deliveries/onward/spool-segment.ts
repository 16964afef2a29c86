import { readdir, rename, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** One of the files of a spool, and what is known of it. */
export interface Segment<Waiting> {
  number: number;
  bytes: number;
  newestAt: number;
  startedAt: number;
  /** Its records that have not been sent or dropped. */
  waiting: Set<Waiting>;
  /** Ids of its records that have been sent. */
  sent: string[];
  /** A part of it cannot be read: in the end the file is set aside instead of removed. */
  isDamaged: boolean;
}

export function newSegment<Waiting>(number: number, startedAt: number): Segment<Waiting> {
  return {
    ...{ number, bytes: 0, newestAt: -Infinity, startedAt },
    ...{ waiting: new Set<Waiting>(), sent: [], isDamaged: false },
  };
}

const segmentName = /^(\d{12})\.spool$/;

/** The numbers of the files that are there, in order. */
export function segmentNumbers(names: readonly string[]): number[] {
  return names
    .map((name) => Number(segmentName.exec(name)?.[1] ?? NaN))
    .filter((number) => !Number.isNaN(number))
    .sort((a, b) => a - b);
}

export function segmentPath(directory: string, { number }: Pick<Segment<unknown>, 'number'>): string {
  return join(directory, `${String(number).padStart(12, '0')}.spool`);
}

/** Removes the file, or sets it aside where it is damaged. */
export async function removeSegment(directory: string, segment: Segment<unknown>): Promise<void> {
  const path = segmentPath(directory, segment);
  if (!segment.isDamaged) return unlink(path);
  // Only the latest damaged file is kept for inspection.
  for (const name of await readdir(directory))
    if (name.endsWith('.damaged')) await unlink(join(directory, name));
  await rename(path, `${path}.damaged`);
}

export async function readAt(file: FileHandle, offset: number, bytes: number): Promise<Buffer> {
  const read = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(read, 0, bytes, offset);
  return read.subarray(0, bytesRead);
}

export async function writeAt(file: FileHandle, offset: number, content: Buffer): Promise<void> {
  let done = 0;
  while (done < content.length) {
    const { bytesWritten } = await file.write(content, done, content.length - done, offset + done);
    if (bytesWritten === 0) throw new Error(`${done} of ${content.length} bytes were taken`);
    done += bytesWritten;
  }
}
