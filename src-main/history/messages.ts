import type { UsualRange } from '../contract/alert-context.ts';
import type { HistoryQuery, SeriesHistory } from '../contract/history.ts';
import type { ErrorCode } from '../contract/error.ts';
import type { Reading, Sample, Series } from '../contract/sample.ts';

export interface HistorySize {
  bytes: number;
  samples: number;
  oldestAt: number | null;
}

/** What is usual of these series, from their samples of this stretch; times are epoch milliseconds. */
export interface UsualQuestion {
  series: Series[];
  from: number;
  to: number;
}

/** Questions that the history process answers, by name: what is asked, and what comes back. */
export interface HistoryQuestions {
  range: { ask: HistoryQuery; answer: SeriesHistory };
  /** The newest sample of every series since `from`. */
  latest: { ask: { from: number }; answer: Sample[] };
  size: { ask: Record<string, never>; answer: HistorySize };
  /** One entry for each series; null where its past is too short, or has no range. */
  usual: { ask: UsualQuestion; answer: (UsualRange | null)[] };
}
export type HistoryQuestion = keyof HistoryQuestions;

export type ToHistory =
  /** `batch` grows by one with each append; each is acknowledged by itself. */
  | { type: 'append'; batch: number; readings: Reading[] }
  | { type: 'retain'; rawHours: number }
  | {
      [Q in HistoryQuestion]: { type: 'ask'; id: number; question: Q; ask: HistoryQuestions[Q]['ask'] };
    }[HistoryQuestion]
  | { type: 'stop' };

export type FromHistory =
  /** `notice` says what an owner should know about the start, such as a damaged file that was set aside. */
  | { type: 'ready'; notice: string | null }
  /**
   * The store can not be used, and a restart would not help. After a newer format or a directory that can not be written the
   * process leaves; after a file in use or a full disk it tries again by itself, and `ready` follows when that helped.
   */
  | { type: 'refused'; code: ErrorCode; message: string }
  | { type: 'committed'; batch: number }
  /** A batch that could not be stored; main keeps it and sends it again. */
  | { type: 'not-committed'; batch: number; code: ErrorCode; message: string }
  | { type: 'answer'; id: number; answer: HistoryQuestions[HistoryQuestion]['answer'] }
  | { type: 'no-answer'; id: number; code: ErrorCode; message: string }
  | { type: 'cost'; cpuMs: number }
  | { type: 'stopped' };
