import type {
  Interruption,
  LatestPage,
  RangesQuery,
  SamplesPage,
  SeriesPage,
  SeriesRange,
  SeriesSearch,
  TopQuery,
  TopSeries,
} from '../../contract/history.ts';
import type { HistoryQuestion, HistoryQuestions } from '../../history/messages.ts';
import { ownSource, uptimeMetric } from '../own-source.ts';

/**
 * Queries of all samples. The signal cancels a query. Throws `stage_down` while the history does not run, `deadline`
 * after ten seconds, and `usage` for an invalid time range.
 */
export interface SeriesApi {
  search(search: SeriesSearch): Promise<SeriesPage>;
  /** The latest sample of each series that has one at `from` or later. */
  latest(search: SeriesSearch & { from: number }): Promise<LatestPage>;
  ranges(query: RangesQuery, signal: AbortSignal): Promise<SeriesRange[]>;
  samples(query: Omit<RangesQuery, 'points'>, signal: AbortSignal): Promise<SamplesPage>;
  top(query: TopQuery, signal: AbortSignal): Promise<TopSeries>;
  /** When a host, by default this machine, sampled nothing because it was asleep or Plimsoll was off. */
  interruptions(
    query: { host?: string | undefined; from: number; to: number },
    signal: AbortSignal,
  ): Promise<Interruption[]>;
}

type Ask = <Question extends HistoryQuestion>(
  question: Question,
  ask: HistoryQuestions[Question]['ask'],
  signal?: AbortSignal,
) => Promise<HistoryQuestions[Question]['answer']>;

/** The implementation that asks the history process. */
export class StoredSeries implements SeriesApi {
  readonly #ask: Ask;
  readonly #host: string;

  constructor(ask: Ask, host: string) {
    this.#ask = ask;
    this.#host = host;
  }

  search(search: SeriesSearch): Promise<SeriesPage> {
    return this.#ask('search', search);
  }

  latest(search: SeriesSearch & { from: number }): Promise<LatestPage> {
    return this.#ask('newest', search);
  }

  ranges(query: RangesQuery, signal: AbortSignal): Promise<SeriesRange[]> {
    return this.#ask('ranges', query, signal);
  }

  samples(query: Omit<RangesQuery, 'points'>, signal: AbortSignal): Promise<SamplesPage> {
    return this.#ask('samples', query, signal);
  }

  top(query: TopQuery, signal: AbortSignal): Promise<TopSeries> {
    return this.#ask('top', query, signal);
  }

  interruptions(
    { host = this.#host, from, to }: { host?: string | undefined; from: number; to: number },
    signal: AbortSignal,
  ): Promise<Interruption[]> {
    const of = (metric: string) => ({ host, source: ownSource, metric, labels: {} });
    return this.#ask(
      'interruptions',
      { running: of(uptimeMetric), lost: of('time_lost_seconds'), from, to },
      signal,
    );
  }
}
