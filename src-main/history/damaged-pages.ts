import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/** The page size of every file that the history creates. */
const pageBytes = 4096;
const headerBytes = 100;
const walHeaderBytes = 32;
const frameHeaderBytes = 24;
/** How many frames of a log are read at once: a quarter of a megabyte. */
const framesAtOnce = 64;
/**
 * In a file that returns free pages, one page in this many records who uses which; it holds no rows.
 * https://sqlite.org/fileformat.html#pointer_map_or_ptrmap_pages
 */
const pagesInMap = pageBytes / 5 + 1;

const leafTable = 13;
const leafIndex = 10;
const innerTable = 5;
const innerIndex = 2;

export type Cell = number | string | Uint8Array | null;

/** A row found in a page: of a table with its rowid, of an index without. */
export interface FoundRow {
  rowid: number | null;
  cells: Cell[];
}

/**
 * Reads all rows that can be read in the pages of an SQLite file, however damaged: https://sqlite.org/fileformat.html.
 */
export class DamagedPages {
  readonly #file: number | undefined;
  readonly #log: number | undefined;
  /** Where the newest version of each page is in the log. */
  readonly #inLog: ReadonlyMap<number, number>;
  readonly #free: ReadonlySet<number>;
  readonly count: number;
  /** Pages that others refer to and that are missing or unreadable. */
  lostPages = 0;
  /** Rows that a page has a place for and that are unreadable. */
  lostRows = 0;

  constructor(path: string) {
    this.#file = opened(path);
    this.#log = opened(`${path}-wal`);
    const frames = this.#log === undefined ? [] : framesOf(this.#log);
    this.#inLog = new Map(frames.map(({ page, at }) => [page, at]));
    const inFile = this.#file === undefined ? 0 : Math.ceil(fstatSync(this.#file).size / pageBytes);
    this.count = [...this.#inLog.keys()].reduce((a, b) => Math.max(a, b), inFile);
    this.#free = this.#freePages();
  }

  close(): void {
    for (const file of [this.#file, this.#log]) if (file !== undefined) closeSync(file);
  }

  /** All rows of one page. */
  rowsOf(number: number): FoundRow[] {
    const page = this.#isSkipped(number) ? undefined : this.#page(number);
    if (page === undefined) return [];
    const at = number === 1 ? headerBytes : 0;
    const type = page[at];
    if (type === innerTable) this.#visitChildren(page, at);
    if (type === leafTable || type === leafIndex || type === innerIndex) return this.#rowsIn(page, at, type);
    return [];
  }

  #rowsIn(page: Buffer, at: number, type: number): FoundRow[] {
    const pointers = pointersIn(page, at, type === innerIndex ? 12 : 8);
    const rows = pointers.map((pointer) => this.#row(page, pointer, type)).filter((row) => row !== undefined);
    const kept = type === leafTable ? inOrder(rows) : rows;
    this.lostRows += pointers.length - kept.length;
    return kept;
  }

  #row(page: Buffer, pointer: number, type: number): FoundRow | undefined {
    try {
      const [length, afterLength] = varint(page, pointer + (type === innerIndex ? 4 : 0));
      const isTable = type === leafTable;
      const [rowid, begin] = isTable ? varint(page, afterLength) : [null, afterLength];
      return { rowid, cells: record(this.#payload(page, begin, length, isTable)) };
    } catch {
      return undefined;
    }
  }

  /** The bytes of a row, including those on overflow pages. */
  #payload(page: Buffer, at: number, length: number, isTable: boolean): Buffer {
    const most = isTable ? pageBytes - 35 : Math.floor(((pageBytes - 12) * 64) / 255) - 23;
    if (length <= most) return part(page, at, length);
    const least = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
    const surplus = least + ((length - least) % (pageBytes - 4));
    const here = surplus <= most ? surplus : least;
    const parts = [part(page, at, here)];
    let left = length - here;
    if (left > this.count * pageBytes) throw new RangeError('This row is larger than its file.');
    for (let next = page.readUInt32BE(at + here); left > 0;) {
      const more = this.#page(next);
      if (more === undefined) throw new RangeError('A page of this row is gone.');
      const bytes = Math.min(left, pageBytes - 4);
      parts.push(part(more, 4, bytes));
      left -= bytes;
      next = more.readUInt32BE(0);
    }
    return Buffer.concat(parts);
  }

  #visitChildren(page: Buffer, at: number): void {
    const children = pointersIn(page, at, 12).map((pointer) => numberAt(page, pointer));
    children.push(numberAt(page, at + 8));
    for (const child of children) {
      const type = this.#page(child)?.[0];
      if (type !== leafTable && type !== innerTable) this.lostPages++;
    }
  }

  #isSkipped(number: number): boolean {
    return (number - 2) % pagesInMap === 0 || this.#free.has(number);
  }

  #page(number: number): Buffer | undefined {
    const inLog = this.#inLog.get(number);
    const page = Buffer.alloc(pageBytes);
    const file = inLog === undefined ? this.#file : this.#log;
    if (file === undefined || number < 1) return undefined;
    // If the file ends within a page, the rest of the page is missing.
    const read = readSync(file, page, 0, pageBytes, inLog ?? (number - 1) * pageBytes);
    return read === 0 ? undefined : page;
  }

