/** The value of `PRAGMA user_version` in files of this version. */
export const formatVersion = 5;

/**
 * Format 1: a row for each reading, with which format 2 still starts. A layout is a set of series that a source
 * returned together; a tick is one reading with that layout, with its numbers in `data` as `codec.ts` writes them.
 */
const tickTables = {
  layout:
    'CREATE TABLE layout (id INTEGER PRIMARY KEY, host TEXT NOT NULL, source TEXT NOT NULL, columns TEXT NOT NULL)',
  layout_once: 'CREATE UNIQUE INDEX layout_once ON layout (host, source, columns)',
  tick: 'CREATE TABLE tick (id INTEGER PRIMARY KEY, layout INTEGER NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL)',
  tick_once: 'CREATE UNIQUE INDEX tick_once ON tick (layout, at)',
};

/** Format 2 adds blocks of the ticks of past hours, and roll-ups; `docs/storage-format.md` describes their content. */
const blockTables = {
  source: 'CREATE TABLE source (id INTEGER PRIMARY KEY, host TEXT NOT NULL, name TEXT NOT NULL)',
  source_once: 'CREATE UNIQUE INDEX source_once ON source (host, name)',
  series:
    'CREATE TABLE series (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, key TEXT NOT NULL, newest_hour INTEGER NOT NULL)',
  series_once: 'CREATE UNIQUE INDEX series_once ON series (source, key)',
  hour: 'CREATE TABLE hour (id INTEGER PRIMARY KEY, samples INTEGER NOT NULL, rolled INTEGER NOT NULL, times BLOB NOT NULL)',
  hour_unrolled: 'CREATE INDEX hour_unrolled ON hour (id) WHERE rolled = 0',
  block: 'CREATE TABLE block (id INTEGER PRIMARY KEY, data BLOB NOT NULL)',
  rollup_minute: 'CREATE TABLE rollup_minute (id INTEGER PRIMARY KEY, data BLOB NOT NULL)',
  rollup_hour: 'CREATE TABLE rollup_hour (id INTEGER PRIMARY KEY, data BLOB NOT NULL)',
  rollup_day: 'CREATE TABLE rollup_day (id INTEGER PRIMARY KEY, data BLOB NOT NULL)',
};

/** Format 5 adds readings of other machines that are not in their places yet. */
const takenTables = {
  taken: 'CREATE TABLE taken (id INTEGER PRIMARY KEY, data BLOB NOT NULL)',
};

type Schema = Readonly<Record<string, string>>;

/**
 * What each format adds to the previous one; format 3 only adds a checksum to ticks, and format 4 two more encodings of
 * columns. Names and statements are compared with the file's at the start.
 */
const additions: readonly Schema[] = [tickTables, blockTables, {}, {}, takenTables];

/** The schema of a file of this format; empty for 0, undefined for an unknown format. */
export function schemaOf(format: number): Schema | undefined {
  if (format < 0 || format > additions.length || !Number.isInteger(format)) return undefined;
  return Object.assign({}, ...additions.slice(0, format)) as Schema;
}

/** The statements that bring a file of this format to the newest. They change nothing that exists. */
export function statementsAfter(format: number): string[] {
  return additions.slice(format).flatMap((tables) => Object.values(tables));
}

/**
 * The same for a read-only file: as temporary tables of one connection, which hide the file's tables of the same name.
 */
export function temporary(statement: string): string {
  return statement
    .replace(/^CREATE TABLE /, 'CREATE TEMP TABLE ')
    .replace(/^CREATE (UNIQUE )?INDEX /, 'CREATE $1INDEX temp.');
}

/** The statements that put readings into their places. */
export const placing = [tickTables.tick, tickTables.tick_once, takenTables.taken];

export const hourMs = 3_600_000;
/** Ids have room for this many hours before and after 1970: until the year 32,000. */
const mostHours = 2 ** 28;
export const widestTime = mostHours * hourMs;

const seriesSpan = 2 ** 24;
const hourSpan = 2 ** 30;

export const hourOf = (at: number): number => Math.floor(at / hourMs);

/** Blocks are in order of time: new ones are added at the end, and forgotten ones free whole pages. */
export const blockId = (period: number, series: number): number => period * seriesSpan + series;
export const periodOf = (id: number): number => Math.floor(id / seriesSpan);

export const seriesOfId = (id: number): number => id % seriesSpan;

/** Hours are grouped by source. */
export const hourId = (source: number, hour: number): number => source * hourSpan + hour + mostHours;
export const hourOfId = (id: number): number => (id % hourSpan) - mostHours;

export const sourceOfId = (id: number): number => Math.floor(id / hourSpan);

/** Ids of series from here on have no room beside the period. */
export const mostSeries = seriesSpan;
