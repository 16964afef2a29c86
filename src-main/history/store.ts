import type { UsualRange } from '../contract/alert-context.ts';
import type {
  HistoryQuery,
  LatestPage,
  SeriesHistory,
  SeriesPage,
  SeriesSearch,
} from '../contract/history.ts';
import type { ColumnReading } from '../contract/columns.ts';
import type { HistoryCheck, HistorySize } from '../contract/history-size.ts';
import type { Sample, Series } from '../contract/sample.ts';
import type {
  HadBefore,
  Kept,
  RecordedQuery,
  RecordedReadings,
  SeriesQuery,
  SteppedAnswer,
  SteppedAsk,
  UsualQuestion,
} from './messages.ts';
import type { UpkeepTask } from './upkeep.ts';

/**
 * Samples kept and asked for, in one process that blocks while it answers. Every method throws a `PlimsollError` and leaves
 * the store as it was before.
 */
export interface HistoryStore {
  /**
   * Stores all readings, or none when it throws. What it returned from survives the end of this process. Of samples with the
   * same host, series and time the first one is kept: a second reading of a time adds the series that the first did not have.
   * A series that is absent in a reading, one that had an error for instance, is absent in history.
   */
  append(readings: readonly ColumnReading[]): void;
  /**
   * Stores what other machines sent, as `append` does; what it returned from survives a power failure. Returns the samples that
   * were not stored because there was one.
   */
  take(readings: readonly ColumnReading[]): HadBefore[];
  /** One series, as single samples or in buckets, see `SeriesHistory`. At most 5,000 points are returned. */
  range(query: HistoryQuery): SeriesHistory;
  /** Readings of one source one by one, in columns, oldest first: see `RecordedReadings`. At most 50,000 numbers at once. */
  recorded(query: RecordedQuery): RecordedReadings;
  /** Every series of a metric that was ever stored, and may have samples still. */
  series(query: SeriesQuery): Series[];
  /** A page of all series that were ever stored, and may have samples still. */
  search(search: SeriesSearch): SeriesPage;
  /** A page of the newest samples of all series that have one at `from` or later. */
  newest(search: SeriesSearch & { from: number }): LatestPage;
  /**
   * Answers what may take a while, a few milliseconds with each step. Between two of them the store may be written to: each
   * step sees it as it is then. A question that is not stepped to its end leaves nothing behind.
   */
  answer(asked: SteppedAsk): Generator<undefined, SteppedAnswer>;
  /** The newest sample of every series that has one at `from` or later. */
  latest(from: number): Sample[];
  size(): HistorySize;
  /** Compares every checksum there is. Seconds in a large file. */
  check(): HistoryCheck;
  /** Writes a copy into a new file while everything else goes on; see `backUp`. */
  backup(path: string): Promise<{ bytes: number }>;
  /** The range in which nearly all samples of each series were, see `usualRange`; null where that cannot be said. */
  usual(question: UsualQuestion): (UsualRange | null)[];
  /**
   * Does a slice of what keeps history small and quick: about ten milliseconds of making blocks and roll-ups and of forgetting
   * what is older than it is to be kept, or finds no room. Returns whether there is more to do. Nothing that is asked for is different
   * meanwhile; what is forgotten is gone by whole hours, see `upkeep.ts`.
   */
  tend(task: UpkeepTask): boolean;
  /** What went for want of room although it was to be kept longer: what, and up to when, epoch milliseconds. */
  readonly cut: ReadonlyMap<Kept, number>;
  close(): void;
}
