import { closeSync, cpSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inColumns } from '../contract/columns.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { encodeBlock } from './blocks.ts';
import { markDamaged, openHistory } from './open.ts';
import { blockId, hourMs } from './schema.ts';

const begin = Date.UTC(2026, 0, 5);
const firstHour = begin / hourMs;
const task = { now: begin + 40 * hourMs, rawHours: 1e5 };
let root: string;
/** Larger than what the start checks as a whole: four hours of readings, and blocks of many other series. */
let large: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'plimsoll-large-'));
  large = join(root, 'large');
  const { store } = await openHistory(large, new HandClock());
  for (let at = begin; at < begin + 4 * hourMs; at += 60_000)
    store.append(
      [
        {
          host: 'h',
          source: 'cpu',
          at,
          durationMs: 1,
          samples: [{ metric: 'm', labels: {}, value: at }],
          error: null,
        },
      ].map(inColumns),
    );
  while (store.tend(task));
  store.close();
  const db = new DatabaseSync(fileIn(large));
  const put = db.prepare('INSERT INTO block (id, data) VALUES (?, ?)');
  const noise = encodeBlock(Float64Array.from({ length: 1000 }, (_, place) => Math.sin(place))).bytes;
  db.exec('BEGIN');
  for (let series = 0; series < 3000; series++) put.run(blockId(firstHour + 9, 1000 + series), noise);
  db.exec('COMMIT');
  db.close();
  expect(statSync(fileIn(large)).size).toBeGreaterThan(16 * 1024 ** 2);
}, 60_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const fileIn = (directory: string) => join(directory, 'history.sqlite');

/** A copy in which the middle one of these pages contains only zeros. */
function copyWithout(name: string, pagetype: string): string {
  const directory = mkdtempSync(join(root, 'case-'));
  cpSync(large, directory, { recursive: true });
  const db = new DatabaseSync(fileIn(directory), { readOnly: true });
  const pages = db
    .prepare('SELECT pageno FROM dbstat WHERE name = ? AND pagetype = ? ORDER BY pageno')
    .all(name, pagetype);
  db.close();
  const file = openSync(fileIn(directory), 'r+');
  writeSync(file, new Uint8Array(4096), 0, 4096, (Number(pages[pages.length >> 1]?.['pageno']) - 1) * 4096);
  closeSync(file);
  return directory;
}

test('a large file is opened without reading all of it; what is damaged far away in it is found soon after, in slices', async () => {
  const directory = copyWithout('block', 'leaf');
  const { store, notice } = await openHistory(directory, new HandClock(begin));
  expect(notice).toBeNull();
  let slices = 0;
  const lookAll = () => {
    while (store.tend(task)) slices++;
  };
  expect(lookAll).toThrow(expect.objectContaining({ code: 'damaged' }));
  expect(slices).toBeGreaterThan(3);
  // As the process does then: the next start salvages what it can.
  store.close();
  markDamaged(directory);
  const after = await openHistory(directory, new HandClock(begin));
  expect(after.notice).toContain('It was kept as');
  expect(after.store.size().samples).toBe(240);
  after.store.close();
});

test('damage to what everything else needs is said at the start, however large the file', async () => {
  const directory = copyWithout('series', 'leaf');
  const { store, notice } = await openHistory(directory, new HandClock(begin));
  expect(notice).toContain('It was kept as');
  expect(store.size().samples).toBe(240);
  store.close();
});

test('a large file that is whole is looked through to its end, and upkeep goes on', async () => {
  const { store } = await openHistory(large, new HandClock(begin));
  let slices = 0;
  while (store.tend(task)) slices++;
  expect(slices).toBeGreaterThan(3000 / 250);
  store.close();
});
