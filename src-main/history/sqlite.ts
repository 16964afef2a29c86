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

/** After so many slices all that waited at first is in its place, and upkeep goes on however much has come meanwhile. */
const placingsAtMost = 10;

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
  readonly #writer: ReadingWriter;
  readonly #taken: TakenReadings;
  /** Undefined after something failed: what a transaction had added to it, or to `#taken`, is not in the file. */
  #layouts: Layouts | undefined;
  /** Counted when it is first asked for. */
  #samples: number | undefined;
  /** Slices of upkeep, one after the other, in which nothing was done but to put what waits into its place. */
  #placings = 0;
  /** What is left of the upkeep that was begun. */
  #upkeep: Generator<undefined, void> | undefined;
  #retention: Retention = { rawHours: Infinity };
  #roomBytes = Infinity;
  readonly #pages: FilePages;
  /** What went for want of room, see `UpkeepParts.noteCut`. */
  readonly #cut = new Map<Kept, number>();
  #didSomething = false;
  #syncs = false;
  /** What is left to look through of what the start did not look at. */
  readonly #unseen: Generator<undefined, void> | undefined;

  /**
   * `db` is open, has the schema, and is this object's alone. Where it `looksThrough` it, `tend` reads all of it first, and throws
   * `damaged` where that cannot be done. Throws `damaged` when its layouts cannot be read.
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

  /** Whether a commit waits for the disk. Asking SQLite for it costs a part of a commit: it stays as it was asked for last. */
  #syncEachCommit(isAsked: boolean): void {
    if (isAsked === this.#syncs) return;
    this.#reading(() => this.#db.exec(`PRAGMA synchronous = ${isAsked ? 'FULL' : 'NORMAL'}`));
    this.#syncs = isAsked;
  }

  #add(reading: ColumnReading, onHad?: OnHad): void {
    const layouts = this.#known();
    const { newestAt } = layouts.source(reading.host, reading.source);
    // Whether what comes late is there already is looked for among those that are in their places.
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

  /** Adds a reading that goes on where its source is; false for every other one. */
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
      // The log has grown by everything that was written anew, and would keep its size.
      if (this.#didSomething) this.#pages.emptyLog();
      return (this.#didSomething = false);
    });
  }

  /** What was begun for another retention is begun anew; and what a smaller size cut off is cut off no more in a larger one. */
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

  /** What was taken and is not in its place, as the file has it. */
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

  /** The same where it cannot be committed, as on a full disk, which is no reason not to answer: nothing is written until then. */
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
      // A full disk or a failed write has SQLite roll back by itself.
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
