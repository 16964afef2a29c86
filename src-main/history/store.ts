import type { UsualRange } from '../contract/alert-context.ts';
import type { HistoryQuery, SeriesHistory } from '../contract/history.ts';
import type { Reading, Sample, Series } from '../contract/sample.ts';
import type { HistorySize, RecordedQuery, RecordedReadings, SeriesQuery, UsualQuestion } from './messages.ts';

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
  /** The newest sample of every series that has one at `from` or later. */
  latest(from: number): Sample[];
  size(): HistorySize;
  /** The range in which nearly all samples of each series were, see `usualRange`; null where that can not be said. */
  usual(question: UsualQuestion): (UsualRange | null)[];
  /**
   * Forgets some of the samples taken before `before` (epoch milliseconds), few enough to take milliseconds, and returns how
   * many readings were removed. Nothing is left to forget when it returns 0.
   */
  retain(before: number): number;
  close(): void;
}
