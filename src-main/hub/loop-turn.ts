/** The time for which posts are read in one turn. */
const longMs = 250;

/**
 * How long this turn of the event loop has worked at requests. All that came meanwhile waits, and what came with this turn waits
 * for what stands before it: a turn that takes long is where a process shows that more comes than it can do.
 */
export class LoopTurn {
  #began: number | undefined;

  /**
   * Whether posts that came with this turn are told to come again. What is taken is then answered within a second: it waited for one
   * such turn, is in the next, and is written with what may wait for the disk.
   */
  isLong(): boolean {
    return this.#elapsedMs() > longMs;
  }

  /** Milliseconds since the first request of this turn asked. */
  #elapsedMs(): number {
    const now = performance.now();
    if (this.#began === undefined) {
      this.#began = now;
      setImmediate(() => (this.#began = undefined));
    }
    return now - this.#began;
  }
}
