/** The time for which posts are read in one turn. */
const longMs = 250;

/**
 * How long this turn of the event loop has been handling requests. Everything that arrived meanwhile waits: long turns
 * show that more arrives than the process can handle.
 */
export class LoopTurn {
  #began: number | undefined;

  /**
   * Whether posts of this turn are asked to come again. An accepted post is then answered within a second: it waited
   * for one such turn, is handled in the next, and is written with the posts that may wait for the disk.
   */
  isLong(): boolean {
    return this.#elapsedMs() > longMs;
  }

  /** Milliseconds since the first request of this turn. */
  #elapsedMs(): number {
    const now = performance.now();
    if (this.#began === undefined) {
      this.#began = now;
      setImmediate(() => (this.#began = undefined));
    }
    return now - this.#began;
  }
}
