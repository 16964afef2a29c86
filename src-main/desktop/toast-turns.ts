/** This many notifications within the window are shown one by one. */
const atMost = 3;
const windowMs = 60_000;

/** What becomes of a notification: shown by itself, or counted into one that speaks for many. */
export type ToastTurn = { show: 'itself' } | { show: 'later'; inMs: number };

/**
 * Keeps a storm from filling the screen: three notifications a minute are shown; what comes beyond is counted, and
 * told of in one at the end of the minute. Nothing is lost: all of it is in the list of alerts.
 */
export class ToastTurns {
  #shownAt: number[] = [];
  #folded = 0;

  /** `now` is monotonic. A notification that replaces one which is shown takes no room. */
  take(now: number): ToastTurn {
    this.#shownAt = this.#shownAt.filter((at) => now - at < windowMs);
    if (this.#shownAt.length < atMost) {
      this.#shownAt.push(now);
      return { show: 'itself' };
    }
    this.#folded++;
    return { show: 'later', inMs: (this.#shownAt[0] ?? now) + windowMs - now };
  }

  /** How many were counted since the last time this was asked. The one that tells of them takes a turn itself. */
  fold(now: number): number {
    const folded = this.#folded;
    this.#folded = 0;
    if (folded > 0) this.#shownAt.push(now);
    return folded;
  }
}
