import type { LiveEvent } from '../../src-main/contract/event.ts';

/** Which series the history was asked for. A failed question is not repeated until there is a reason to hope. */
export class SparkQuestions {
  readonly #asked = new Set<string>();

  /** Whether to ask for the series now; it counts as asked for then. */
  mayAsk(key: string, historyRuns: boolean): boolean {
    if (!historyRuns || this.#asked.has(key)) return false;
    this.#asked.add(key);
    return true;
  }

  /** After a `refresh` something may have been missed, and a history that runs anew knows what it could not say. */
  take(event: LiveEvent): void {
    const runsAnew =
      event.type === 'stage' && event.stage.stage === 'history' && event.stage.state === 'running';
    if (event.type === 'refresh' || runsAnew) this.#asked.clear();
  }
}
