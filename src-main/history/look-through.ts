import type { DatabaseSync } from 'node:sqlite';
import { PlimsollError } from '../contract/error.ts';

/** Rows that are read between two pauses: a few milliseconds, and a few megabytes of the disk at most. */
const rowsAtOnce = 250;

/** All rows that are not compared at the start, newest tables first, with the column that is on pages of its own. */
const lookedThrough = [
  ['taken', 'data'],
  ['tick', 'data'],
  ['hour', 'times'],
  ['block', 'data'],
  ['rollup_minute', 'data'],
  ['rollup_hour', 'data'],
  ['rollup_day', 'data'],
] as const;

/**
 * Reads every page that holds rows, in slices: what the start of a large file leaves out. Throws `damaged`, or what SQLite throws
 * of a page that cannot be read. What does not hold inside of a row, which has a checksum, is not looked at: it is absent.
 */
export function* lookThrough(db: DatabaseSync, path: string): Generator<undefined, void> {
  for (const [table, column] of lookedThrough) {
    const next = db.prepare(
      // The last byte of a row is on the last of its pages.
      `SELECT id, substr(${column}, -1) AS end FROM ${table} WHERE id > ? ORDER BY id LIMIT ${rowsAtOnce}`,
    );
    for (let last = -Number.MAX_SAFE_INTEGER; ;) {
      const rows = next.all(last);
      for (const { id } of rows) {
        if (!(Number(id) > last))
          throw new PlimsollError(
            'damaged',
            `The history in ${path} is damaged (rows of ${table} are not in order).`,
          );
        last = Number(id);
      }
      if (rows.length === 0) break;
      yield;
    }
  }
}
