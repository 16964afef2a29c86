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
import type { HistoryCheck, HistorySize } from '../contract/history-size.ts';
import type { ColumnReading } from '../contract/columns.ts';
import type { Sample, Series } from '../contract/sample.ts';
import { mostPoints } from '../contract/history.ts';
import { backUp } from './backup.ts';
import { BlockTables } from './block-tables.ts';
import { checkHistory } from './check.ts';
import { columnKey } from './codec.ts';
import { damagedFiles } from './damaged-files.ts';
import { FilePages } from './file-pages.ts';
import { knownSeries, newestSamples } from './known-series.ts';
import { noteTick } from './layouts.ts';
import type { Layouts } from './layouts.ts';
import { lookThrough } from './look-through.ts';
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
import { stretchOf } from './ranges.ts';
import { finiteOr, keptParts, oldestSampleAt } from './reach.ts';
import type { OnHad } from './reading-writer.ts';
import { ReadingWriter, usualLayout } from './reading-writer.ts';
import { recordedReadings } from './recorded.ts';
import { pageOf } from './search.ts';
import { SeriesReader } from './series-reader.ts';
import { sqliteError } from './sqlite-error.ts';
import { answerInSteps } from './steps.ts';
import type { HistoryStore } from './store.ts';
import { TakenReadings } from './taken-readings.ts';
import { TickTable } from './tick-table.ts';
import type { UpkeepTask } from './upkeep.ts';
import { upkeep } from './upkeep.ts';
import { someSamples, usualRange } from './usual.ts';

/**
 * After this many slices everything that waited at first is in its place, and upkeep continues however much has arrived
 * meanwhile.
 */
const placingsAtMost = 10;

/**
 * A history in one SQLite file that only this process uses. A new reading is written as one row; the readings of past
 * hours become blocks, see `upkeep.ts`. Methods throw a `PlimsollError`, see `sqliteError`; everything they did is then
 * undone.
 */
export class SqliteHistory implements HistoryStore {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #sql: ReturnType<typeof statements>;
  readonly #ticks: TickTable;
  readonly #tables: BlockTables;
  readonly #writer: ReadingWriter;
  readonly #taken: TakenReadings;
  /** Undefined after a failure: what a transaction had added to it, or to `#taken`, is not in the file. */
  #layouts: Layouts | undefined;
  /** Counted when it is first asked for. */
  #samples: number | undefined;
  /** Consecutive slices of upkeep that only put waiting readings into their places. */
  #placings = 0;
  /** The rest of the upkeep that was started. */
  #upkeep: Generator<undefined, void> | undefined;
  #retention: Retention = { rawHours: Infinity };
  #roomBytes = Infinity;
  readonly #pages: FilePages;
  /** What was removed for lack of room, see `UpkeepParts.noteCut`. */
  readonly #cut = new Map<Kept, number>();
  #didSomething = false;
  #syncs = false;
  /** The rest of the check that the start left out. */
  readonly #unseen: Generator<undefined, void> | undefined;

  /**
   * `db` is open, has the schema, and belongs to this object alone. With `looksThrough`, `tend` first reads all of it,
   * and throws `damaged` if that fails. Throws `damaged` if its layouts are unreadable.
   */
  constructor(db: DatabaseSync, path: string, looksThrough = false) {
    this.#db = db;
    this.#path = path;
    this.#sql = statements(db);
    this.#ticks = new TickTable(db, path);
    this.#tables = new BlockTables(db);
    this.#writer = new ReadingWriter(this.#ticks, this.#tables);
    this.#taken = new TakenReadings(db, this.#ticks, path);
    this.#known();
    this.#pages = new FilePages(db);
    if (looksThrough) this.#unseen = lookThrough(db, path);
  }

