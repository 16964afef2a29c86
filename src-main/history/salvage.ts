import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { syncFile } from '../base/durable-file.ts';
import { BlockTables } from './block-tables.ts';
import { isWhole } from './blocks.ts';
import type { Column, ColumnReading } from '../contract/columns.ts';
import { numberIn, tickNumbers } from './codec.ts';
import { DamagedPages } from './damaged-pages.ts';
import type { Cell } from './damaged-pages.ts';
import { columnsIn } from './layouts.ts';
import {
  formatVersion,
  hourId,
  hourMs,
  hourOfId,
  periodOf,
  sourceOfId,
  seriesOfId,
  statementsAfter,
} from './schema.ts';
import { SqliteHistory } from './sqlite.ts';
import { takenIn } from './taken-readings.ts';

/** How many pages are examined between two pauses. */
const pagesAtOnce = 400;
const readingsAtOnce = 200;
/** How many losses are named. */
const named = 5;
/** The years of plausible times: anything before or after is taken for damage. */
const [firstYear, lastYear] = [1990, 2200];

/** What was salvaged from a damaged history, and what was lost. */
export interface Salvage {
  blocks: number;
  rollups: number;
  readings: number;
  lostBlocks: string[];
  lostPages: number;
  lostRows: number;
}

interface Names {
  sources: Map<number, { host: string; name: string }>;
  series: Map<number, { source: number; key: string }>;
  layouts: Map<number, { host: string; source: string; columns: Column[] }>;
}

/**
 * Writes everything readable in the damaged file `from` into a new file `to`, page by page and whatever SQLite says
 * about it: rows are recognised by their shape, blocks by their checksums, and names exist twice, in their table and in
 * its index. Runs step by step; `from` is only read. Throws SQLite's errors for `to`.
 */
export function* salvage(from: string, to: string): Generator<undefined, Salvage> {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(to + suffix, { force: true });
  const pages = new DamagedPages(from);
  const db = new DatabaseSync(to);
  try {
    db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
    for (const statement of statementsAfter(0)) db.exec(statement);
    const names: Names = { sources: new Map(), series: new Map(), layouts: new Map() };
    const damaged: number[] = [];
    yield* takeBlocks(pages, db, names, damaged);
    const { lostPages, lostRows } = pages;
    const found = yield* keepWhatFits(db, names, damaged);
    const store = new SqliteHistory(db, to);
    yield* takeTicks(pages, store, names);
    const readings = Number(db.prepare('SELECT count(*) AS ticks FROM tick').get()?.['ticks']);
    db.exec(`PRAGMA user_version = ${formatVersion}`);
    return { ...found, readings, lostPages, lostRows };
  } finally {
    pages.close();
    db.close();
    syncFile(to);
  }
}

function* takeBlocks(
  pages: DamagedPages,
  db: DatabaseSync,
  names: Names,
  damaged: number[],
): Generator<undefined, void> {
  const put = Object.fromEntries(
    ['block', 'rollup_minute', 'rollup_hour', 'rollup_day'].map((table) => [
      table,
      // Of two rows with the same number, one of which was removed, the one with more content is newer.
      db.prepare(
        `INSERT INTO ${table} (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data WHERE length(excluded.data) > length(data)`,
      ),
    ]),
  );
  const putHour = db.prepare(
    'INSERT INTO hour (id, samples, rolled, times) VALUES (?, 0, 0, ?) ON CONFLICT (id) DO UPDATE SET times = excluded.times WHERE length(excluded.times) > length(times)',
  );
  for (let number = 1; number <= pages.count; number++) {
    if (number % pagesAtOnce === 1) {
      if (number > 1) db.exec('COMMIT');
      yield;
      db.exec('BEGIN');
    }
    for (const { rowid, cells } of pages.rowsOf(number)) {
      noteName(names, rowid, cells);
      if (rowid === null) continue;
      const [empty, first, second, third] = cells;
      if (empty !== null) continue;
      if (cells.length === 2 && first instanceof Uint8Array) {
        const table = tableOf(periodOf(rowid));
        if (table === undefined) continue;
        if (isWhole(first)) put[table]?.run(rowid, first);
        else if (table === 'block') damaged.push(rowid);
      }
      if (cells.length === 4 && third instanceof Uint8Array && isHourRow(rowid, second) && isWhole(third))
        putHour.run(rowid, third);
    }
  }
  if (pages.count > 0) db.exec('COMMIT');
}

