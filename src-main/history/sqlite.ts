import type { DatabaseSync } from 'node:sqlite';
import { statSync } from 'node:fs';
import { PlimsollError } from '../contract/error.ts';
import type { UsualRange } from '../contract/alert-context.ts';
import type {
  HistoryQuery,
  LatestPage,
  SeriesHistory,
  SeriesPage,
  SeriesSearch,
} from '../contract/history.ts';
import type { Reading, Sample, Series } from '../contract/sample.ts';
import { mostPoints } from '../contract/history.ts';
import { seriesKey } from '../contract/series-key.ts';
import type { StoredSeries } from './block-tables.ts';
import { BlockTables } from './block-tables.ts';
import type { Column } from './codec.ts';
import { columnKey, columnValues, encodeTick } from './codec.ts';
import type { Layout, Layouts, SourceLayouts } from './layouts.ts';
import { columnsText, fits } from './layouts.ts';
import type {
  HistorySize,
  RecordedQuery,
  RecordedReadings,
  SeriesQuery,
  SteppedAnswer,
  SteppedAsk,
  UsualQuestion,
} from './messages.ts';
import { eachSample, stretchOf } from './ranges.ts';
import { recordedReadings } from './recorded.ts';
import { hourMs, hourOf, widestTime } from './schema.ts';
import { pageOf } from './search.ts';
import { SeriesReader } from './series-reader.ts';
import { sqliteError } from './sqlite-error.ts';
import { answerInSteps } from './steps.ts';
import type { HistoryStore } from './store.ts';
import { TickTable } from './tick-table.ts';
import type { UpkeepTask } from './upkeep.ts';
import { upkeep } from './upkeep.ts';
import { usualRange } from './usual.ts';

/** Samples of a series that are looked at for what is usual, half of it at least: more would not say it better. */
const usualSamples = 2000;
/** Free pages that are given back to the system in one go: a few milliseconds. */
const pagesAtOnce = 256;

/**
 * History in one SQLite file that this process has for itself. A reading is written as it comes, as one row; those of past
 * hours are made into blocks, see `upkeep.ts`. Methods throw a `PlimsollError`, see `sqliteError`; what they were doing is
 * then undone as a whole.
 */
export class SqliteHistory implements HistoryStore {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #sql: ReturnType<typeof statements>;
  readonly #ticks: TickTable;
  readonly #tables: BlockTables;
  /** Undefined after something failed: what a transaction had added to it is not in the file. */
  #layouts: Layouts | undefined;
  /** Counted when it is first asked for. */
  #samples: number | undefined;
  /** What is left of the upkeep that was begun. */
  #upkeep: Generator<undefined, void> | undefined;
  #rawHours: number | undefined;
  #didSomething = false;
  /** Times of the hour that a late reading was last looked for in: many come one after the other. */
  #lookedInto: { source: number; hour: number; times: ReadonlySet<number> } | undefined;