  /** Pages with removed content, as far as their list is readable. */
  #freePages(): Set<number> {
    const free = new Set<number>();
    let trunk = this.#page(1)?.readUInt32BE(32) ?? 0;
    while (trunk > 0 && trunk <= this.count && !free.has(trunk)) {
      free.add(trunk);
      const page = this.#page(trunk);
      if (page === undefined) break;
      const leaves = Math.min(page.readUInt32BE(4), pageBytes / 4 - 2);
      for (let leaf = 0; leaf < leaves; leaf++) free.add(page.readUInt32BE(8 + 4 * leaf));
      trunk = page.readUInt32BE(0);
    }
    return free;
  }
}

/**
 * Whether a write-ahead log has valid frames after an invalid one. SQLite stops at the first invalid one, which is
 * right for what was being written when the system crashed, but would silently lose what was committed after it.
 */
export function hasDamagedLog(path: string): boolean {
  const log = opened(`${path}-wal`);
  if (log === undefined) return false;
  try {
    return framesOf(log).some(({ isAfterDamage, isCommit }) => isAfterDamage && isCommit);
  } finally {
    closeSync(log);
  }
}

interface Frame {
  page: number;
  /** Offset of the page in the log. */
  at: number;
  isAfterDamage: boolean;
  isCommit: boolean;
}

/** The valid frames of a log, up to the last commit: https://sqlite.org/fileformat.html#the_write_ahead_log. */
function framesOf(log: number): Frame[] {
  const header = Buffer.alloc(walHeaderBytes);
  readSync(log, header, 0, walHeaderBytes, 0);
  const magic = header.readUInt32BE(0);
  if ((magic & ~1) !== 0x377f0682 || header.readUInt32BE(8) !== pageBytes) return [];
  const isBig = (magic & 1) === 1;
  const salts = header.subarray(16, 24);
  const frames: Frame[] = [];
  let committed = 0;
  let sums: Sums = [header.readUInt32BE(24), header.readUInt32BE(28)];
  let isAfterDamage = false;
  for (const { at, frame } of wholeFrames(log)) {
    const stored: Sums = [frame.readUInt32BE(16), frame.readUInt32BE(20)];
    const isOfThisLog = frame.subarray(8, 16).equals(salts);
    const words = wordsOf(frame, isBig);
    const expected = added(added(sums, words, 0, 2), words, frameHeaderBytes / 4, words.length);
    // The checksum of each frame continues that of the previous one: after an invalid frame, from the stored value.
    sums = stored;
    if (!isOfThisLog || expected[0] !== stored[0] || expected[1] !== stored[1]) {
      isAfterDamage = true;
      continue;
    }
    const isCommit = frame.readUInt32BE(4) > 0;
    frames.push({ page: frame.readUInt32BE(0), at: at + frameHeaderBytes, isAfterDamage, isCommit });
    if (isCommit) committed = frames.length;
  }
  return frames.slice(0, committed);
}

type Sums = [number, number];

function* wholeFrames(log: number): Generator<{ at: number; frame: Buffer }> {
  const frameBytes = frameHeaderBytes + pageBytes;
  const frames = Buffer.from(new ArrayBuffer(framesAtOnce * frameBytes));
  let read = frames.length;
  for (let begin = walHeaderBytes; read === frames.length; begin += read) {
    read = readSync(log, frames, 0, frames.length, begin);
    for (let start = 0; start + frameBytes <= read; start += frameBytes)
      yield { at: begin + start, frame: frames.subarray(start, start + frameBytes) };
  }
}