/** A tick has the same columns, but its number is small, and its time is out of this range. */
function isHourRow(rowid: number, rolled: Cell | undefined): boolean {
  return (rolled === 0 || rolled === 1) && isBelieved(hourOfId(rowid) * hourMs) && sourceOfId(rowid) > 0;
}

function isBelieved(at: number): boolean {
  return at >= Date.UTC(firstYear) && at < Date.UTC(lastYear);
}

/** The periods of the tables are far apart: 2026 is around hour 490,000, day 20,000, and so on. */
function tableOf(period: number): string | undefined {
  const days = { block: 1 / 24, rollup_minute: 1, rollup_hour: 32, rollup_day: 512 };
  return Object.entries(days).find(([, length]) => isBelieved(period * length * 24 * hourMs))?.[0];
}

/**
 * Notes names of sources and series, and layouts, from rows of their tables and of the indexes with the same content.
 */
function noteName({ sources, series, layouts }: Names, rowid: number | null, cells: readonly Cell[]): void {
  const [a, b, c, d] = cells;
  const id = rowid ?? (cells.at(-1) as number);
  if (typeof id !== 'number' || (rowid !== null && a !== null)) return;
  const [first, second, third] = rowid === null ? [a, b, c] : [b, c, d];
  const length =
    rowid === null ? cells.length : cells.length === 4 && typeof d === 'number' ? 3 : cells.length;
  const isNew = (known: ReadonlyMap<number, unknown>) => rowid !== null || !known.has(id);
  if (length === 3 && typeof first === 'string' && typeof second === 'string' && isNew(sources))
    sources.set(id, { host: first, name: second });
  if (length === 3 && typeof first === 'number' && typeof second === 'string' && isNew(series)) {
    if (columnsIn(`[${second}]`) !== undefined) series.set(id, { source: first, key: second });
  }
  if (length === 4 && typeof first === 'string' && typeof second === 'string' && typeof third === 'string') {
    const columns = columnsIn(third);
    if (columns !== undefined && isNew(layouts)) layouts.set(id, { host: first, source: second, columns });
  }
}

/** Writes the names, and removes blocks that belong to no series, or do not match the times of their hour. */
function* keepWhatFits(
  db: DatabaseSync,
  names: Names,
  damaged: readonly number[],
): Generator<undefined, Omit<Salvage, 'readings' | 'lostPages' | 'lostRows'>> {
  const tables = new BlockTables(db);
  const lost = new Set(damaged);
  const newest = new Map<number, number>();
  const samples = new Map<number, number>();
  const remove = db.prepare('DELETE FROM block WHERE id = ?');
  let blocks = 0;
  let last = -1;
  const next = db.prepare('SELECT id FROM block WHERE id > ? ORDER BY id LIMIT 500');
  for (;;) {
    const ids = next.all(last).map((row) => Number(row['id']));
    db.exec('BEGIN');
    for (const id of ids) {
      const [hour, series] = [periodOf(id), seriesOfId(id)];
      const source = names.series.get(series)?.source;
      const times =
        source === undefined || !names.sources.has(source) ? undefined : tables.times(source, hour);
      const values = times && tables.block(hour, series, times.length);
      if (source === undefined || values === undefined) {
        lost.add(id);
        remove.run(id);
        continue;
      }
      lost.delete(id);
      blocks++;
      newest.set(series, Math.max(newest.get(series) ?? -Infinity, hour));
      const count = values.reduce((sum, value) => (Number.isNaN(value) ? sum : sum + 1), 0);
      samples.set(hourId(source, hour), (samples.get(hourId(source, hour)) ?? 0) + count);
    }
    db.exec('COMMIT');
    last = ids.at(-1) ?? last;
    yield;
    if (ids.length < 500) break;
  }
  db.exec('BEGIN');
  const setSamples = db.prepare('UPDATE hour SET samples = ? WHERE id = ?');
  for (const [id, count] of samples) setSamples.run(count, id);
  // Without blocks there is nothing to roll up.
  db.exec('DELETE FROM hour WHERE samples = 0');
  const putSource = db.prepare('INSERT OR IGNORE INTO source (id, host, name) VALUES (?, ?, ?)');
  for (const [id, { host, name }] of names.sources) putSource.run(id, host, name);
  const putSeries = db.prepare(
    'INSERT OR IGNORE INTO series (id, source, key, newest_hour) VALUES (?, ?, ?, ?)',
  );
  for (const [id, { source, key }] of names.series)
    if (names.sources.has(source)) putSeries.run(id, source, key, newest.get(id) ?? 0);
  db.exec('COMMIT');
  const rollups = ['minute', 'hour', 'day'].reduce(
    (sum, tier) => sum + Number(db.prepare(`SELECT count(*) AS rows FROM rollup_${tier}`).get()?.['rows']),
    0,
  );
  return { blocks, rollups, lostBlocks: [...lost].map((id) => blockName(names, id)) };
}

