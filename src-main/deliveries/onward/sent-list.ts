import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** A list that is longer is worth being rewritten without what is gone. */
const bytesAtMost = 1024 ** 2;
/** A line is the id of a record, eight bytes, and its CRC-32, little-endian. */
const lineBytes = 12;

/** Which records of a spool have arrived although they are on disk still: a file of its own, appended to and rewritten. */
export class SentList {
  readonly #path: string;
  #lines = 0;

  constructor(directory: string) {
    this.#path = join(directory, 'sent');
  }

  get isEmpty(): boolean {
    return this.#lines === 0;
  }

  get isLong(): boolean {
    return this.#lines * lineBytes > bytesAtMost;
  }

  /** The ids that the last run left. What is damaged is left out: that record goes once more. */
  async read(): Promise<Set<string>> {
    const list = await readFile(this.#path).catch(() => Buffer.alloc(0));
    this.#lines = list.length / lineBytes;
    const ids = new Set<string>();
    for (let start = 0; start + lineBytes <= list.length; start += lineBytes) {
      const id = list.subarray(start, start + 8);
      if (crc32(id) === list.readUInt32LE(start + 8)) ids.add(id.toString('hex'));
    }
    return ids;
  }

  async add(id: string): Promise<void> {
    await writeFile(this.#path, lineOf(id), { flag: 'a', mode: 0o600 });
    this.#lines++;
  }

  /** Has these and no others. */
  async rewrite(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) await rm(this.#path, { force: true });
    else {
      await writeFile(`${this.#path}.new`, Buffer.concat(ids.map(lineOf)), { mode: 0o600 });
      await rename(`${this.#path}.new`, this.#path);
    }
    this.#lines = ids.length;
  }
}

function lineOf(id: string): Buffer {
  const line = Buffer.alloc(lineBytes);
  line.write(id, 'hex');
  line.writeUInt32LE(crc32(line.subarray(0, 8)), 8);
  return line;
}
