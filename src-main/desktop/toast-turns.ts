/** This many notifications within the window are shown one by one. */
const atMost = 3;
const windowMs = 60_000;

/** What becomes of a notification: shown by itself, counted into one that speaks for many, or left out. */
export type ToastTurn = { show: 'itself' } | { show: 'later'; inMs: number } | { show: 'never' };

/**
 * Keeps a storm from filling the screen: three notifications a minute are shown, the one among them that speaks for many;
 * alerts beyond are counted, and told of in that one at the end of the minute. Nothing is lost: all of it is in the list of alerts.
 */
export class ToastTurns {
  #shownAt: number[] = [];
  /** Alerts that wait for a notification, and those that the shown one stands for. */
  #waiting = new Set<string>();
  #toldOf = new Set<string>();

  /** `now` is monotonic. One that takes another's place takes a turn as well: most systems show it anew. */
  take(alertId: string, isOver: boolean, now: number): ToastTurn {
    this.#shownAt = this.#shownAt.filter((at) => now - at < windowMs);
    const [oldest = now] = this.#shownAt;
    if (this.#shownAt.length < atMost) {
      this.#shownAt.push(now);
      this.#waiting.delete(alertId);
      return { show: 'itself' };
    }
    // What is over needs nobody any more; that there is less to see says it.
    if (isOver) return { show: 'never' };
    this.#waiting.add(alertId);
    return { show: 'later', inMs: oldest + windowMs - now };
  }

  /** An alert is over. Whether the notification that speaks for many speaks for nobody any more. */
  over(alertId: string): boolean {
    this.#waiting.delete(alertId);
    return this.#toldOf.delete(alertId) && this.#toldOf.size === 0;
  }

  /** For how many alerts one is to speak now; 0 where nothing is new. It takes the former one's place, and a turn itself. */
  fold(now: number): number {
    if (this.#waiting.size === 0) return 0;
    this.#toldOf = this.#toldOf.union(this.#waiting);
    this.#waiting.clear();
    this.#shownAt.push(now);
    return this.#toldOf.size;
  }
}
