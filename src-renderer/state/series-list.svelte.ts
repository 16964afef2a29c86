import type { Series } from '../../src-main/contract/sample.ts';
import { seriesKey } from '../../src-main/contract/series-key.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import { LatestQuestion } from './latest-question.ts';
import type { MonitorState } from './monitor.svelte.ts';
import { ownSource } from './settings.svelte.ts';

/** Most series to load at once; further ones are found by searching. */
const most = 2000;
const settleMs = 150;

/** All series: live ones at once, past ones after history has answered. */
export class SeriesList {
  readonly #monitor: MonitorState;
  readonly #question: LatestQuestion<string, { series: Series[]; total: number }>;
  #stored = $state.raw<readonly Series[]>([]);
  #left = $state(0);
  #problem = $state.raw<unknown>(null);
  readonly #unsubscribe: () => void;
  /** Keys of the live series as text, so that they stay equal with each reading. */
  readonly #liveKeys = $derived.by(() => [...this.#monitor.latest.keys()].sort().join('\n'));
  readonly #live: ReadonlySet<string> = $derived(new Set(this.#liveKeys.split('\n')));
  readonly all: readonly Series[] = $derived(this.#merged());

  constructor(client: PlimsollClient, monitor: MonitorState) {
    this.#monitor = monitor;
    this.#question = new LatestQuestion<string, { series: Series[]; total: number }>({
      settleMs,
      ask: (text, signal) => client.findSeries(text, most, signal),
      onAsked: () => undefined,
      onAnswer: ({ series, total }) => {
        this.#stored = series;
        this.#left = total - series.length;
        this.#problem = null;
      },
      onProblem: (thrown) => (this.#problem = thrown),
    });
    this.#unsubscribe = monitor.onEvent((event) => {
      if (event.type === 'refresh') this.find('');
    });
    this.find('');
  }

  /** Number of further series that match the search. */
  get left(): number {
    return this.#left;
  }
  get problem(): unknown {
    return this.#problem;
  }

  /** Whether it is no longer sampled. Newest values are known of this machine's sources only, so all others are taken for live. */
  isPast(series: Series): boolean {
    const isTold = series.host === this.#monitor.status?.host && series.source !== ownSource;
    return isTold && !this.#live.has(seriesKey(series));
  }

  /** Searches history for series that contain these words. */
  find(text: string): void {
    this.#question.want(text);
  }

  close(): void {
    this.#question.want(null);
    this.#unsubscribe();
  }

  #merged(): Series[] {
    const all = new Map(this.#stored.map((series) => [seriesKey(series), series]));
    for (const key of this.#live) {
      const sample = this.#monitor.latest.get(key);
      if (sample === undefined || all.has(key)) continue;
      const { host, source, metric, labels } = sample;
      all.set(key, { host, source, metric, labels });
    }
    return [...all.values()];
  }
}