  append(readings: readonly ColumnReading[]): void {
    this.#syncEachCommit(false);
    this.#transaction(() => {
      for (const reading of readings) this.#add(reading);
    });
  }

  /** Whether a commit waits for the disk. Setting it costs a part of a commit, so it is only changed when necessary. */
  #syncEachCommit(isAsked: boolean): void {
    if (isAsked === this.#syncs) return;
    this.#reading(() => this.#db.exec(`PRAGMA synchronous = ${isAsked ? 'FULL' : 'NORMAL'}`));
    this.#syncs = isAsked;
  }

  #add(reading: ColumnReading, onHad?: OnHad): void {
    const layouts = this.#known();
    const { newestAt } = layouts.source(reading.host, reading.source);
    // Duplicates of a late reading can only be found among readings in their places.
    if (!(reading.at > newestAt)) this.#waiting().placeAll();
    const stored = this.#writer.add(layouts, reading, onHad);
    if (this.#samples !== undefined) this.#samples += stored;
  }

  take(readings: readonly ColumnReading[]): HadBefore[] {
    const had: HadBefore[] = [];
    this.#syncEachCommit(true);
    this.#transaction(() => {
      readings.forEach((each, reading) => {
        if (!this.#addUsual(each))
          this.#add(each, (sample, kind) => had.push({ reading, sample, had: kind }));
      });
      const waiting = this.#waiting();
      waiting.save();
      while (waiting.isLarge) waiting.placeSome();
    });
    return had;
  }

  /** Adds a reading that continues its source; false for any other. */
  #addUsual(reading: ColumnReading): boolean {
    const { host, source: name, at, values } = reading;
    const source = this.#known().source(host, name);
    const layout = usualLayout(source, reading);
    if (layout === undefined) return false;
    this.#waiting().add(layout, at, values);
    noteTick(source, layout, at);
    if (this.#samples !== undefined) this.#samples += values.length;
    return true;
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
    return this.#inPlace(() => {
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
    return this.#inPlace(() => series.map((one) => usualRange(someSamples(this.#reader(one), from, to))));
  }

  recorded({ host, source, columns, from, to }: RecordedQuery): RecordedReadings {
    if (!Number.isFinite(from) || !Number.isFinite(to))
      throw new PlimsollError('usage', 'Recorded readings are asked for from one time to another.');
    const keys = columns.map(({ metric, labels }) => columnKey(metric, labels));
    return this.#inPlace(() =>
      recordedReadings(this.#tables, this.#ticks, this.#known().source(host, source), keys, from, to),
    );
  }

  series({ source, metric }: SeriesQuery): Series[] {
    return this.#inPlace(() => this.#stored(source).filter((one) => one.metric === metric));
  }

  search(search: SeriesSearch): SeriesPage {
    return this.#inPlace(() => {
      const { page: series, total, next } = pageOf(this.#stored(search.source), search);
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
        stored: (source) => this.#stored(source),
      },
      asked,
    );
    for (;;) {
      const step = this.#inPlace(() => steps.next());
      if (step.done === true) return step.value;
      yield;
    }
  }

  #stored(source: string | undefined): Series[] {
    return knownSeries(this.#tables, this.#known(), source);
  }

  check(): HistoryCheck {
    return this.#inPlace(() => checkHistory(this.#db));
  }

  async backup(path: string): Promise<{ bytes: number }> {
    return { bytes: await backUp(this.#db, path) };
  }

  latest(from: number): Sample[] {
    return this.#inPlace(() => newestSamples(this.#tables, this.#ticks, this.#known(), from));
  }

  size(): HistorySize {
    return this.#inPlace(() => {
      const layouts = this.#known();
      this.#samples ??= this.#tables.countSamples() + this.#ticks.countSamples(layouts);
      const oldestAt = oldestSampleAt(this.#tables, this.#ticks, layouts);
      return {
        bytes: bytesOf(this.#path) + bytesOf(`${this.#path}-wal`),
        mostBytes: finiteOr(this.#retention.mostBytes ?? Infinity, null),
        samples: this.#samples,
        oldestAt,
        kept: keptParts(this.#tables, oldestAt, this.#retention, this.#cut),
        damaged: damagedFiles(this.#path),
      };
    });
  }

  get cut(): ReadonlyMap<Kept, number> {
    return this.#cut;
  }

  tend(task: UpkeepTask): boolean {
    const waiting = this.#waiting();
    if (waiting.isMany && this.#placings < placingsAtMost) {
      this.#placings++;
      this.#syncEachCommit(false);
      this.#transaction(() => waiting.placeSome());
      return true;
    }
    this.#placings = 0;
    this.#placeTaken();
    return this.#reading(() => {
      if (this.#unseen?.next().done === false) return true;
      this.#retain(task);
      this.#upkeep ??= upkeep(
        {
          tables: this.#tables,
          ticks: this.#ticks,
          layouts: this.#known(),
          transaction: (write) => {
            this.#samples = undefined;
            this.#writer.forgetBlocks();
            this.#syncEachCommit(false);
            this.#transaction(write);
          },
          roomBytes: () => this.#roomBytes,
          usedBytes: () => this.#pages.usedBytes(),
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
      if (this.#pages.giveBack(this.#retention.mostBytes ?? Infinity)) return true;
      // The log has grown by everything that was rewritten, and would keep its size.
      if (this.#didSomething) this.#pages.emptyLog();
      return (this.#didSomething = false);
    });
  }

  /**
   * Upkeep for another retention is restarted. What a smaller size limit removed is no longer reported after a larger
   * one is set.
   */
  #retain({ now: _, roomBytes = Infinity, ...retention }: UpkeepTask): void {
    this.#roomBytes = roomBytes;
    if (isDeepStrictEqual(retention, this.#retention)) return;
    this.#upkeep = undefined;
    if ((retention.mostBytes ?? Infinity) > (this.#retention.mostBytes ?? Infinity)) this.#cut.clear();
    this.#retention = retention;
  }

  close(): void {
    try {
      this.#placeTaken();
    } catch {
      // They are in the file, and the next start places them.
    }
    try {
      this.#db.close();
    } catch (thrown) {
      throw sqliteError(this.#path, thrown);
    }
  }

  #known(): Layouts {
    return (this.#layouts ??= this.#reading(() => this.#readLayouts()));
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
    for (const { layout, at } of this.#taken.read(layouts.byId()))
      noteTick(layouts.source(layout.host, layout.source), layout, at);
    return layouts;
  }

  /** The received readings that are not in their places, as in the file. */
  #waiting(): TakenReadings {
    this.#known();
    return this.#taken;
  }

  /** Reads with everything in its place. */
  #inPlace<Answer>(read: () => Answer): Answer {
    try {
      this.#placeTaken();
    } catch {
      return this.#asIfPlaced(read);
    }
    return this.#reading(read);
  }

  #placeTaken(): void {
    const waiting = this.#waiting();
    if (waiting.isEmpty) return;
    this.#syncEachCommit(false);
    this.#transaction(() => waiting.placeAll());
  }

  /**
   * Like `#inPlace`, if it cannot be committed, for example because the disk is full: it places everything in a
   * transaction that is rolled back, so that questions can still be answered.
   */
  #asIfPlaced<Answer>(read: () => Answer): Answer {
    return this.#reading(() => {
      const waiting = this.#waiting();
      this.#db.exec('PRAGMA cache_spill = OFF');
      try {
        this.#sql.begin.run();
        waiting.placeAll();
        return read();
      } finally {
        this.#undo();
        this.#db.exec('PRAGMA cache_spill = ON');
      }
    });
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
      this.#undo();
      throw sqliteError(this.#path, thrown);
    }
  }

  #undo(): void {
    this.#layouts = undefined;
    this.#samples = undefined;
    this.#upkeep = undefined;
    this.#writer.forgetBlocks();
    try {
      // On a full disk or a failed write SQLite rolls back by itself.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    } catch {
      // The first error says more.
    }
  }
}

function statements(db: DatabaseSync) {
  return {
    begin: db.prepare('BEGIN IMMEDIATE'),
    commit: db.prepare('COMMIT'),
  };
}

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
