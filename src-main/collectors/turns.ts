/** Lets at most `limit` sources work at once; the others wait in the order in which they came. */
export class Turns {
  #limit: number;
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A lower limit interrupts nobody: turns that are given back are not given out again until it is met. */
  setLimit(limit: number): void {
    this.#limit = limit;
    this.#serve();
  }

  /** Calls back when it is the caller's turn, perhaps at once. The returned function leaves the queue. */
  request(callback: () => void): () => void {
    this.#waiting.push(callback);
    this.#serve();
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== callback);
    };
  }

  /** Gives one turn back. */
  release(): void {
    this.#taken--;
    this.#serve();
  }

  #serve(): void {
    while (this.#taken < this.#limit) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#taken++;
      next();
    }
  }
}
