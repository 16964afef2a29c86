import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, PlimsollError } from '../../contract/error.ts';

/** No file that is read here comes near this; more is not what it claims to be. */
const largestFileBytes = 8 * 1024 * 1024;

/** The smallest page of any machine, less the longest line of the files that are read as short ones. */
const shortReadBytes = 4096 - 512;

/**
 * Files of `/proc`, read again and again: every descriptor stays open and is read from position 0 into one buffer that
 * all share, so a reading costs system calls only, no allocation. A kept descriptor that cannot be read any more
 * (`EBADF`, `ESTALE`, `ENOENT`, …) is opened anew once.
 */
export class ProcFiles {
  readonly #root: string;
  readonly #descriptors = new Map<string, number>();
  #buffer = Buffer.allocUnsafe(16 * 1024);

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * The whole file. The bytes are valid until the next read of any file. Throws `unreadable` when the file cannot be
   * read or does not end with a line break: then its last number may be cut, and half a number is a wrong number.
   */
  read(name: string): Buffer {
    return this.#complete(name, (descriptor) => {
      let length = 0;
      for (;;) {
        if (length === this.#buffer.length) this.#grow(name);
        // The kernel hands out long files a page at a time: only an empty read is the end.
        const count = readSync(descriptor, this.#buffer, length, this.#buffer.length - length, length);
        if (count === 0) return length;
        length += count;
      }
    });
  }

  /**
   * The same, by one system call where the file is short: only for files that the kernel writes in one go, or in lines that are
   * short. Such a file has ended where a page has room left for another line.
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

  /** The first line, by one system call. Otherwise like `read`; a line of more than 4096 bytes is not read. */
  readLine(name: string): Buffer {
    const bytes = this.#complete(name, (descriptor) => {
      const count = readSync(descriptor, this.#buffer, 0, 4096, 0);
      return this.#buffer.subarray(0, count).indexOf(lineFeed) + 1;
    });
    return bytes;
  }

  /** Of a file, for those who say what is wrong with it. */
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

/** The error for a file that is there but does not say what it should. */
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
