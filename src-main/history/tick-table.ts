import type { DatabaseSync } from 'node:sqlite';
import { PlimsollError } from '../contract/error.ts';
import type { Column } from '../contract/columns.ts';
import { numberIn, tickNumbers } from './codec.ts';
import type { Layout, SourceLayouts } from './layouts.ts';
import { Layouts, columnsIn, columnsText, layoutOf } from './layouts.ts';
import { hourMs, hourOf } from './schema.ts';

/** New readings, until their hour becomes blocks. Methods throw SQLite's errors. */
export class TickTable {
  readonly #sql: ReturnType<typeof statements>;
  readonly #path: string;

  /** `path` is named in errors. */
  constructor(db: DatabaseSync, path: string) {
    this.#sql = statements(db);
    this.#path = path;
  }

  /** All layouts, with what is known of their sources. Throws `damaged` if one is unreadable. */
  layouts(): Layouts {
    const layouts = new Layouts();
    for (const row of this.#sql.layouts.iterate()) {
      const columns = this.#columns(row['columns']);
      const layout = layoutOf(Number(row['id']), String(row['host']), String(row['source']), columns);
      layouts.add(layout);
      const source = layouts.source(layout.host, layout.source);
      for (const { hour, ticks, newest } of this.#hoursOf(layout)) {
        source.ticks.set(hour, (source.ticks.get(hour) ?? 0) + ticks);
        source.newestAt = Math.max(source.newestAt, newest);
      }
    }
    return layouts;
  }

