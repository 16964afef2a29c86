import type { UsualRange } from '../contract/alert-context.ts';
import type {
  HistoryQuery,
  Interruption,
  LatestPage,
  RangesQuery,
  SamplesPage,
  SeriesHistory,
  SeriesPage,
  SeriesRange,
  SeriesSearch,
  TopQuery,
  TopSeries,
} from '../contract/history.ts';
import type { HistoryCheck, HistorySize, KeptPart } from '../contract/history-size.ts';
import type { ErrorCode } from '../contract/error.ts';
import type { SeriesSpread } from '../contract/report.ts';
import type { Measurement, Sample, Series } from '../contract/sample.ts';
import type { PackedTakes } from './packed-takes.ts';

export type Kept = KeptPart['what'];

/** How long data is kept; roll-ups have defaults. */
export interface Retention {
  /** How many hours samples are kept; Infinity forgets nothing because of its age. */
  rawHours: number;
  minuteDays?: number;
  hourDays?: number;
  dayDays?: number;
  /** How large the file may become; by default unlimited. */
  mostBytes?: number;
}

/** Asks for the usual range of these series, from their samples of this time range; times are epoch milliseconds. */
export interface UsualQuestion {
  series: Series[];
  from: number;
  to: number;
}

/** Readings of one source: some of its columns, from `from` to before `to`, epoch milliseconds. */
export interface RecordedQuery {
  host: string;
  source: string;
  columns: Pick<Measurement, 'metric' | 'labels'>[];
  from: number;
  to: number;
}

/**
 * `values` contains those of the first reading, in the order of the requested columns, then those of the next; NaN
 * means absent.
 */
export interface RecordedReadings {
  at: Float64Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
  /** The answer is complete up to here: before the requested `to` if the answer would have become too long. */
  to: number;
}

export interface SeriesQuery {
  source: string;
  metric: string;
}

/**
 * A sample that was sent before, by its index in the request; `other` if the stored value is different, which is kept.
 */
export interface HadBefore {
  reading: number;
  sample: number;
  had: 'same' | 'other';
}

/** When samples are missing is derived from two series of Plimsoll's own: its running time, and its lost time. */
export interface InterruptionsQuery {
  running: Series;
  lost: Series;
  from: number;
  to: number;
}

/** Questions that the history process answers, by name: the arguments and the answer. */
export interface HistoryQuestions {
  /** Stores what others sent; answered after the commit, with the samples that were already stored. */
  take: { ask: PackedTakes; answer: HadBefore[] };
  range: { ask: HistoryQuery; answer: SeriesHistory };
  recorded: { ask: RecordedQuery; answer: RecordedReadings };
  series: { ask: SeriesQuery; answer: Series[] };
  /** The latest sample of every series since `from`. */
  latest: { ask: { from: number }; answer: Sample[] };
  size: { ask: Record<string, never>; answer: HistorySize };
  /** Checks everything; nothing else is answered meanwhile. */
  check: { ask: Record<string, never>; answer: HistoryCheck };
  /** Copies into a new file; everything else continues meanwhile. */
  backup: { ask: { path: string }; answer: { bytes: number } };
  /** One entry for each series; null if its past is too short, or has no range. */
  usual: { ask: UsualQuestion; answer: (UsualRange | null)[] };
  /** Every series that was ever stored, and may still have samples. */
  search: { ask: SeriesSearch; answer: SeriesPage };
  newest: { ask: SeriesSearch & { from: number }; answer: LatestPage };
  /** The following are answered in steps, between which everything else continues. */
  ranges: { ask: RangesQuery; answer: SeriesRange[] };
  samples: { ask: Omit<RangesQuery, 'points'>; answer: SamplesPage };
  top: { ask: TopQuery; answer: TopSeries };
  interruptions: { ask: InterruptionsQuery; answer: Interruption[] };
  /** One entry for each series; null if it has no sample in the range. */
  spread: { ask: Omit<RangesQuery, 'points'>; answer: (SeriesSpread | null)[] };
}
export type HistoryQuestion = keyof HistoryQuestions;
export type SteppedQuestion = 'ranges' | 'samples' | 'top' | 'interruptions' | 'spread';
/** One of these questions with its arguments. */
export type SteppedAsk = {
  [Q in SteppedQuestion]: { question: Q; ask: HistoryQuestions[Q]['ask'] };
}[SteppedQuestion];
export type SteppedAnswer = HistoryQuestions[SteppedQuestion]['answer'];

export type ToHistory =
  /** `batch` grows by one with each append; each is acknowledged separately. */
  | { type: 'append'; batch: number; readings: PackedTakes }
  | ({ type: 'retain' } & Retention)
  | {
      [Q in HistoryQuestion]: { type: 'ask'; id: number; question: Q; ask: HistoryQuestions[Q]['ask'] };
    }[HistoryQuestion]
  /** Nobody waits for the answer any more. */
  | { type: 'forget'; id: number }
  | { type: 'stop' };

export type FromHistory =
  /** `notice` says what an owner should know about the start, such as a damaged file that was set aside. */
  | { type: 'ready'; notice: string | null }
  /**
   * The store cannot be used, and a restart would not help. After a newer format or a directory that is not writable
   * the process exits; after a file in use or a full disk it retries by itself, and `ready` follows when that worked.
   */
  | { type: 'refused'; code: ErrorCode; message: string }
  | { type: 'committed'; batch: number }
  /** A batch that could not be stored; main keeps it and sends it again. */
  | { type: 'not-committed'; batch: number; code: ErrorCode; message: string }
  | { type: 'answer'; id: number; answer: HistoryQuestions[HistoryQuestion]['answer'] }
  | { type: 'no-answer'; id: number; code: ErrorCode; message: string }
  /** Something that an owner should know while it is true; null takes it back. */
  | { type: 'notice'; id: 'size' | 'damage'; message: string | null }
  | { type: 'cost'; cpuMs: number }
  | { type: 'stopped' };
