import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { PlimsollError } from '../contract/error.ts';
import { encodeTick } from './codec.ts';
import type { Layout } from './layouts.ts';
import type { TickTable } from './tick-table.ts';

/** A reading with its layout. */
interface Taken {
  layout: Layout;
  at: number;
  values: ArrayLike<number>;
}

/** A reading that is in a row, and which row. */
interface Saved extends Taken {
  row: number;
}

const version = 1;
const headerBytes = 1;
const checksumBytes = 4;
/** Layout and time, before the values. */
const headLength = 2;

/**
 * How many readings, or numbers of them, may wait for their places. The more wait, the more of them share a page of the
 * index, but the first question waits for all of them.
 */
const readingsAtMost = 5000;
const numbersAtMost = 250_000;
/** How many readings are put into their places at once: two or three milliseconds. */
const placedAtOnce = 500;

/**
 * Readings of other machines, stored as they arrived: one row for all that were committed together. A row for each
 * would make a page of the index dirty for each of their sources, which costs more than everything else; later, many
 * readings share these pages. `docs/storage-format.md` describes the content of a row. Methods throw SQLite's errors;
 * after that the memory no longer matches the file, and `read` must be called first.
 */
export class TakenReadings {
  readonly #sql: ReturnType<typeof statements>;
  readonly #ticks: TickTable;
  readonly #path: string;
  #added: Taken[] = [];
  /** By layout, those waiting longest first. */
  readonly #waiting = new Map<Layout, Saved[]>();
  #readings = 0;
  #numbers = 0;
  /** How many readings of each row are not in their places, by row id, ascending. */
  readonly #left = new Map<number, number>();

  /** `path` is named in errors. */
  constructor(db: DatabaseSync, ticks: TickTable, path: string) {
    this.#sql = statements(db);
    this.#ticks = ticks;
    this.#path = path;
  }

  get isEmpty(): boolean {
    return this.#left.size === 0 && this.#added.length === 0;
  }

  /** Whether placing all of them would take too long. */
  get isMany(): boolean {
    return this.#readings > placedAtOnce;
  }

  /** Whether too many of them wait. */
  get isLarge(): boolean {
    return this.#readings > readingsAtMost || this.#numbers > numbersAtMost;
  }

  /**
   * The readings in rows that are not in their places, with their layouts. Throws `damaged` if one is unreadable,
   * because acknowledged data must not be left out.
   */
  read(layouts: ReadonlyMap<number, Layout>): Taken[] {
    this.#added = [];
    this.#waiting.clear();
    this.#left.clear();
    this.#readings = this.#numbers = 0;
    const waiting: Taken[] = [];
    for (const { id, data } of this.#sql.rows.iterate()) {
      const readings = takenIn(data, (layout) => layouts.get(layout));
      if (readings === undefined)
        throw new PlimsollError(
          'damaged',
          `The history in ${this.#path} is damaged (what was sent last cannot be read).`,
        );
      const row = Number(id);
      this.#left.set(row, 0);
      for (const reading of readings) {
        if (this.#ticks.has(reading.layout, reading.at)) continue;
        this.#wait(reading, row);
        waiting.push(reading);
      }
    }
    return waiting;
  }

  /**
   * Adds a reading that does not exist with this layout and time. `save` writes it; until then `values` must not
   * change.
   */
  add(layout: Layout, at: number, values: ArrayLike<number>): void {
    this.#added.push({ layout, at, values });
  }

  /** Writes what was added into one row. */
  save(): void {
    if (this.#added.length === 0) return;
    const row = Number(this.#sql.add.run(bytesOf(this.#added)).lastInsertRowid);
    for (const reading of this.#added) this.#wait(reading, row);
    this.#added = [];
  }

  #wait({ layout, at, values }: Taken, row: number): void {
    let ofLayout = this.#waiting.get(layout);
    if (ofLayout === undefined) this.#waiting.set(layout, (ofLayout = []));
    ofLayout.push({ layout, at, values, row });
    this.#readings++;
    this.#numbers += values.length;
    this.#left.set(row, (this.#left.get(row) ?? 0) + 1);
  }

  /** Puts those that wait longest into their places, as if each had been written there at first. */
  placeSome(): void {
    let placed = 0;
    for (const [layout, readings] of this.#waiting) {
      if (placed >= placedAtOnce) break;
      for (const { at, values, row } of readings) {
        this.#ticks.add(layout, at, encodeTick(values, at));
        this.#left.set(row, (this.#left.get(row) ?? 0) - 1);
        this.#numbers -= values.length;
      }
      placed += readings.length;
      this.#waiting.delete(layout);
    }
    this.#readings -= placed;
    this.#removeRows();
  }

  placeAll(): void {
    this.save();
    while (!this.isEmpty) this.placeSome();
  }

  #removeRows(): void {
    let done: number | undefined;
    for (const [row, left] of this.#left) {
      if (left > 0) break;
      this.#left.delete(row);
      done = row;
    }
    if (done !== undefined) this.#sql.removeUpTo.run(done);
  }
}

function bytesOf(readings: readonly Taken[]): Uint8Array {
  const length = readings.reduce((sum, { layout }) => sum + headLength + layout.columns.length, 0);
  const bytes = new Uint8Array(headerBytes + 8 * length + checksumBytes);
  const view = new DataView(bytes.buffer);
  bytes[0] = version;
  let offset = headerBytes;
  const put = (number: number): void => {
    view.setFloat64(offset, number, true);
    offset += 8;
  };
  for (const { layout, at, values } of readings) {
    put(layout.id);
    put(at);
    for (let place = 0; place < layout.columns.length; place++) put(values[place] ?? NaN);
  }
  view.setUint32(offset, crc32(bytes.subarray(0, offset)), true);
  return bytes;
}

/** The readings in such a row; undefined if it is invalid, or refers to an unknown layout. */
export function takenIn<Known extends Pick<Layout, 'columns'>>(
  bytes: unknown,
  layoutOf: (id: number) => Known | undefined,
): { layout: Known; at: number; values: Float64Array }[] | undefined {
  if (!(bytes instanceof Uint8Array) || bytes[0] !== version) return undefined;
  const end = bytes.length - checksumBytes;
  if (end < headerBytes || (end - headerBytes) % 8 !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(end, true) !== crc32(bytes.subarray(0, end))) return undefined;
  const numbers = Float64Array.from({ length: (end - headerBytes) / 8 }, (_, place) =>
    view.getFloat64(headerBytes + 8 * place, true),
  );
  const readings = [];
  for (let place = 0; place < numbers.length;) {
    const layout = layoutOf(numbers[place] ?? NaN);
    if (layout === undefined) return undefined;
    const at = numbers[place + 1] ?? NaN;
    const from = place + headLength;
    place = from + layout.columns.length;
    if (place > numbers.length) return undefined;
    readings.push({ layout, at, values: numbers.subarray(from, place) });
  }
  return readings;
}

function statements(db: DatabaseSync) {
  return {
    rows: db.prepare('SELECT id, data FROM taken ORDER BY id'),
    add: db.prepare('INSERT INTO taken (data) VALUES (?)'),
    removeUpTo: db.prepare('DELETE FROM taken WHERE id <= ?'),
  };
}
