import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Rollups } from './blocks.ts';
import { decodeBlock, decodeRollups, decodeTimes, encodeRollups, firstSlotIn } from './blocks.ts';
import type { Tier } from './rollups.ts';
import { blockId, hourId, hourOfId, mostSeries, periodOf } from './schema.ts';

const lowestHour = -(2 ** 28);
const highestHour = 2 ** 28 - 1;

/** A series in the tables of blocks; `key` is metric and labels, see `columnKey`. */
export interface StoredSeries {
  id: number;
  key: string;
  /** The newest hour in which it has a block. */
  newestHour: number;
}

/** Blocks and roll-ups in the file. Unreadable ones are left out. Methods throw SQLite's errors. */
export class BlockTables {
  readonly #sql: ReturnType<typeof statements>;
  readonly #rollups: Record<Tier['name'], ReturnType<typeof rollupStatements>>;

  constructor(db: DatabaseSync) {
    this.#sql = statements(db);
    this.#rollups = {
      minute: rollupStatements(db, 'rollup_minute'),
      hour: rollupStatements(db, 'rollup_hour'),
      day: rollupStatements(db, 'rollup_day'),
    };
  }

  sources(): { id: number; host: string; name: string }[] {
    return this.#sql.sources
      .all()
      .map((row) => ({ id: Number(row['id']), host: String(row['host']), name: String(row['name']) }));
  }

  addSource(host: string, name: string): number {
    return Number(this.#sql.addSource.run(host, name).lastInsertRowid);
  }

  /** All series of a source that have a block in `hour` or later. */
  seriesSince(source: number, hour: number): StoredSeries[] {
    return this.#sql.seriesSince.all(source, hour).map(storedSeries);
  }

  series(source: number, key: string): StoredSeries | undefined {
    const row = this.#sql.series.get(source, key);
    return row === undefined ? undefined : storedSeries(row);
  }

  /** The number of a series that has a block in `hour`; created if necessary. */
  seriesWithBlock(source: number, key: string, hour: number): number {
    const known = this.series(source, key);
    if (known === undefined) return this.#addSeries(source, key, hour);
    if (hour > known.newestHour) this.#sql.setNewestHour.run(hour, known.id);
    return known.id;
  }

  #addSeries(source: number, key: string, hour: number): number {
    const highest = Number(this.#sql.highestSeries.get()?.['id'] ?? 0);
    const id = highest + 1 < mostSeries ? highest + 1 : Number(this.#sql.freeSeries.get()?.['id']);
    this.#sql.addSeries.run(id, source, key, hour);
    return id;
  }

  forgetSeries(beforeHour: number): void {
    this.#sql.removeSeries.run(beforeHour);
  }

  /** The times of the readings in an hour; undefined if the hour has no blocks. */
  times(source: number, hour: number): Float64Array<ArrayBuffer> | undefined {
    const row = this.#sql.hour.get(hourId(source, hour));
    return row === undefined ? undefined : (decodeTimes(row['times']) ?? new Float64Array());
  }

  putHour(source: number, hour: number, times: Uint8Array, samples: number): void {
    this.#sql.putHour.run(hourId(source, hour), samples, times);
  }

  markRolled(source: number, hour: number): void {
    this.#sql.markRolled.run(hourId(source, hour));
  }

  /** Hours with blocks, from `first` to `last`, oldest first. */
  hours(source: number, first = lowestHour, last = highestHour): number[] {
    return idsOf(this.#sql.hours.iterate(...this.#hourSpan(source, first, last))).map(hourOfId);
  }

  /** Those among them that are not, or not completely, in the roll-ups. */
  unrolledHours(source: number, first = lowestHour, last = highestHour): number[] {
    return idsOf(this.#sql.unrolledHours.iterate(...this.#hourSpan(source, first, last))).map(hourOfId);
  }

  oldestHour(source: number): number | undefined {
    return hourIn(this.#sql.oldestHour.get(...this.#hourSpan(source, lowestHour, highestHour)));
  }

  newestHour(source: number): number | undefined {
    return hourIn(this.#sql.newestHour.get(...this.#hourSpan(source, lowestHour, highestHour)));
  }

  #hourSpan(source: number, first: number, last: number): [number, number] {
    return [hourId(source, Math.max(first, lowestHour)), hourId(source, Math.min(last, highestHour))];
  }

  removeHours(source: number, beforeHour: number): void {
    this.#sql.removeHours.run(hourId(source, lowestHour), hourId(source, Math.max(lowestHour, beforeHour)));
  }

  countSamples(): number {
    return Number(this.#sql.countSamples.get()?.['samples'] ?? 0);
  }

  block(hour: number, series: number, length: number): Float64Array<ArrayBuffer> | undefined {
    return decodeBlock(this.#sql.block.get(blockId(hour, series))?.['data'], length);
  }

  putBlock(hour: number, series: number, bytes: Uint8Array): void {
    this.#sql.putBlock.run(blockId(hour, series), bytes);
  }

  /** The newest hour at or before `hour` in which any source has a block. */
  hourWithBlocks(hour: number): number | undefined {
    const id = this.#sql.newestBlock.get(blockId(Math.min(hour, highestHour) + 1, 0))?.['id'];
    return id === undefined ? undefined : periodOf(Number(id));
  }

  /** The oldest hour in which any source has a block. */
  oldestHourWithBlocks(): number | undefined {
    const id = this.#sql.oldestBlock.get()?.['id'];
    return id === undefined ? undefined : periodOf(Number(id));
  }

  /** Removes some of the blocks of hours before `hour`, and returns how many. */
  removeBlocks(hour: number, atMost: number): number {
    return Number(this.#sql.removeBlocks.run(blockId(hour, 0), atMost).changes);
  }

  rollups(tier: Tier, period: number, series: number): Rollups | undefined {
    return decodeRollups(this.#rollups[tier.name].get.get(blockId(period, series))?.['data']);
  }

  putRollups(tier: Tier, period: number, series: number, rollups: Rollups): void {
    this.#rollups[tier.name].put.run(blockId(period, series), encodeRollups(rollups));
  }

  /** The oldest and the newest period with roll-ups of any series. */
  periods(tier: Tier): { oldest: number; newest: number } | undefined {
    const { oldest, newest } = this.#rollups[tier.name];
    const [first, last] = [oldest.get()?.['id'], newest.get()?.['id']];
    if (first === undefined || last === undefined) return undefined;
    return { oldest: periodOf(Number(first)), newest: periodOf(Number(last)) };
  }

  /** The first slot in a period with roll-ups of any series; 0 if none can be read. */
  firstSlot(tier: Tier, period: number): number {
    let first = Infinity;
    for (const row of this.#rollups[tier.name].ofPeriod.iterate(blockId(period, 0), blockId(period + 1, 0)))
      first = Math.min(first, firstSlotIn(row['data']) ?? Infinity);
    return Number.isFinite(first) ? first : 0;
  }

  /** Removes some of the roll-ups of periods before `period`, and returns how many. */
  removeRollups(tier: Tier, period: number, atMost: number): number {
    return Number(this.#rollups[tier.name].remove.run(blockId(period, 0), atMost).changes);
  }
}

function storedSeries(row: Record<string, unknown>): StoredSeries {
  return { id: Number(row['id']), key: String(row['key']), newestHour: Number(row['newest_hour']) };
}

function idsOf(rows: Iterable<Record<string, unknown>>): number[] {
  return Array.from(rows, (row) => Number(row['id']));
}

function hourIn(row: Record<string, unknown> | undefined): number | undefined {
  return row === undefined ? undefined : hourOfId(Number(row['id']));
}

function statements(db: DatabaseSync) {
  return {
    sources: db.prepare('SELECT id, host, name FROM source'),
    addSource: db.prepare('INSERT INTO source (host, name) VALUES (?, ?)'),
    seriesSince: db.prepare('SELECT id, key, newest_hour FROM series WHERE source = ? AND newest_hour >= ?'),
    series: db.prepare('SELECT id, key, newest_hour FROM series WHERE source = ? AND key = ?'),
    highestSeries: db.prepare('SELECT max(id) AS id FROM series'),
    freeSeries: db.prepare(
      'SELECT id + 1 AS id FROM series WHERE NOT EXISTS (SELECT 1 FROM series AS next WHERE next.id = series.id + 1) LIMIT 1',
    ),
    addSeries: db.prepare('INSERT INTO series (id, source, key, newest_hour) VALUES (?, ?, ?, ?)'),
    setNewestHour: db.prepare('UPDATE series SET newest_hour = ? WHERE id = ?'),
    removeSeries: db.prepare('DELETE FROM series WHERE newest_hour < ?'),
    hour: db.prepare('SELECT times FROM hour WHERE id = ?'),
    putHour: db.prepare('INSERT OR REPLACE INTO hour (id, samples, rolled, times) VALUES (?, ?, 0, ?)'),
    markRolled: db.prepare('UPDATE hour SET rolled = 1 WHERE id = ?'),
    hours: db.prepare('SELECT id FROM hour WHERE id BETWEEN ? AND ? ORDER BY id'),
    unrolledHours: db.prepare('SELECT id FROM hour WHERE rolled = 0 AND id BETWEEN ? AND ? ORDER BY id'),
    oldestHour: db.prepare('SELECT id FROM hour WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1'),
    newestHour: db.prepare('SELECT id FROM hour WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1'),
    removeHours: db.prepare('DELETE FROM hour WHERE id >= ? AND id < ?'),
    countSamples: db.prepare('SELECT sum(samples) AS samples FROM hour'),
    block: db.prepare('SELECT data FROM block WHERE id = ?'),
    putBlock: db.prepare('INSERT OR REPLACE INTO block (id, data) VALUES (?, ?)'),
    newestBlock: db.prepare('SELECT id FROM block WHERE id < ? ORDER BY id DESC LIMIT 1'),
    oldestBlock: db.prepare('SELECT id FROM block ORDER BY id LIMIT 1'),
    removeBlocks: db.prepare(
      'DELETE FROM block WHERE id IN (SELECT id FROM block WHERE id < ? ORDER BY id LIMIT ?)',
    ),
  };
}

function rollupStatements(
  db: DatabaseSync,
  table: `rollup_${Tier['name']}`,
): Record<'get' | 'put' | 'oldest' | 'newest' | 'ofPeriod' | 'remove', StatementSync> {
  return {
    get: db.prepare(`SELECT data FROM ${table} WHERE id = ?`),
    put: db.prepare(`INSERT OR REPLACE INTO ${table} (id, data) VALUES (?, ?)`),
    oldest: db.prepare(`SELECT id FROM ${table} ORDER BY id LIMIT 1`),
    newest: db.prepare(`SELECT id FROM ${table} ORDER BY id DESC LIMIT 1`),
    ofPeriod: db.prepare(`SELECT data FROM ${table} WHERE id >= ? AND id < ?`),
    remove: db.prepare(
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE id < ? ORDER BY id LIMIT ?)`,
    ),
  };
}
