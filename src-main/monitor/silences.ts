import type { SilenceFor } from '../alerts/announce.ts';

/** Everything that keeps alerts from being announced for a while, whoever asked for it. */
export class Silences {
  #pausedUntil: number | null;

  /** `pausedUntil` is the end of a pause that was asked for before this process began. */
  constructor(pausedUntil: number | null) {
    this.#pausedUntil = pausedUntil;
  }

  /** Announces nothing until then, epoch milliseconds; null ends a pause. */
  pause(until: number | null): void {
    this.#pausedUntil = until;
  }

  /** The end of the pause; null while there is none. */
  pausedUntil(now: number): number | null {
    return this.#pausedUntil !== null && now < this.#pausedUntil ? this.#pausedUntil : null;
  }

  /** The answer to whoever is about to announce something. */
  readonly for: SilenceFor = (_alert, now) => {
    const until = this.pausedUntil(now);
    return until === null ? null : { reason: 'paused', until };
  };
}
