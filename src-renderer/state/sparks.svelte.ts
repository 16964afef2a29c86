import { SvelteMap } from 'svelte/reactivity';
import type { Series } from '../../src-main/contract/sample.ts';
import { seriesKey } from '../../src-main/contract/series-key.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { LiveClock } from './clock.svelte.ts';
import type { MonitorState } from './monitor.svelte.ts';
import { fromHistory, merged, sparkBucketMs, sparkSpanMs, withValue } from './spark-buffer.ts';
import type { SparkPoint } from './spark-buffer.ts';
import { SparkQuestions } from './spark-questions.ts';

/** The last hour of every displayed series: loaded from history once, then extended by live readings. */
export class Sparks {
  readonly #client: PlimsollClient;
  readonly #clock: LiveClock;
  readonly #points = new SvelteMap<string, readonly SparkPoint[]>();
  readonly #questions = new SparkQuestions();
  readonly #monitor: MonitorState;

  constructor(client: PlimsollClient, monitor: MonitorState, clock: LiveClock) {
    this.#client = client;
    this.#clock = clock;
    this.#monitor = monitor;
    monitor.onEvent((event) => {
      this.#questions.take(event);
      if (event.type !== 'reading') return;
      const { host, source, at, samples } = event.reading;
      for (const sample of samples) {
        const key = seriesKey({ host, source, metric: sample.metric, labels: sample.labels });
        this.#points.set(key, withValue(this.#points.get(key) ?? [], at, sample.value));
      }
    });
  }

  points(series: Series): readonly SparkPoint[] {
    return this.#points.get(seriesKey(series)) ?? [];
  }

  /** Loads the last hour once. Without history the line begins with live samples. */
  async want(series: Series): Promise<void> {
    // A source of an open-ended kind without any sample has no series yet.
    if (series.metric === '') return;
    const key = seriesKey(series);
    if (!this.#questions.mayAsk(key, this.#monitor.historyRuns)) return;
    const to = this.#clock.at();
    try {
      const points = Math.ceil(sparkSpanMs / sparkBucketMs);
      const stored = await this.#client.history({ ...series, from: to - sparkSpanMs, to, points });
      this.#points.set(key, merged(fromHistory(stored), this.#points.get(key) ?? []));
    } catch {
      // The line begins with live samples, until history or the connection restarts.
    }
  }
}
