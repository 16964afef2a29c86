import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, PlimsollError } from '../../contract/error.ts';

/** No file that is read here comes near this; a larger one is something else. */
const largestFileBytes = 8 * 1024 * 1024;

/** The smallest page size of any machine, minus the longest line of the files that are read as short ones. */
const shortReadBytes = 4096 - 512;

/**
 * Files of `/proc` that are read repeatedly: every descriptor stays open and is read from position 0 into one shared
 * buffer, so a reading needs only system calls and no allocation. A descriptor that can no longer be read (`EBADF`,
 * `ESTALE`, `ENOENT`, …) is reopened once.
 */
export class ProcFiles {
  readonly #root: string;
  readonly #descriptors = new Map<string, number>();
  #buffer = Buffer.allocUnsafe(16 * 1024);

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Reads the whole file. The bytes are valid until the next read of any file. Throws `unreadable` if the file cannot
   * be read or does not end with a line break: its last number may then be cut, and half a number is a wrong number.
   */
  read(name: string): Buffer {
    return this.#complete(name, (descriptor) => {
      let length = 0;
      for (;;) {
        if (length === this.#buffer.length) this.#grow(name);
        // The kernel returns long files a page at a time: only an empty read is the end.
        const count = readSync(descriptor, this.#buffer, length, this.#buffer.length - length, length);
        if (count === 0) return length;
        length += count;
      }
    });
  }

  /**
   * Like `read`, with one system call if the file is short: only for files that the kernel writes in one go, or in
   * short lines. Such a file has ended if the page has room left for another line.
   */
  readShort(name: string): Buffer {
    return this.#complete(name, (descriptor) => {
      let length = 0;
      for (;;) {
        if (length === this.#buffer.length) this.#grow(name);
        const count = readSync(descriptor, this.#buffer, length, this.#buffer.length - length, length);
        length += count;
        if (count < shortReadBytes && length < this.#buffer.length) return length;
      }
    });
  }

  /** Reads the first line, with one system call. Otherwise like `read`; a line of more than 4096 bytes is not read. */
  readLine(name: string): Buffer {
    const bytes = this.#complete(name, (descriptor) => {
      const count = readSync(descriptor, this.#buffer, 0, 4096, 0);
      return this.#buffer.subarray(0, count).indexOf(lineFeed) + 1;
    });
    return bytes;
  }

  /** The path of a file, for error messages. */
  path(name: string): string {
    return join(this.#root, name);
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) closeQuietly(descriptor);
    this.#descriptors.clear();
  }

  #complete(name: string, read: (descriptor: number) => number): Buffer {
    const length = this.#readKept(name, read);
    if (length === 0 || this.#buffer[length - 1] !== lineFeed)
      throw damaged(this.path(name), 'it is cut short');
    return this.#buffer.subarray(0, length);
  }

  #readKept(name: string, read: (descriptor: number) => number): number {
    const kept = this.#descriptors.get(name);
    if (kept !== undefined) {
      try {
        return read(kept);
      } catch {
        this.#descriptors.delete(name);
        closeQuietly(kept);
      }
    }
    try {
      const descriptor = openSync(this.path(name), 'r');
      this.#descriptors.set(name, descriptor);
      return read(descriptor);
    } catch (cause) {
      if (cause instanceof PlimsollError) throw cause;
      throw new PlimsollError(
        'unreadable',
        `${this.path(name)} cannot be read: ${messageOf(cause)}. Plimsoll needs /proc mounted and readable.`,
        { retry: true, cause },
      );
    }
  }

  #grow(name: string): void {
    if (this.#buffer.length >= largestFileBytes) throw damaged(this.path(name), 'it is longer than 8 MiB');
    const larger = Buffer.allocUnsafe(this.#buffer.length * 2);
    this.#buffer.copy(larger);
    this.#buffer = larger;
  }
}

const lineFeed = 0x0a;

/** The error for a file that exists but has unexpected content. */
export function damaged(path: string, what: string): PlimsollError {
  return new PlimsollError('unreadable', `${path} cannot be understood: ${what}.`, { retry: true });
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // It was stale: there is nothing left to close.
  }
}
