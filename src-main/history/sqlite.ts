import type { DatabaseSync } from 'node:sqlite';
import { statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { PlimsollError } from '../contract/error.ts';
import type { UsualRange } from '../contract/alert-context.ts';
import type {
  HistoryQuery,
  LatestPage,
  SeriesHistory,
  SeriesPage,
  SeriesSearch,
} from '../contract/history.ts';
import type { HistoryCheck, HistorySize, KeptPart } from '../contract/history-size.ts';
import type { Reading, Sample, Series } from '../contract/sample.ts';
import { mostPoints } from '../contract/history.ts';
import { seriesKey } from '../contract/series-key.ts';
import { backUp } from './backup.ts';
import type { StoredSeries } from './block-tables.ts';
import { BlockTables } from './block-tables.ts';
import { checkHistory } from './check.ts';
import type { Column } from './codec.ts';
import { columnKey, encodeTick } from './codec.ts';
import { keptMs } from './forget.ts';
import type { Layout, Layouts, SourceLayouts } from './layouts.ts';
import { columnsText, fits } from './layouts.ts';
import type {
  HadBefore,
  Kept,
  RecordedQuery,
  RecordedReadings,
  Retention,
  SeriesQuery,
  SteppedAnswer,
  SteppedAsk,
  UsualQuestion,
} from './messages.ts';
import { eachSample, stretchOf } from './ranges.ts';
import { recordedReadings } from './recorded.ts';
import type { Tier } from './rollups.ts';
import { keptNames, tiers } from './rollups.ts';
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

/** What blocks hold of one hour of a source. */
interface SealedHour {
  source: number;
  hour: number;
  /** The place of each time. */
  places: ReadonlyMap<number, number>;
  /** The numbers of a series at these places, by its key; NaN where it was absent. */
  column(key: string): Float64Array | undefined;
}

function finiteOr<Otherwise>(value: number, otherwise: Otherwise): number | Otherwise {
  return Number.isFinite(value) ? value : otherwise;
}

const nothingStored = (): undefined => undefined;

/** Told of each sample of a reading that was there already, by its place. */
type OnHad = (sample: number, had: HadBefore['had']) => void;
const noteNothing: OnHad = () => undefined;

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
  #retention: Retention = { rawHours: Infinity };
  readonly #pageBytes: number;
  /** What went for want of room, see `UpkeepParts.noteCut`. */
  readonly #cut = new Map<Kept, number>();
  #didSomething = false;
  /** The hour that a late reading was last looked for in: many come one after the other. */
  #lookedInto: SealedHour | undefined;

  /** `db` is open, has the schema, and is this object's alone. Throws `damaged` when its layouts can not be read. */
  constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.#path = path;
    this.#sql = statements(db);
    this.#ticks = new TickTable(db, path);
    this.#tables = new BlockTables(db);
    this.#layouts = this.#reading(() => this.#readLayouts());
    this.#pageBytes = Number(this.#sql.pageBytes.get()?.['page_size']);
  }

  append(readings: readonly Reading[]): void {
    this.#transaction(() => {
      for (const reading of readings) this.#add(reading);
    });
  }

  /** A reading without numbers, or from no time at all, leaves a gap. One row must not hold up all that follow. */
  #add({ host, source: name, at, samples }: Reading, onHad: OnHad = noteNothing): void {
    if (!(Math.abs(at) < widestTime)) return;
    const layouts = this.#known();
    const source = layouts.source(host, name);
    const { latest } = source;
    const isNew = at > source.newestAt;
    if (isNew && latest !== undefined && fits(latest, samples)) {
      const numbers = samples.map(({ value }) => value);
      this.#addTick(source, latest, at, encodeTick(numbers, numbers.length, at));
      return;
    }
    const storedAt = isNew ? nothingStored : this.#storedAt(source, at);
    const values = new Map<string, number>();
    samples.forEach(({ metric, labels, value }, place) => {
      if (!Number.isFinite(value)) return;
      const key = columnKey(metric, labels);
      const first = values.get(key) ?? storedAt(key);
      if (first === undefined) values.set(key, value);
      else onHad(place, first === value ? 'same' : 'other');
    });
    if (values.size === 0) return;
    const layout =
      source.layouts.get(columnsText(values.keys())) ?? this.#ticks.addLayout(layouts, source, values.keys());
    this.#addTick(source, layout, at, encodeTick(values.values(), values.size, at));
  }

  #addTick(source: SourceLayouts, layout: Layout, at: number, data: Uint8Array): void {
    this.#ticks.add(layout, at, data);
    const hour = hourOf(at);
    source.ticks.set(hour, (source.ticks.get(hour) ?? 0) + 1);
    source.latest = layout;
    source.newestAt = Math.max(source.newestAt, at);
    if (this.#samples !== undefined) this.#samples += layout.columns.length;
  }

  take(readings: readonly Reading[]): HadBefore[] {
    const had: HadBefore[] = [];
    this.#reading(() => this.#db.exec('PRAGMA synchronous = FULL'));
    try {
      this.#transaction(() => {
        readings.forEach((each, reading) => {
          this.#add(each, (sample, kind) => had.push({ reading, sample, had: kind }));
        });
      });
    } finally {
      this.#db.exec('PRAGMA synchronous = NORMAL');
    }
    return had;
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

  stored(): Series[] {
    return this.#reading(() => this.#stored(() => true));
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

  check(): HistoryCheck {
    return this.#reading(() => checkHistory(this.#db));
  }

  async backup(path: string): Promise<{ bytes: number }> {
    return { bytes: await backUp(this.#db, path) };
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
      const oldestAt = oldest.length === 0 ? null : oldest.reduce((a, b) => Math.min(a, b));
      return {
        bytes: bytesOf(this.#path) + bytesOf(`${this.#path}-wal`),
        mostBytes: finiteOr(this.#retention.mostBytes ?? Infinity, null),
        samples: this.#samples,
        oldestAt,
        kept: this.#kept(oldestAt),
      };
    });
  }

  #kept(oldestAt: number | null): KeptPart[] {
    const cutBefore = (what: Kept) => this.#cut.get(what) ?? null;
    const { rawHours } = this.#retention;
    const samples = { what: 'samples', oldestAt, keptMs: finiteOr(rawHours * hourMs, null) } as const;
    const rollups = ([tiers.minute, tiers.hour, tiers.day] as const).map((tier) => ({
      what: keptNames[tier.name],
      oldestAt: this.#oldestRollup(tier),
      keptMs: finiteOr(keptMs(tier, this.#retention), null),
    }));
    return [samples, ...rollups].map((part) => ({ ...part, cutBefore: cutBefore(part.what) }));
  }

  /** The oldest slot of a tier that any series has. */
  #oldestRollup(tier: Tier): number | null {
    const oldest = this.#tables.periods(tier)?.oldest;
    if (oldest === undefined) return null;
    const first = this.#tables.firstSlot(tier, oldest);
    return oldest * tier.periodMs + first * tier.slotMs;
  }

  get cut(): ReadonlyMap<Kept, number> {
    return this.#cut;
  }

  #oldestInBlocks(source: number): number | undefined {
    const hour = this.#tables.oldestHour(source);
    return hour === undefined ? undefined : this.#tables.times(source, hour)?.[0];
  }

  tend(task: UpkeepTask): boolean {
    return this.#reading(() => {
      this.#retain(task);
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
          usedBytes: () => this.#usedPages() * this.#pageBytes,
          noteCut: (what, before) => this.#cut.set(what, before),
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

  /** What was begun for another retention is begun anew; and what a smaller size cut off is cut off no more in a larger one. */
  #retain({ now: _, ...retention }: UpkeepTask): void {
    if (isDeepStrictEqual(retention, this.#retention)) return;
    this.#upkeep = undefined;
    if ((retention.mostBytes ?? Infinity) > (this.#retention.mostBytes ?? Infinity)) this.#cut.clear();
    this.#retention = retention;
  }

  #usedPages(): number {
    return (
      Number(this.#sql.pages.get()?.['page_count']) - Number(this.#sql.freePages.get()?.['freelist_count'])
    );
  }

  /** Returns whether there may be more. A file that an older version began keeps its pages, and uses them again. */
  #giveBackPages(): boolean {
    const free = Number(this.#sql.freePages.get()?.['freelist_count']);
    const pages = Number(this.#sql.pages.get()?.['page_count']);
    if (Number(this.#sql.givesBack.get()?.['auto_vacuum']) === 0 || free === 0) return false;
    const isTooLarge = pages * this.#pageBytes > (this.#retention.mostBytes ?? Infinity);
    if (!isTooLarge && free < Math.max(pagesAtOnce, pages / 4)) return false;
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

  /** The number of each series, by its key, that the source has of this time; NaN where one stands that can not be read. */
  #storedAt(source: SourceLayouts, at: number): (key: string) => number | undefined {
    const ticks = this.#ticks.at(source, at);
    const sealed = this.#sealedHour(source, hourOf(at));
    const place = sealed?.places.get(at);
    return (key) => {
      for (const { layout, value } of ticks) {
        const column = layout.places.get(key);
        if (column !== undefined) return value(column) ?? NaN;
      }
      const number = place === undefined ? NaN : (sealed?.column(key)?.[place] ?? NaN);
      return Number.isNaN(number) ? undefined : number;
    };
  }

  #sealedHour(source: SourceLayouts, hour: number): SealedHour | undefined {
    const { id } = source;
    if (id === undefined) return undefined;
    if (this.#lookedInto?.source === id && this.#lookedInto.hour === hour) return this.#lookedInto;
    const times = this.#tables.times(id, hour) ?? new Float64Array();
    const columns = new Map<string, Float64Array | undefined>();
    const column = (key: string) => {
      if (columns.has(key)) return columns.get(key);
      const series = this.#tables.series(id, key);
      const values = series && this.#tables.block(hour, series.id, times.length);
      columns.set(key, values);
      return values;
    };
    const places = new Map(Array.from(times, (time, place) => [time, place]));
    return (this.#lookedInto = { source: id, hour, places, column });
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
    pageBytes: db.prepare('PRAGMA page_size'),
    givesBack: db.prepare('PRAGMA auto_vacuum'),
  };
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
