import type { LiveEvent } from '../../src-main/contract/event.ts';

/** Records which series history was queried for. A failed query is repeated only when it may succeed. */
export class SparkQuestions {
  readonly #asked = new Set<string>();

  /** Whether to query the series now; if so, it is recorded as queried. */
  mayAsk(key: string, historyRuns: boolean): boolean {
    if (!historyRuns || this.#asked.has(key)) return false;
    this.#asked.add(key);
    return true;
  }

  /** After a `refresh` events may have been missed, and a restarted history can answer earlier failed queries. */
  take(event: LiveEvent): void {
    const runsAnew =
      event.type === 'stage' && event.stage.stage === 'history' && event.stage.state === 'running';
    if (event.type === 'refresh' || runsAnew) this.#asked.clear();
  }
}
