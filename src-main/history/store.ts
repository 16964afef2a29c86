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
 * Stores samples and answers questions about them, in one process that blocks meanwhile. Every method throws a
 * `PlimsollError` and then leaves the store unchanged.
 */
export interface HistoryStore {
  /**
   * Stores all readings, or none if it throws. After it returned, they survive the end of this process. Of samples with
   * the same host, series and time, the first is kept: a second reading of a time adds the series that the first did
   * not have. A series that is absent in a reading, for example because of an error, is absent in the history.
   */
  append(readings: readonly ColumnReading[]): void;
  /**
   * Stores the readings of other machines, as `append` does; after it returned, they survive a power failure. Returns
   * the samples that were not stored because they already existed.
   */
  take(readings: readonly ColumnReading[]): HadBefore[];
  /** One series, as single samples or in buckets, see `SeriesHistory`. At most 5,000 points are returned. */
  range(query: HistoryQuery): SeriesHistory;
  /**
   * Single readings of one source, in columns, oldest first: see `RecordedReadings`. At most 50,000 numbers at once.
   */
  recorded(query: RecordedQuery): RecordedReadings;
  /** Every series of a metric that was ever stored, and may still have samples. */
  series(query: SeriesQuery): Series[];
  /** A page of all series that were ever stored, and may still have samples. */
  search(search: SeriesSearch): SeriesPage;
  /** A page of the latest samples of all series that have one at `from` or later. */
  newest(search: SeriesSearch & { from: number }): LatestPage;
  /**
   * Answers questions that may take a while, a few milliseconds with each step. The store may be written to between
   * steps: each step sees its current state. A question that is not finished leaves nothing behind.
   */
  answer(asked: SteppedAsk): Generator<undefined, SteppedAnswer>;
  /** The latest sample of every series that has one at `from` or later. */
  latest(from: number): Sample[];
  size(): HistorySize;
  /** Verifies every checksum. Takes seconds for a large file. */
  check(): HistoryCheck;
  /** Copies into a new file while everything else continues; see `backUp`. */
  backup(path: string): Promise<{ bytes: number }>;
  /** The range that contains nearly all samples of each series, see `usualRange`; null if it is unknown. */
  usual(question: UsualQuestion): (UsualRange | null)[];
  /**
   * Does a slice of the upkeep that keeps the history small and fast: about ten milliseconds of making blocks and
   * roll-ups, and of forgetting what is older than its retention or has no room. Returns whether there is more to do.
   * Answers do not change meanwhile, except that old data disappears by whole hours, see `upkeep.ts`.
   */
  tend(task: UpkeepTask): boolean;
  /** What was removed before its time for lack of room: what, and up to when, epoch milliseconds. */
  readonly cut: ReadonlyMap<Kept, number>;
  close(): void;
}
