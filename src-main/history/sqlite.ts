import type { DatabaseSync } from 'node:sqlite';
import { statSync } from 'node:fs';
import { PlimsollError } from '../contract/error.ts';
import type { UsualRange } from '../contract/alert-context.ts';
import type { HistoryQuery, SeriesHistory } from '../contract/history.ts';
import type { Reading, Sample, Series } from '../contract/sample.ts';
import { seriesKey } from '../contract/series-key.ts';
import { Buckets } from './buckets.ts';
import type { Column } from './codec.ts';
import { columnKey, columnValues, encodeTick, tickValue } from './codec.ts';
import type { Layout, SourceLayouts } from './layouts.ts';
import { Layouts, columnsText, layoutOf } from './layouts.ts';
import type { HistorySize, RecordedQuery, RecordedReadings, SeriesQuery, UsualQuestion } from './messages.ts';
import { RecordedColumns, inOrder } from './recorded-columns.ts';
import { sqliteError } from './sqlite-error.ts';
import type { HistoryStore } from './store.ts';
import { usualRange } from './usual.ts';

/** What `PRAGMA user_version` says of files that this code writes. */
export const formatVersion = 1;

/**
 * Format 1. A layout is a set of series that one source returned together; a tick is one reading with that layout, its
 * numbers in `data` as `codec.ts` writes them. Names and statements are compared with the file's at the start.
 */
export const schema: Readonly<Record<string, string>> = {
  layout:
    'CREATE TABLE layout (id INTEGER PRIMARY KEY, host TEXT NOT NULL, source TEXT NOT NULL, columns TEXT NOT NULL)',
  layout_once: 'CREATE UNIQUE INDEX layout_once ON layout (host, source, columns)',
  tick: 'CREATE TABLE tick (id INTEGER PRIMARY KEY, layout INTEGER NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL)',
  tick_once: 'CREATE UNIQUE INDEX tick_once ON tick (layout, at)',
};

/** More points than any chart or export page needs; it bounds what one answer holds. */
const mostPoints = 5000;
/** Numbers in one answer of `recorded`: a few tens of milliseconds, in which nothing else is answered. */
const mostNumbers = 50_000;
/** Values of a layout that are looked at for what is usual: more would not say it better, and takes longer. */
const usualTicks = 1000;
/** A source that is read every 0.1 s for a day. */
const mostUsualTicks = 1_000_000;
/** Ticks removed in one go: a few milliseconds here, and under 50 on a slow disk. */
const removedAtOnce = 1000;
/** The widest time that a `Date` can hold, in epoch milliseconds. */
const widestTime = 8.64e15;

/**
 * History in one SQLite file that this process has for itself. A tick is written as it comes, not compressed; a block
 * store may take its place behind the same interface. Methods throw a `PlimsollError`, see `sqliteError`; what they were
 * doing is then undone as a whole.
 */
export class SqliteHistory implements HistoryStore {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #sql: ReturnType<typeof statements>;
  readonly #recorded: RecordedColumns;
  /** Undefined after something failed: what a transaction had added to it is not in the file. */
  #layouts: Layouts | undefined;
  /** Counted when it is first asked for. */
  #samples: number | undefined;

