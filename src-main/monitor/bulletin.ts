import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { LiveEvent } from '../contract/event.ts';
import type { Status } from '../contract/status.ts';

/** Informs windows and terminals: live events for those who listen now, and notices until their problem is over. */
export class Bulletin {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  readonly #notices = new Map<string, Status['notices'][number]>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** A listener that throws is logged; the others still get the event. */
  readonly publish = (event: LiveEvent): void => {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (thrown) {
        this.#log.error('a listener of live events failed', { error: thrown });
      }
    }
  };

  /** Sets a notice that stays until null takes it back. There is one notice for each `id`. */
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

  /** The returned function unsubscribes. */
  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends all subscriptions. */
  close(): void {
    this.#listeners.clear();
  }
}
