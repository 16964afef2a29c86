import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { LiveEvent } from '../contract/event.ts';
import type { Status } from '../contract/status.ts';

/** What is told to whoever looks: live events to those who listen now, notices until what they say is over. */
export class Bulletin {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  readonly #notices = new Map<string, Status['notices'][number]>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** A listener that throws is logged; the others still hear. */
  readonly publish = (event: LiveEvent): void => {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (thrown) {
        this.#log.error('a listener of live events failed', { error: thrown });
      }
    }
  };

  /** Says what stays wrong until it is said otherwise with null. One notice stands under each `id`. */
  readonly notice = (id: string, message: string | null): void => {
    if (message === null) {
      if (!this.#notices.delete(id)) return;
    } else {
      if (this.#notices.get(id)?.message === message) return;
      this.#notices.set(id, { id, at: this.#clock.now(), message });
      this.#log.warn(message, { notice: id });
    }
    this.publish({ type: 'refresh' });
  };

  notices(): Status['notices'] {
    return [...this.#notices.values()];
  }

  /** The returned function ends it. */
  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Nobody is told of anything any more. */
  close(): void {
    this.#listeners.clear();
  }
}