  /** `db` is open, has the schema, and is this object's alone. Throws `damaged` when its layouts can not be read. */
  constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.#path = path;
    this.#sql = statements(db);
    this.#recorded = new RecordedColumns(db);
    this.#layouts = this.#readLayouts();
  }

  append(readings: readonly Reading[]): void {
    this.#transaction(() => {
      for (const reading of readings) {
        const values = columnValues(reading.samples);
        // A reading without numbers, or from no time at all, leaves a gap. One row must not hold up all that follow.
        if (values.size === 0 || !(Math.abs(reading.at) <= widestTime)) continue;
        const layouts = this.#known();
        const source = layouts.source(reading.host, reading.source);
        if (this.#has(source, reading.at)) continue;
        const layout =
          source.layouts.get(columnsText(values.keys())) ?? this.#addLayout(layouts, source, values);
        this.#sql.addTick.run(layout.id, reading.at, encodeTick(values.values(), values.size));
        source.newestAt = Math.max(source.newestAt, reading.at);
        if (this.#samples !== undefined) this.#samples += values.size;
      }
    });
  }

  range(query: HistoryQuery): SeriesHistory {
    const { host, source, metric, labels, from, to } = query;
    if (!Number.isFinite(from) || !Number.isFinite(to) || !(query.points >= 1)) {
      throw new PlimsollError(
        'usage',
        'A range of history needs a beginning, an end and at least one point.',
      );
    }
    const points = Math.floor(Math.min(query.points, mostPoints));
    const answer = { series: { host, source, metric, labels }, from, to };
    return this.#reading(() => {
      const key = columnKey(metric, labels);
      const layouts = [...this.#known().source(host, source).layouts.values()].filter((layout) =>
        layout.places.has(key),
      );
      if (this.#countUpTo(layouts, from, to, points + 1) > points) {
        const buckets = new Buckets(from, to, points);
        for (const [at, value] of this.#samplesOf(layouts, key, from, to)) buckets.add(at, value);
        return { ...answer, bucketMs: buckets.bucketMs, ...buckets.entries() };
      }
      const samples = [...this.#samplesOf(layouts, key, from, to)].sort(([a], [b]) => a - b);
      const values = samples.map(([, value]) => value);
      return {
        ...answer,
        bucketMs: 0,
        at: samples.map(([at]) => at),
        min: values,
        avg: [...values],
        max: [...values],
      };
    });
  }

  recorded({ host, source, columns, from, to }: RecordedQuery): RecordedReadings {
    if (!Number.isFinite(from) || !Number.isFinite(to))
      throw new PlimsollError('usage', 'Recorded readings are asked for from one time to another.');
    return this.#reading(() => {
      const keys = columns.map(({ metric, labels }) => columnKey(metric, labels));
      const layouts = [...this.#known().source(host, source).layouts.values()].filter(
        ({ id }) => this.#countUpTo([{ id }], from, to, 1) > 0,
      );
      const most = Math.max(
        1,
        Math.floor(mostNumbers / Math.max(1, keys.length) / Math.max(1, layouts.length)),
      );
      const until = layouts
        .map(({ id }) => this.#sql.tickAfter.get(id, from, to, most)?.['at'])
        .reduce<number>((least, at) => (typeof at === 'number' ? Math.min(least, at) : least), to);
      const parts = layouts.map(({ id, columns: stored, places }) => {
        const wanted = keys.map((key) => places.get(key) ?? -1);
        return this.#recorded.read(id, stored.length, wanted, from, until);
      });
      return { ...inOrder(parts, keys.length), to: until };
    });
  }

  series({ source, metric }: SeriesQuery): Series[] {
    return this.#reading(() => {
      const found = new Map<string, Series>();
      for (const layout of this.#known().all()) {
        if (layout.source !== source) continue;
        for (const [name, labels] of layout.columns) {
          if (name !== metric) continue;
          const series = { host: layout.host, source, metric, labels };
          found.set(seriesKey(series), series);
        }
      }
      return [...found.values()];
    });
  }

  latest(from: number): Sample[] {
    return this.#reading(() => {
      const newest = new Map<string, Sample>();
      for (const { id, host, source, columns } of this.#known().all()) {
        const tick = this.#sql.newestTick.get(id, from);
        if (tick === undefined) continue;
        const at = Number(tick['at']);
        columns.forEach(([metric, labels], place) => {
          const value = tickValue(tick['data'], columns.length, place);
          const key = seriesKey({ host, source, metric, labels });
          if (value !== undefined && at > (newest.get(key)?.at ?? -Infinity)) {
            newest.set(key, { host, source, metric, labels, value, at });
          }
        });
      }
      return [...newest.values()];
    });
  }

  size(): HistorySize {
    return this.#reading(() => {
      const layouts = this.#known().all();
      this.#samples ??= layouts.reduce(
        (sum, { id, columns }) => sum + columns.length * Number(this.#sql.countTicks.get(id)?.['ticks']),
        0,
      );
      const oldest = layouts
        .map(({ id }) => this.#sql.oldestTick.get(id)?.['at'])
        .filter((at) => typeof at === 'number');
      return {
        bytes: bytesOf(this.#path) + bytesOf(`${this.#path}-wal`),
        samples: this.#samples,
        oldestAt: oldest.length === 0 ? null : oldest.reduce((a, b) => Math.min(a, b)),
      };
    });
  }

  usual({ series, from, to }: UsualQuestion): (UsualRange | null)[] {
    return this.#reading(() => {
      const asked = series.map((one) => ({ one, key: columnKey(one.metric, one.labels) }));
      const found = new Map(asked.map(({ one }) => [one, [] as [at: number, value: number][]]));
      const bySource = Map.groupBy(asked, ({ one }) => JSON.stringify([one.host, one.source]));
      for (const ofSource of bySource.values()) {
        const [first] = ofSource;
        if (first === undefined) continue;
        for (const layout of this.#known().source(first.one.host, first.one.source).layouts.values())
          this.#collectFew(layout, ofSource, from, to, (one, sample) => found.get(one)?.push(sample));
      }
      return asked.map(({ one }) => usualRange(found.get(one) ?? []));
    });
  }

  /** Every so many ticks of a layout, and of each what belongs to one of these series: a source is read once for all of them. */
  #collectFew(
    { id, columns, places }: Layout,
    asked: readonly { one: Series; key: string }[],
    from: number,
    to: number,
    take: (one: Series, sample: [at: number, value: number]) => void,
  ): void {
    const wanted = asked.flatMap(({ one, key }) => {
      const place = places.get(key);
      return place === undefined ? [] : [{ one, place }];
    });
    if (wanted.length === 0) return;
    const ticks = Number(this.#sql.countUpTo.get(id, from, to, mostUsualTicks)?.['ticks']);
    const stride = Math.ceil(ticks / usualTicks);
    let count = 0;
    for (const row of this.#sql.ticks.iterate(id, from, to)) {
      if (count++ % stride !== 0) continue;
      for (const { one, place } of wanted) {
        const value = tickValue(row['data'], columns.length, place);
        if (value !== undefined) take(one, [Number(row['at']), value]);
      }
    }
  }

  retain(before: number): number {
    let removed = 0;
    this.#transaction(() => {
      for (const layout of this.#known().all()) {
        const { changes } = this.#sql.removeTicks.run(layout.id, before, removedAtOnce - removed);
        removed += Number(changes);
        if (this.#samples !== undefined) this.#samples -= Number(changes) * layout.columns.length;
        if (removed >= removedAtOnce) return;
        if (this.#sql.oldestTick.get(layout.id) !== undefined) continue;
        this.#sql.removeLayout.run(layout.id);
        this.#known().remove(layout);
      }
    });
    return removed;
  }

  close(): void {
    try {
      this.#db.close();
    } catch (thrown) {
      throw sqliteError(this.#path, thrown);
    }
  }

  #known(): Layouts {
    return (this.#layouts ??= this.#readLayouts());
  }

  #readLayouts(): Layouts {
    const layouts = new Layouts();
    for (const row of this.#sql.layouts.iterate()) {
      const layout = layoutOf(
        Number(row['id']),
        String(row['host']),
        String(row['source']),
        this.#columns(row['columns']),
      );
      layouts.add(layout);
      const newest = this.#sql.newestTick.get(layout.id, -widestTime);
      const source = layouts.source(layout.host, layout.source);
      source.newestAt = Math.max(source.newestAt, Number(newest?.['at'] ?? -Infinity));
    }
    return layouts;
  }

  #columns(text: unknown): Column[] {
    try {
      const columns: unknown = JSON.parse(String(text));
      if (Array.isArray(columns) && columns.every(isColumn)) return columns;
    } catch {
      // Said below.
    }
    throw new PlimsollError('damaged', `The history in ${this.#path} is damaged (a layout can not be read).`);
  }

  #addLayout(layouts: Layouts, { host, source }: SourceLayouts, values: ReadonlyMap<string, number>): Layout {
    const text = columnsText(values.keys());
    const { lastInsertRowid } = this.#sql.addLayout.run(host, source, text);
    const layout = layoutOf(Number(lastInsertRowid), host, source, this.#columns(text));
    layouts.add(layout);
    return layout;
  }

  #has(source: SourceLayouts, at: number): boolean {
    if (at > source.newestAt) return false;
    return [...source.layouts.values()].some(({ id }) => this.#sql.tickAt.get(id, at) !== undefined);
  }

  #countUpTo(layouts: readonly Pick<Layout, 'id'>[], from: number, to: number, limit: number): number {
    let count = 0;
    for (const { id } of layouts) count += Number(this.#sql.countUpTo.get(id, from, to, limit)?.['ticks']);
    return count;
  }

  /** In time order within one layout. A tick whose bytes can not be read is absent. */
  *#samplesOf(
    layouts: readonly Layout[],
    key: string,
    from: number,
    to: number,
  ): Generator<[at: number, value: number]> {
    for (const { id, columns, places } of layouts) {
      const place = places.get(key) ?? 0;
      for (const row of this.#sql.ticks.iterate(id, from, to)) {
        const value = tickValue(row['data'], columns.length, place);
        if (value !== undefined) yield [Number(row['at']), value];
      }
    }
  }

  #reading<Answer>(read: () => Answer): Answer {
    try {
      return read();
    } catch (thrown) {
      throw sqliteError(this.#path, thrown);
    }
  }

  #transaction(write: () => void): void {
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      write();
      this.#db.exec('COMMIT');
    } catch (thrown) {
      this.#layouts = undefined;
      this.#samples = undefined;
      this.#rollBack();
      throw sqliteError(this.#path, thrown);
    }
  }

  #rollBack(): void {
    try {
      // A full disk or a failed write has SQLite roll back by itself.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    } catch {
      // The first error says more.
    }
  }
}