  /** `db` is open, has the schema, and is this object's alone. Throws `damaged` when its layouts can not be read. */
  constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.#path = path;
    this.#sql = statements(db);
    this.#ticks = new TickTable(db, path);
    this.#tables = new BlockTables(db);
    this.#layouts = this.#reading(() => this.#readLayouts());
  }

  append(readings: readonly Reading[]): void {
    this.#transaction(() => {
      for (const reading of readings) this.#add(reading);
    });
  }

  /** A reading without numbers, or from no time at all, leaves a gap. One row must not hold up all that follow. */
  #add({ host, source: name, at, samples }: Reading): void {
    if (!(Math.abs(at) < widestTime)) return;
    const layouts = this.#known();
    const source = layouts.source(host, name);
    const { latest } = source;
    let layout: Layout;
    let data: Uint8Array;
    if (latest !== undefined && fits(latest, samples)) {
      if (this.#has(source, at)) return;
      layout = latest;
      data = encodeTick(
        samples.map(({ value }) => value),
        samples.length,
      );
    } else {
      const values = columnValues(samples);
      if (values.size === 0 || this.#has(source, at)) return;
      layout =
        source.layouts.get(columnsText(values.keys())) ??
        this.#ticks.addLayout(layouts, source, values.keys());
      data = encodeTick(values.values(), values.size);
    }
    this.#ticks.add(layout, at, data);
    const hour = hourOf(at);
    source.ticks.set(hour, (source.ticks.get(hour) ?? 0) + 1);
    source.latest = layout;
    source.newestAt = Math.max(source.newestAt, at);
    if (this.#samples !== undefined) this.#samples += layout.columns.length;
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
    return this.#reading(() => {
      const series = { host, source, metric, labels };
      return { series, from, to, ...stretchOf(this.#reader(series), from, to, points) };
    });
  }

  #reader({ host, source, metric, labels }: Series): SeriesReader {
    return new SeriesReader(
      this.#tables,
      this.#ticks,
      this.#known().source(host, source),
      columnKey(metric, labels),
    );
  }

  usual({ series, from, to }: UsualQuestion): (UsualRange | null)[] {
    return this.#reading(() => series.map((one) => usualRange(this.#someSamples(one, from, to))));
  }

  /** Every so many samples of a series, evenly, from all of that time. */
  #someSamples(series: Series, from: number, to: number): [at: number, value: number][] {
    const reader = this.#reader(series);
    let kept: [at: number, value: number][] = [];
    let stride = 1;
    let count = 0;
    for (const hour of reader.hours(hourOf(from), hourOf(to))) {
      eachSample(reader, hour, from, to, (at, value) => {
        if (count++ % stride === 0) kept.push([at, value]);
        if (kept.length < usualSamples) return;
        kept = kept.filter((_, place) => place % 2 === 0);
        stride *= 2;
      });
    }
    return kept;
  }

  recorded({ host, source, columns, from, to }: RecordedQuery): RecordedReadings {
    if (!Number.isFinite(from) || !Number.isFinite(to))
      throw new PlimsollError('usage', 'Recorded readings are asked for from one time to another.');
    const keys = columns.map(({ metric, labels }) => columnKey(metric, labels));
    return this.#reading(() =>
      recordedReadings(this.#tables, this.#ticks, this.#known().source(host, source), keys, from, to),
    );
  }

  series({ source, metric }: SeriesQuery): Series[] {
    return this.#reading(() =>
      this.#stored((name) => name === source).filter((one) => one.metric === metric),
    );
  }

  search(search: SeriesSearch): SeriesPage {
    return this.#reading(() => {
      const {
        page: series,
        total,
        next,
      } = pageOf(
        this.#stored(() => true),
        search,
      );
      return { series, total, next };
    });
  }

  newest({ from, ...search }: SeriesSearch & { from: number }): LatestPage {
    const { page: samples, total, next } = pageOf(this.latest(from), search);
    return { samples, total, next };
  }

  *answer(asked: SteppedAsk): Generator<undefined, SteppedAnswer> {
    const steps = answerInSteps(
      {
        reader: (series) => this.#reader(series),
        stored: (source) => this.#stored((name) => source === undefined || name === source),
      },
      asked,
    );
    for (;;) {
      const step = this.#reading(() => steps.next());
      if (step.done === true) return step.value;
      yield;
    }
  }

  /** Every series of these sources that was ever stored, and may have samples still. */
  #stored(isWanted: (source: string) => boolean): Series[] {
    const found = new Map<string, Series>();
    for (const { host, source, layouts, id } of this.#known().sources()) {
      if (!isWanted(source)) continue;
      const inTicks = [...layouts.values()].flatMap(({ columns }) => columns);
      const inBlocks = id === undefined ? [] : this.#tables.seriesSince(id, -Infinity).map(columnOf);
      for (const [metric, labels] of [...inBlocks, ...inTicks]) {
        const series = { host, source, metric, labels };
        found.set(seriesKey(series), series);
      }
    }
    return [...found.values()];
  }

  latest(from: number): Sample[] {
    return this.#reading(() => {
      const newest = new Map<string, Sample>();
      const note = (sample: Sample) => {
        const key = seriesKey(sample);
        if (sample.at >= from && sample.at > (newest.get(key)?.at ?? -Infinity)) newest.set(key, sample);
      };
      for (const layout of this.#known().all()) {
        const tick = this.#ticks.newest(layout, from);
        const { host, source } = layout;
        layout.columns.forEach(([metric, labels], place) => {
          const value = tick?.value(place);
          if (tick !== undefined && value !== undefined)
            note({ host, source, metric, labels, value, at: tick.at });
        });
      }
      for (const source of this.#known().sources()) {
        for (const sample of this.#newestInBlocks(source, from, newest)) note(sample);
      }
      return [...newest.values()];
    });
  }

  *#newestInBlocks(
    { id, host, source }: SourceLayouts,
    from: number,
    found: ReadonlyMap<string, Sample>,
  ): Generator<Sample> {
    if (id === undefined) return;
    for (const series of this.#tables.seriesSince(id, hourOf(from))) {
      const [metric, labels] = columnOf(series);
      const known = found.get(seriesKey({ host, source, metric, labels }));
      const hour = series.newestHour;
      if (known !== undefined && known.at >= (hour + 1) * hourMs) continue;
      const times = this.#tables.times(id, hour);
      const values = times && this.#tables.block(hour, series.id, times.length);
      const place = values?.findLastIndex((value) => !Number.isNaN(value)) ?? -1;
      const [at, value] = [times?.[place], values?.[place]];
      if (at !== undefined && value !== undefined) yield { host, source, metric, labels, value, at };
    }
  }

  size(): HistorySize {
    return this.#reading(() => {
      const layouts = this.#known();
      this.#samples ??= this.#tables.countSamples() + this.#ticks.countSamples(layouts);
      const oldest = [
        ...layouts.all().map((layout) => this.#ticks.oldestAt(layout)),
        ...layouts.sources().map(({ id }) => (id === undefined ? undefined : this.#oldestInBlocks(id))),
      ].filter((at) => at !== undefined);
      return {
        bytes: bytesOf(this.#path) + bytesOf(`${this.#path}-wal`),
        samples: this.#samples,
        oldestAt: oldest.length === 0 ? null : oldest.reduce((a, b) => Math.min(a, b)),
      };
    });
  }

  #oldestInBlocks(source: number): number | undefined {
    const hour = this.#tables.oldestHour(source);
    return hour === undefined ? undefined : this.#tables.times(source, hour)?.[0];
  }

  tend(task: UpkeepTask): boolean {
    return this.#reading(() => {
      if (task.rawHours !== this.#rawHours) this.#upkeep = undefined;
      this.#rawHours = task.rawHours;
      this.#upkeep ??= upkeep(
        {
          tables: this.#tables,
          ticks: this.#ticks,
          layouts: this.#known(),
          transaction: (write) => {
            this.#samples = undefined;
            this.#lookedInto = undefined;
            this.#transaction(write);
          },
        },
        task,
      );
      try {
        if (this.#upkeep.next().done !== true) return (this.#didSomething = true);
      } catch (thrown) {
        this.#upkeep = undefined;
        throw thrown;
      }
      this.#upkeep = undefined;
      if (this.#giveBackPages()) return true;
      // The log has grown by everything that was written anew, and would keep its size.
      if (this.#didSomething) this.#sql.emptyLog.get();
      return (this.#didSomething = false);
    });
  }

  /** Returns whether there may be more. A file that an older version began keeps its pages, and uses them again. */
  #giveBackPages(): boolean {
    const free = Number(this.#sql.freePages.get()?.['freelist_count']);
    const pages = Number(this.#sql.pages.get()?.['page_count']);
    if (Number(this.#sql.givesBack.get()?.['auto_vacuum']) === 0 || free < Math.max(pagesAtOnce, pages / 4))
      return false;
    this.#db.exec(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
    return true;
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
    const layouts = this.#ticks.layouts();
    for (const { id, host, name } of this.#tables.sources()) {
      const source = layouts.source(host, name);
      source.id = id;
      const newest = this.#tables.newestHour(id);
      const times = newest === undefined ? undefined : this.#tables.times(id, newest);
      source.newestAt = Math.max(source.newestAt, times?.at(-1) ?? -Infinity);
    }
    return layouts;
  }

  #has(source: SourceLayouts, at: number): boolean {
    if (at > source.newestAt) return false;
    if (this.#ticks.has(source, at)) return true;
    if (source.id === undefined) return false;
    const hour = hourOf(at);
    if (this.#lookedInto?.source !== source.id || this.#lookedInto.hour !== hour) {
      const times = new Set(this.#tables.times(source.id, hour));
      this.#lookedInto = { source: source.id, hour, times };
    }
    return this.#lookedInto.times.has(at);
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
      this.#sql.begin.run();
      write();
      this.#sql.commit.run();
    } catch (thrown) {
      this.#layouts = undefined;
      this.#samples = undefined;
      this.#upkeep = undefined;
      this.#lookedInto = undefined;
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

function columnOf({ key }: StoredSeries): Column {
  return JSON.parse(key) as Column;
}

function statements(db: DatabaseSync) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
    emptyLog: db.prepare('PRAGMA wal_checkpoint(TRUNCATE)'),
    freePages: db.prepare('PRAGMA freelist_count'),
    pages: db.prepare('PRAGMA page_count'),
    givesBack: db.prepare('PRAGMA auto_vacuum'),
  };
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
