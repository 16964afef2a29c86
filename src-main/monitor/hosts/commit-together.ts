import { PlimsollError } from '../../contract/error.ts';
import type { Reading } from '../../contract/sample.ts';
import type { HadBefore } from '../../history/messages.ts';

/** Readings in one group: a few tens of milliseconds, in which history answers nobody else. */
const readingsInGroup = 2000;

interface Waiting {
  readings: readonly Reading[];
  resolve(had: HadBefore[]): void;
  reject(reason: unknown): void;
}

/**
 * Has history commit what several senders posted in one transaction. What comes while a commit is going on goes with the next:
 * who is alone waits for nobody, and of many each pays a small part. One group is on its way at a time: with two each were half as
 * large, and a commit costs about as much as storing fifteen posts.
 */
export class CommitTogether {
  readonly #take: (readings: Reading[]) => Promise<HadBefore[]>;
  #waiting: Waiting[] = [];
  #isCommitting = false;

  /** `take` commits as a whole or rejects. */
  constructor(take: (readings: Reading[]) => Promise<HadBefore[]>) {
    this.#take = take;
  }

  /** Resolves when all of it is committed, with what was there before. Rejects with what `take` rejects with. */
  commit(readings: readonly Reading[]): Promise<HadBefore[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ readings, resolve, reject });
      // Whatever came with the same turn of the loop goes together.
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
      // One that cannot be stored must not take the others with it.
      if (group.length > 1 && thrown instanceof PlimsollError && thrown.code === 'internal')
        for (const one of group) await this.#commitGroup([one]);
      else for (const { reject } of group) reject(thrown);
    }
  }
}
