import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { DamagedPages } from './damaged-pages.ts';

/** Ids that need four bytes each, so that one flipped bit makes a smaller or a larger one of the same length. */
const idOf = (row: number): number => 100_000_000 + row;
const count = 40;

function rowidsAfter(damage: (bytes: Buffer) => void): { rowids: (number | null)[]; lost: number } {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-pages-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, 'history.sqlite');
  const db = new DatabaseSync(path);
  db.exec(
    'PRAGMA auto_vacuum = INCREMENTAL; CREATE TABLE block (id INTEGER PRIMARY KEY, data BLOB NOT NULL)',
  );
  const add = db.prepare('INSERT INTO block (id, data) VALUES (?, ?)');
  for (let row = 0; row < count; row++) add.run(idOf(row), Buffer.from(`row ${row}`));
  db.close();
  const bytes = readFileSync(path);
  damage(bytes);
  writeFileSync(path, bytes);
  const pages = new DamagedPages(path);
  const rowids = pages.rowsOf(3).map(({ rowid }) => rowid);
  pages.close();
  return { rowids, lost: pages.lostRows };
}

const all = Array.from({ length: count }, (_, row) => idOf(row));

test('all rows of a page that is whole', () => {
  expect(rowidsAfter(() => undefined)).toEqual({ rowids: all, lost: 0 });
});

test.each([
  ['larger', 0x10],
  ['smaller', 0x20],
])('a row whose id became %s is lost, and none besides it', (_, bit) => {
  const { rowids, lost } = rowidsAfter((bytes) => {
    // Its id is before its header (https://sqlite.org/fileformat.html#b_tree_pages): four bytes, then the length of the
    // header and two types.
    const data = bytes.indexOf('row 17');
    const id = data - 3 - 4;
    bytes[id] = (bytes[id] ?? 0) ^ bit;
  });
  expect({ rowids, lost }).toEqual({ rowids: all.filter((id) => id !== idOf(17)), lost: 1 });
});
