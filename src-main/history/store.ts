import type { UsualRange } from '../contract/alert-context.ts';
import type {
  HistoryQuery,
  LatestPage,
  SeriesHistory,
  SeriesPage,
  SeriesSearch,
} from '../contract/history.ts';
import type { Reading, Sample, Series } from '../contract/sample.ts';
import type {
  HistorySize,
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
   * Stores all readings, or none when it throws. What it returned from survives the end of this process. Of readings with the
   * same host, source and time the first one is kept. A series that is absent in a reading, one that had an error for
   * instance, is absent in history.
   */
  append(readings: readonly Reading[]): void;
  /** One series, as single samples or in buckets, see `SeriesHistory`. At most 5,000 points are returned. */
  range(query: HistoryQuery): SeriesHistory;
  /** Readings of one source one by one, in columns, oldest first: see `RecordedReadings`. At most 50,000 numbers at once. */
  recorded(query: RecordedQuery): RecordedReadings;
  /** Every series of a metric that was ever stored, and may have samples still. */
  series(query: SeriesQuery): Series[];
  /** A page of all series that may have samples still. */
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
  /** The range in which nearly all samples of each series were, see `usualRange`; null where that can not be said. */
  usual(question: UsualQuestion): (UsualRange | null)[];
  /**
   * Does a slice of what keeps history small and quick: about ten milliseconds of making blocks and roll-ups and of forgetting
   * samples that are older than `rawHours`. Returns whether there is more to do. Nothing that is asked for is different
   * meanwhile; what is forgotten is gone by whole hours, see `upkeep.ts`.
   */
  tend(task: UpkeepTask): boolean;
  close(): void;
}
