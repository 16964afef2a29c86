import type { LiveEvent } from '../../src-main/contract/event.ts';
import type { Status } from '../../src-main/contract/status.ts';
import { statusAfterAll } from './status-changes.ts';

/**
 * Loads the status, one request at a time. The answer may be older than events that arrived before it, so events during
 * a request are applied to its answer again, and none is undone.
 */
export class StatusLoading {
  readonly #ask: () => Promise<Status>;
  readonly #answered: (status: Status) => void;
  #meanwhile: LiveEvent[] = [];
  #wanted = 0;
  #underWay: Promise<void> | null = null;

  constructor(ask: () => Promise<Status>, answered: (status: Status) => void) {
    this.#ask = ask;
    this.#answered = answered;
  }

  /** Resolves when a request that started after this call is answered; rejects if it fails. */
  load(): Promise<void> {
    this.#wanted += 1;
    this.#underWay ??= this.#run().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  /** Remembers an event for the pending answer. */
  take(event: LiveEvent): void {
    if (this.#underWay !== null) this.#meanwhile.push(event);
  }

  async #run(): Promise<void> {
    let served: number;
    do {
      served = this.#wanted;
      this.#meanwhile = [];
      const answer = await this.#ask();
      this.#answered(statusAfterAll(answer, this.#meanwhile));
    } while (served !== this.#wanted);
  }
}