  #hoursOf({ id }: Layout): { hour: number; ticks: number; newest: number }[] {
    return this.#sql.hours.all(id).map((row) => ({
      hour: Number(row['hour']),
      ticks: Number(row['ticks']),
      newest: Number(row['newest']),
    }));
  }

  #columns(text: unknown): Column[] {
    const columns = columnsIn(String(text));
    if (columns !== undefined) return columns;
    throw new PlimsollError('damaged', `The history in ${this.#path} is damaged (a layout cannot be read).`);
  }

  add(layout: Layout, at: number, data: Uint8Array): void {
    this.#sql.add.run(layout.id, at, data);
  }

  has(layout: Layout, at: number): boolean {
    return this.#sql.tickAt.get(layout.id, at) !== undefined;
  }

  addLayout(layouts: Layouts, { host, source }: SourceLayouts, keys: Iterable<string>): Layout {
    const text = columnsText(keys);
    const { lastInsertRowid } = this.#sql.addLayout.run(host, source, text);
    const layout = layoutOf(Number(lastInsertRowid), host, source, this.#columns(text));
    layouts.add(layout);
    return layout;
  }

  /**
   * The ticks with this time, no two of which contain the same series: their layout, and their value in each column.
   */
  at(source: SourceLayouts, at: number): { layout: Layout; value: (place: number) => number | undefined }[] {
    if (!source.ticks.has(hourOf(at))) return [];
    return [...source.layouts.values()].flatMap((layout) => {
      const row = this.#sql.tickAt.get(layout.id, at);
      if (row === undefined) return [];
      const numbers = tickNumbers(row['data'], layout.columns.length, at);
      return [{ layout, value: (place: number) => numbers && numberIn(numbers, place) }];
    });
  }

  /** The newest tick of a layout at `from` or later: its time, and its value in each column. */
  newest(
    layout: Layout,
    from: number,
  ): { at: number; value: (place: number) => number | undefined } | undefined {
    const row = this.#sql.newest.get(layout.id, from);
    if (row === undefined) return undefined;
    const at = Number(row['at']);
    const numbers = tickNumbers(row['data'], layout.columns.length, at);
    return { at, value: (place) => numbers && numberIn(numbers, place) };
  }

  oldestAt(layout: Layout): number | undefined {
    const at = this.#sql.oldest.get(layout.id)?.['at'];
    return at === undefined ? undefined : Number(at);
  }

  countSamples(layouts: Layouts): number {
    return layouts
      .all()
      .reduce((sum, { id, columns }) => sum + columns.length * Number(this.#sql.count.get(id)?.['ticks']), 0);
  }

  /** One series in one hour, in order of time within each layout. Unreadable ticks are left out. */
  *samples(source: SourceLayouts, key: string, hour: number): Generator<[at: number, value: number]> {
    if (!source.ticks.has(hour)) return;
    for (const { id, columns, places } of source.layouts.values()) {
      const place = places.get(key);
      if (place === undefined) continue;
      for (const row of this.#sql.ticks.iterate(id, hour * hourMs, (hour + 1) * hourMs)) {
        const at = Number(row['at']);
        const numbers = tickNumbers(row['data'], columns.length, at);
        const value = numbers && numberIn(numbers, place);
        if (value !== undefined) yield [at, value];
      }
    }
  }

  /** Times of a layout's ticks in one hour, up to the tick `last`. */
  times({ id }: Layout, hour: number, last: number): number[] {
    return this.#sql.timesUpTo
      .all(id, hour * hourMs, (hour + 1) * hourMs, last)
      .map((row) => Number(row['at']));
  }

  /** A layout's ticks with `from` ≤ time < `to` and their bytes, up to the tick `last`. */
  *rows({ id }: Layout, from: number, to: number, last: number): Generator<[at: number, data: unknown]> {
    for (const row of this.#sql.rowsUpTo.iterate(id, from, to, last)) {
      yield [Number(row['at']), row['data']];
    }
  }

  /** The number of the last tick that was added. */
  last(): number {
    return Number(this.#sql.last.get()?.['id'] ?? 0);
  }

  /** Removes the ticks of one hour up to `last`, and layouts without any tick left. */
  remove(layouts: Layouts, source: SourceLayouts, hour: number, last: number): void {
    let left = source.ticks.get(hour) ?? 0;
    for (const layout of [...source.layouts.values()]) {
      left -= Number(this.#sql.remove.run(layout.id, hour * hourMs, (hour + 1) * hourMs, last).changes);
      if (layout === source.latest || this.#sql.oldest.get(layout.id) !== undefined) continue;
      this.#sql.removeLayout.run(layout.id);
      layouts.remove(layout);
    }
    if (left > 0) source.ticks.set(hour, left);
    else source.ticks.delete(hour);
  }
}

function statements(db: DatabaseSync) {
  return {
    layouts: db.prepare('SELECT id, host, source, columns FROM layout ORDER BY id'),
    hours: db.prepare(
      `SELECT CAST(floor(at / ${hourMs}.0) AS INTEGER) AS hour, count(*) AS ticks, max(at) AS newest FROM tick WHERE layout = ? GROUP BY 1`,
    ),
    addLayout: db.prepare('INSERT INTO layout (host, source, columns) VALUES (?, ?, ?)'),
    removeLayout: db.prepare('DELETE FROM layout WHERE id = ?'),
    add: db.prepare('INSERT INTO tick (layout, at, data) VALUES (?, ?, ?)'),
    tickAt: db.prepare('SELECT data FROM tick WHERE layout = ? AND at = ?'),
    ticks: db.prepare('SELECT at, data FROM tick WHERE layout = ? AND at >= ? AND at < ? ORDER BY at'),
    timesUpTo: db.prepare(
      'SELECT at FROM tick WHERE layout = ? AND at >= ? AND at < ? AND id <= ? ORDER BY at',
    ),
    rowsUpTo: db.prepare(
      'SELECT at, data FROM tick WHERE layout = ? AND at >= ? AND at < ? AND id <= ? ORDER BY at',
    ),
    newest: db.prepare('SELECT at, data FROM tick WHERE layout = ? AND at >= ? ORDER BY at DESC LIMIT 1'),
    oldest: db.prepare('SELECT at FROM tick WHERE layout = ? ORDER BY at LIMIT 1'),
    count: db.prepare('SELECT count(*) AS ticks FROM tick WHERE layout = ?'),
    last: db.prepare('SELECT max(id) AS id FROM tick'),
    remove: db.prepare('DELETE FROM tick WHERE layout = ? AND at >= ? AND at < ? AND id <= ?'),
  };
}