function statements(db: DatabaseSync) {
  return {
    tickAfter: db.prepare(
      'SELECT at FROM tick WHERE layout = ? AND at >= ? AND at < ? ORDER BY at LIMIT 1 OFFSET ?',
    ),
    layouts: db.prepare('SELECT id, host, source, columns FROM layout ORDER BY id'),
    addLayout: db.prepare('INSERT INTO layout (host, source, columns) VALUES (?, ?, ?)'),
    removeLayout: db.prepare('DELETE FROM layout WHERE id = ?'),
    addTick: db.prepare('INSERT INTO tick (layout, at, data) VALUES (?, ?, ?)'),
    tickAt: db.prepare('SELECT 1 FROM tick WHERE layout = ? AND at = ?'),
    ticks: db.prepare('SELECT at, data FROM tick WHERE layout = ? AND at >= ? AND at < ? ORDER BY at'),
    newestTick: db.prepare('SELECT at, data FROM tick WHERE layout = ? AND at >= ? ORDER BY at DESC LIMIT 1'),
    oldestTick: db.prepare('SELECT at FROM tick WHERE layout = ? ORDER BY at LIMIT 1'),
    countTicks: db.prepare('SELECT count(*) AS ticks FROM tick WHERE layout = ?'),
    countUpTo: db.prepare(
      'SELECT count(*) AS ticks FROM (SELECT 1 FROM tick WHERE layout = ? AND at >= ? AND at < ? LIMIT ?)',
    ),
    removeTicks: db.prepare(
      'DELETE FROM tick WHERE id IN (SELECT id FROM tick WHERE layout = ? AND at < ? ORDER BY at LIMIT ?)',
    ),
  };
}

function isColumn(column: unknown): column is Column {
  if (!Array.isArray(column) || column.length !== 2) return false;
  const [metric, labels] = column as unknown[];
  return (
    typeof metric === 'string' &&
    typeof labels === 'object' &&
    labels !== null &&
    Object.values(labels).every((label) => typeof label === 'string')
  );
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
