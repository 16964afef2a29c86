/** This many notifications within the window are shown one by one. */
const atMost = 3;
const windowMs = 60_000;

/** What to do with a notification: show it, count it for the combined notification, or drop it. */
export type ToastTurn = { show: 'itself' } | { show: 'later'; inMs: number } | { show: 'never' };

/**
 * Limits notifications during an alert storm to three a minute, including the combined one. Further alerts are counted
 * and announced by the combined notification at the end of the minute. The list of alerts shows all of them.
 */
export class ToastTurns {
  #shownAt: number[] = [];
  /** Alerts waiting for the combined notification, and those that the one on display covers. */
  #waiting = new Set<string>();
  #toldOf = new Set<string>();

  /** `now` is monotonic. A replacement counts too, because most systems show it anew. */
  take(alertId: string, isOver: boolean, now: number): ToastTurn {
    this.#shownAt = this.#shownAt.filter((at) => now - at < windowMs);
    const [oldest = now] = this.#shownAt;
    if (this.#shownAt.length < atMost) {
      this.#shownAt.push(now);
      this.#waiting.delete(alertId);
      return { show: 'itself' };
    }
    // A resolved alert needs no notification of its own; closing the earlier one is enough.
    if (isOver) return { show: 'never' };
    this.#waiting.add(alertId);
    return { show: 'later', inMs: oldest + windowMs - now };
  }

  /** Removes a resolved alert. Returns whether the combined notification now covers no alert. */
  over(alertId: string): boolean {
    this.#waiting.delete(alertId);
    return this.#toldOf.delete(alertId) && this.#toldOf.size === 0;
  }

  /**
   * Number of alerts for a combined notification now; 0 if there are no new ones. It replaces the previous one and
   * counts as a notification.
   */
  fold(now: number): number {
    if (this.#waiting.size === 0) return 0;
    this.#toldOf = this.#toldOf.union(this.#waiting);
    this.#waiting.clear();
    this.#shownAt.push(now);
    return this.#toldOf.size;
  }
}
