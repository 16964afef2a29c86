import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { headerBytes, valueBytes, version } from './codec.ts';

interface Columns {
  at: Float64Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
}

/**
 * Reads ticks in columns. SQLite puts the numbers of all rows into one text of hexadecimal digits, which is read at once:
 * a third of the time that it takes to hand over each row by itself.
 */
export class RecordedColumns {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<number, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * The numbers in these places of each tick of a layout of `stored` columns, from `from` to before `to`, oldest first; NaN
   * for the place -1. A tick whose bytes can not be read is left out.
   */
  read(layout: number, stored: number, places: readonly number[], from: number, to: number): Columns {
    const offsets = places.filter((place) => place >= 0).map((place) => headerBytes + valueBytes * place + 1);
    const row = this.#statement(offsets.length).get(
      ...offsets,
      layout,
      from,
      to,
      headerBytes + valueBytes * stored,
    );
    const at = Float64Array.from(JSON.parse(String(row?.['at'] ?? '[]')) as number[]);
    const bytes = Buffer.from(String(row?.['numbers'] ?? ''), 'hex');
    const values = new Float64Array(at.length * places.length).fill(NaN);
    const wanted = places.flatMap((place, column) => (place < 0 ? [] : [column]));
    for (let tick = 0, offset = 0; tick < at.length; tick++) {
      for (const column of wanted) {
        const value = bytes.readDoubleLE(offset);
        offset += valueBytes;
        if (Number.isFinite(value)) values[tick * places.length + column] = value;
      }
    }
    return { at, values };
  }

  #statement(columns: number): StatementSync {
    const known = this.#statements.get(columns);
    if (known !== undefined) return known;
    const numbers = Array.from({ length: columns }, () => `hex(substr(data, ?, ${valueBytes}))`).join(' || ');
    const statement = this.#db.prepare(
      `SELECT json_group_array(at) AS at, group_concat(${numbers === '' ? "''" : numbers}, '') AS numbers FROM ` +
        `(SELECT at, data FROM tick WHERE layout = ? AND at >= ? AND at < ? AND length(data) = ? ` +
        `AND substr(data, 1, 1) = x'${version.toString(16).padStart(2, '0')}' ORDER BY at)`,
    );
    this.#statements.set(columns, statement);
    return statement;
  }
}

/** Several of them as one, in the order of time. */
export function inOrder(parts: readonly Columns[], width: number): Columns {
  const [first, second] = parts;
  if (first === undefined) return { at: new Float64Array(), values: new Float64Array() };
  if (second === undefined) return first;
  const length = parts.reduce((sum, { at }) => sum + at.length, 0);
  const whole = { at: new Float64Array(length), values: new Float64Array(length * width) };
  const places = parts.map(() => 0);
  for (let to = 0; to < length; to++) {
    let [from, least] = [-1, Infinity];
    parts.forEach(({ at }, index) => {
      const next = at[places[index] ?? 0] ?? Infinity;
      if (next < least) [from, least] = [index, next];
    });
    const place = places[from] ?? 0;
    places[from] = place + 1;
    whole.at[to] = least;
    const values = parts[from]?.values.subarray(place * width, (place + 1) * width);
    if (values !== undefined) whole.values.set(values, to * width);
  }
  return whole;
}
