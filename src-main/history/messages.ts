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

/** For how long what is kept; of roll-ups a default holds where nothing is said. */
export interface Retention {
  /** How many hours samples are kept; Infinity forgets nothing because of its age. */
  rawHours: number;
  minuteDays?: number;
  hourDays?: number;
  dayDays?: number;
  /** What the file may take; without it, what there is. */
  mostBytes?: number;
}

/** What is usual of these series, from their samples of this stretch; times are epoch milliseconds. */
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

/** `values` holds those of the first reading, in the order of the columns that were asked for, then those of the next; NaN is absent. */
export interface RecordedReadings {
  at: Float64Array<ArrayBuffer>;
  values: Float64Array<ArrayBuffer>;
  /** Up to where this is all there is: before `to` when the answer would have become too long. */
  to: number;
}

export interface SeriesQuery {
  source: string;
  metric: string;
}

/** A sample that was sent before, by its place in what was to be taken: `other` with another value, which stays as it is. */
export interface HadBefore {
  reading: number;
  sample: number;
  had: 'same' | 'other';
}

/** When samples were not taken is read from two series of Plimsoll's own: for how long it ran, and how much time it lost. */
export interface InterruptionsQuery {
  running: Series;
  lost: Series;
  from: number;
  to: number;
}

/** Questions that the history process answers, by name: what is asked, and what comes back. */
export interface HistoryQuestions {
  /** Stores what others sent; answered when it is committed, with the samples of which there was one already. */
  take: { ask: PackedTakes; answer: HadBefore[] };
  range: { ask: HistoryQuery; answer: SeriesHistory };
  recorded: { ask: RecordedQuery; answer: RecordedReadings };
  series: { ask: SeriesQuery; answer: Series[] };
  /** The newest sample of every series since `from`. */
  latest: { ask: { from: number }; answer: Sample[] };
  size: { ask: Record<string, never>; answer: HistorySize };
  /** A look at all of it, in which nothing else is answered. */
  check: { ask: Record<string, never>; answer: HistoryCheck };
  /** A copy into a new file; everything else goes on meanwhile. */
  backup: { ask: { path: string }; answer: { bytes: number } };
  /** One entry for each series; null where its past is too short, or has no range. */
  usual: { ask: UsualQuestion; answer: (UsualRange | null)[] };
  /** Of every series that was ever stored, and may have samples still. */
  search: { ask: SeriesSearch; answer: SeriesPage };
  newest: { ask: SeriesSearch & { from: number }; answer: LatestPage };
  /** Those that follow are answered in steps, between which everything else goes on. */
  ranges: { ask: RangesQuery; answer: SeriesRange[] };
  samples: { ask: Omit<RangesQuery, 'points'>; answer: SamplesPage };
  top: { ask: TopQuery; answer: TopSeries };
  interruptions: { ask: InterruptionsQuery; answer: Interruption[] };
  /** One entry for each series; null where it has no sample in the stretch. */
  spread: { ask: Omit<RangesQuery, 'points'>; answer: (SeriesSpread | null)[] };
}
export type HistoryQuestion = keyof HistoryQuestions;
export type SteppedQuestion = 'ranges' | 'samples' | 'top' | 'interruptions' | 'spread';
/** One of them with what is asked. */
export type SteppedAsk = {
  [Q in SteppedQuestion]: { question: Q; ask: HistoryQuestions[Q]['ask'] };
}[SteppedQuestion];
export type SteppedAnswer = HistoryQuestions[SteppedQuestion]['answer'];

export type ToHistory =
  /** `batch` grows by one with each append; each is acknowledged by itself. */
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
   * The store cannot be used, and a restart would not help. After a newer format or a directory that cannot be written the
   * process leaves; after a file in use or a full disk it tries again by itself, and `ready` follows when that helped.
   */
  | { type: 'refused'; code: ErrorCode; message: string }
  | { type: 'committed'; batch: number }
  /** A batch that could not be stored; main keeps it and sends it again. */
  | { type: 'not-committed'; batch: number; code: ErrorCode; message: string }
  | { type: 'answer'; id: number; answer: HistoryQuestions[HistoryQuestion]['answer'] }
  | { type: 'no-answer'; id: number; code: ErrorCode; message: string }
  /** Something that an owner should know as long as it is so; null takes it back. */
  | { type: 'notice'; id: 'size' | 'damage'; message: string | null }
  | { type: 'cost'; cpuMs: number }
  | { type: 'stopped' };