function blockName({ sources, series }: Names, id: number): string {
  const hour = new Date(periodOf(id) * hourMs).toISOString().slice(0, 16);
  const known = series.get(seriesOfId(id));
  const source = known && sources.get(known.source);
  return source === undefined
    ? `an unknown series at ${hour}Z`
    : `${source.name} ${known?.key ?? ''} at ${hour}Z`;
}

/** Ticks are stored like any other reading: samples that are already in blocks are not duplicated. */
function* takeTicks(pages: DamagedPages, store: SqliteHistory, names: Names): Generator<undefined, void> {
  let batch: ColumnReading[] = [];
  const flush = () => {
    store.append(batch);
    batch = [];
  };
  for (let number = 1; number <= pages.count; number++) {
    for (const { rowid, cells } of pages.rowsOf(number)) {
      if (rowid !== null) batch.push(...readingsIn(names, cells));
    }
    if (batch.length >= readingsAtOnce) flush();
    if (number % pagesAtOnce === 0) yield;
  }
  flush();
}

function readingsIn(names: Names, cells: readonly Cell[]): ColumnReading[] {
  const [, data] = cells;
  if (cells.length !== 2 || !(data instanceof Uint8Array)) return readingIn(names, cells);
  const taken = takenIn(data, (id) => names.layouts.get(id)) ?? [];
  return taken
    .filter(({ at }) => isBelieved(at))
    .map(({ layout: { host, source, columns }, at, values }) => ({ host, source, at, columns, values }));
}

function readingIn({ layouts }: Names, [, id, at, data]: readonly Cell[]): ColumnReading[] {
  const layout = typeof id === 'number' ? layouts.get(id) : undefined;
  if (layout === undefined || typeof at !== 'number' || !isBelieved(at)) return [];
  const numbers = tickNumbers(data, layout.columns.length, at);
  if (numbers === undefined) return [];
  const { host, source, columns } = layout;
  const values = columns.map((_, place) => numberIn(numbers, place) ?? NaN);
  return [{ host, source, at, columns, values }];
}

/** The result for the owner, in a few sentences. */
export function salvageWords({
  blocks,
  rollups,
  readings,
  lostBlocks,
  lostPages,
  lostRows,
}: Salvage): string {
  const more = lostBlocks.length > named ? ` and ${lostBlocks.length - named} more` : '';
  const lost = [
    ...(lostBlocks.length > 0
      ? [`${lostBlocks.length} blocks (${lostBlocks.slice(0, named).join('; ')}${more})`]
      : []),
    ...(lostPages > 0 ? [`${lostPages} pages with what was on them`] : []),
    ...(lostRows > 0 ? [`${lostRows} rows`] : []),
  ];
  const taken = `${blocks} blocks, ${rollups} rows of roll-ups and ${readings} readings were taken over from it`;
  return lost.length === 0 ? `${taken}; nothing is known to be lost.` : `${taken}; lost: ${lost.join(', ')}.`;
}
