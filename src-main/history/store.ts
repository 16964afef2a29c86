import type { HistoryQuery, SeriesHistory } from '../contract/history.ts';
import type { Reading, Sample } from '../contract/sample.ts';
import type { HistorySize } from './messages.ts';

/** Samples kept and asked for. What `append` returned from is on disk; the same reading appended twice is stored once. */
export interface HistoryStore {
  append(readings: readonly Reading[]): void;
  range(query: HistoryQuery): SeriesHistory;
  latest(from: number): Sample[];
  size(): HistorySize;
  /** Forgets samples taken before `before` (epoch milliseconds) and returns how many readings were removed. */
  retain(before: number): number;
  close(): void;
}
