import type { LiveEvent } from '../../src-main/contract/event.ts';
import type { Status } from '../../src-main/contract/status.ts';
import { statusAfterAll } from './status-changes.ts';

/**
 * Asks for the status, one question at a time. The answer may have been made before an event that arrived sooner:
 * events that come while a question is open are applied to its answer once more, so that none of them is undone.
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

  /** Settles when an answer that was asked for no earlier than now is there; rejects as the question does. */
  load(): Promise<void> {
    this.#wanted += 1;
    this.#underWay ??= this.#run().finally(() => {
      this.#underWay = null;
    });
    return this.#underWay;
  }

  /** Remembers an event for the answer that is waited for. */
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
