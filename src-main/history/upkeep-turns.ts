import { noteFailedWrite } from './history-process.ts';
import type { HistoryProcess } from './history-process.ts';
import type { FromHistory, Retention } from './messages.ts';
import { sizeNotice } from './size-notice.ts';
import type { HistoryStore } from './store.ts';

/** How often upkeep starts. Late data may require an hour to be compacted again each time. */
const everyMs = 5 * 60_000;
/** Between two slices of upkeep, waiting messages of main are answered. */
const pauseMs = 20;

/** Has a store tended as long as there is something to do, then every five minutes, and tells when history reached its size. */
export class UpkeepTurns {
  readonly #store: Pick<HistoryStore, 'tend' | 'cut'>;
  readonly #process: HistoryProcess;
  readonly #send: (message: FromHistory) => void;
  #retention: Retention = { rawHours: Infinity };
  #saidOfSize: string | null = null;
  #cancel: (() => void) | undefined;

  constructor(
    store: Pick<HistoryStore, 'tend' | 'cut'>,
    process: HistoryProcess,
    send: (message: FromHistory) => void,
  ) {
    this.#store = store;
    this.#process = process;
    this.#send = send;
  }

  /** Tends at once by a new retention. Throws `damaged`. */
  retain(retention: Retention): void {
    this.#retention = retention;
    this.#tend();
  }

  stop(): void {
    this.#cancel?.();
  }

  #tend(): void {
    this.#cancel?.();
    const { clock, space } = this.#process;
    let nextMs = everyMs;
    try {
      if (!space.isNearlyFull) {
        const { roomBytes } = space;
        if (this.#store.tend({ now: clock.now(), ...this.#retention, roomBytes })) nextMs = pauseMs;
        else this.#tellOfSize();
      }
    } catch (thrown) {
      // Upkeep that failed now is done five minutes later. The next append reports a full disk.
      noteFailedWrite(this.#process, thrown);
    }
    this.#cancel = clock.after(nextMs, () => this.#tend());
  }

  #tellOfSize(): void {
    const message = sizeNotice(this.#store.cut, this.#retention);
    if (message !== this.#saidOfSize) this.#send({ type: 'notice', id: 'size', message });
    this.#saidOfSize = message;
  }
}
