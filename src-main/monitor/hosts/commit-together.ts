import { PlimsollError } from '../../contract/error.ts';
import type { Reading } from '../../contract/sample.ts';
import type { HadBefore } from '../../history/messages.ts';

/** How many readings a group contains: a few tens of milliseconds, in which the history answers nobody else. */
const readingsInGroup = 2000;

interface Waiting {
  readings: readonly Reading[];
  resolve(had: HadBefore[]): void;
  reject(reason: unknown): void;
}

/**
 * Lets the history commit the posts of several senders in one transaction. Posts that arrive during a commit go into
 * the next one: a single sender waits for nobody, and many share the cost. One group is sent at a time: with two, each
 * would be half as large, and a commit costs about as much as storing fifteen posts.
 */
export class CommitTogether {
  readonly #take: (readings: Reading[]) => Promise<HadBefore[]>;
  #waiting: Waiting[] = [];
  #isCommitting = false;

  /** `take` commits everything or rejects. */
  constructor(take: (readings: Reading[]) => Promise<HadBefore[]>) {
    this.#take = take;
  }

  /** Resolves when everything is committed, with the samples that already existed. Rejects like `take`. */
  commit(readings: readonly Reading[]): Promise<HadBefore[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ readings, resolve, reject });
      // Everything that arrives in the same turn of the event loop goes together.
      if (this.#waiting.length === 1) queueMicrotask(() => this.#send());
    });
  }

  #send(): void {
    if (this.#isCommitting || this.#waiting.length === 0) return;
    let size = 0;
    let count = 0;
    for (const { readings } of this.#waiting) {
      if (count > 0 && size + readings.length > readingsInGroup) break;
      size += readings.length;
      count++;
    }
    this.#isCommitting = true;
    void this.#commitGroup(this.#waiting.splice(0, count)).finally(() => {
      this.#isCommitting = false;
      this.#send();
    });
  }

  async #commitGroup(group: Waiting[]): Promise<void> {
    try {
      const had = await this.#take(group.flatMap(({ readings }) => readings));
      if (had.length === 0) {
        for (const { resolve } of group) resolve(had);
        return;
      }
      const before = Map.groupBy(had, ({ reading }) => reading);
      let first = 0;
      for (const { readings, resolve } of group) {
        const begin = first;
        first += readings.length;
        resolve(
          readings.flatMap((_, reading) =>
            (before.get(begin + reading) ?? []).map((one) => ({ ...one, reading })),
          ),
        );
      }
    } catch (thrown) {
      // A post that cannot be stored must not affect the others.
      if (group.length > 1 && thrown instanceof PlimsollError && thrown.code === 'internal')
        for (const one of group) await this.#commitGroup([one]);
      else for (const { reject } of group) reject(thrown);
    }
  }
}
