interface Waiting {
  /** Monotonic time of this source's last turn. */
  lastAt: number;
  callback: () => void;
}

/**
 * Lets at most `limit` sources work at once. The one whose last turn is longest ago is next, so nobody starves, and
 * when there is more work than time all are equally late. (In order of arrival, sources whose ticks happen to fall well
 * would never miss one, and others would every second.)
 */
export class Turns {
  #limit: number;
  #taken = 0;
  #waiting: Waiting[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A lower limit interrupts nobody: returned turns are not given out again until it is met. */
  setLimit(limit: number): void {
    this.#limit = limit;
    this.#serve();
  }

  /** Calls back when it is the caller's turn, perhaps at once. The returned function leaves the queue. */
  request(lastAt: number, callback: () => void): () => void {
    const waiting = { lastAt, callback };
    this.#waiting.push(waiting);
    this.#serve();
    return () => this.#leave(waiting);
  }

  /** Gives one turn back. */
  release(): void {
    this.#taken--;
    this.#serve();
  }

  #serve(): void {
    while (this.#taken < this.#limit) {
      const [first, ...others] = this.#waiting;
      if (first === undefined) return;
      const next = others.reduce((oldest, other) => (other.lastAt < oldest.lastAt ? other : oldest), first);
      this.#leave(next);
      this.#taken++;
      next.callback();
    }
  }

  #leave(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
  }
}
