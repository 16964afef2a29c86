import type { DatabaseSync } from 'node:sqlite';
import { PlimsollError } from '../contract/error.ts';

/** Rows read between two pauses: a few milliseconds, and at most a few megabytes of the disk. */
const rowsAtOnce = 250;

/** All tables that are not checked at the start, newest first, with the column that uses overflow pages. */
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
 * Reads every page that holds rows, in slices: the part of a large file that the start does not check. Throws
 * `damaged`, or SQLite's error for an unreadable page. Damage inside a row is not checked here: rows have a checksum,
 * and damaged ones are left out when read.
 */
export function* lookThrough(db: DatabaseSync, path: string): Generator<undefined, void> {
  for (const [table, column] of lookedThrough) {
    const next = db.prepare(
      // The last byte of a row is on its last page.
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