/** A log is written in the byte order of the machine that started it. */
function wordsOf(frame: Buffer, isBig: boolean): Uint32Array {
  const bytes = isBig ? Buffer.from(Uint8Array.from(frame).buffer).swap32() : frame;
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function added([first, second]: Sums, words: Uint32Array, from: number, to: number): Sums {
  let [a, b] = [first, second];
  for (let place = from; place < to; place += 2) {
    a = (a + (words[place] ?? 0) + b) >>> 0;
    b = (b + (words[place + 1] ?? 0) + a) >>> 0;
  }
  return [a, b];
}

function opened(path: string): number | undefined {
  return existsSync(path) ? openSync(path, 'r') : undefined;
}

/** Offsets of the cells of a page, if they are within it. */
function pointersIn(page: Buffer, at: number, header: number): number[] {
  const first = at + header;
  const count = Math.min(page.readUInt16BE(at + 3), Math.floor((pageBytes - first) / 2));
  const pointers = Array.from({ length: count }, (_, cell) => page.readUInt16BE(first + 2 * cell));
  return pointers.filter((pointer) => pointer >= first + 2 * count && pointer < pageBytes - 3);
}

function numberAt(page: Buffer, at: number): number {
  return page.readUInt32BE(at);
}

function part(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw new RangeError('These bytes end too early.');
  return bytes.subarray(at, at + length);
}

/** https://sqlite.org/fileformat.html#varint: at most nine bytes, the highest bits first. */
function varint(bytes: Buffer, start: number): [value: number, next: number] {
  let value = 0;
  for (let place = 0; place < 9; place++) {
    const byte = bytes[start + place];
    if (byte === undefined) break;
    if (place === 8) return [Number(BigInt.asIntN(64, (BigInt(value) << 8n) | BigInt(byte))), start + 9];
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return [value, start + place + 1];
  }
  throw new RangeError('These bytes end too early.');
}

/** https://sqlite.org/fileformat.html#record_format. */
function record(bytes: Buffer): Cell[] {
  const [headerLength, begin] = varint(bytes, 0);
  const types: number[] = [];
  for (let at = begin; at < headerLength;) {
    const [type, next] = varint(bytes, at);
    types.push(type);
    at = next;
  }
  let at = headerLength;
  const cells = types.map((type) => {
    const length = type >= 12 ? Math.floor((type - 12) / 2) : ([0, 1, 2, 3, 4, 6, 8, 8, 0, 0][type] ?? NaN);
    const content = part(bytes, at, length);
    at += length;
    return cell(type, content);
  });
  if (at !== bytes.length) throw new RangeError('This row has bytes that belong to nothing.');
  return cells;
}

function cell(type: number, content: Buffer): Cell {
  if (type === 0) return null;
  if (type === 7) return content.readDoubleBE(0);
  if (type === 8 || type === 9) return type - 8;
  if (type < 7)
    return content.length > 6 ? Number(content.readBigInt64BE(0)) : content.readIntBE(0, content.length);
  if (type % 2 === 0) return Uint8Array.from(content);
  return new TextDecoder('utf-8', { fatal: true }).decode(content);
}

/**
 * The longest run of rows with ascending rowids. A rowid out of order was damaged, too high or too low, and would be
 * mistaken for another row's.
 */
function inOrder(rows: readonly FoundRow[]): FoundRow[] {
  // For each length of an ascending run, the lowest end so far; and for each row, its predecessor in the longest run
  // that it ends.
  const ends: number[] = [];
  const before = rows.map(({ rowid }, place) => {
    const length = ends.findIndex((end) => (rows[end]?.rowid ?? NaN) >= (rowid ?? NaN));
    const at = length < 0 ? ends.length : length;
    ends[at] = place;
    return ends[at - 1];
  });
  const kept: FoundRow[] = [];
  for (let place = ends.at(-1); place !== undefined; place = before[place]) {
    const row = rows[place];
    if (row !== undefined) kept.unshift(row);
  }
  return kept;
}
