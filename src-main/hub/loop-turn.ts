/**
 * How long this turn of the event loop has worked at requests. All that came meanwhile waits, and what came with this turn waits
 * for what stands before it: a turn that takes long is where a process shows that more comes than it can do.
 */
export class LoopTurn {
  #began: number | undefined;

  /** Milliseconds since the first request of this turn asked. */
  elapsedMs(): number {
    const now = performance.now();
    if (this.#began === undefined) {
      this.#began = now;
      setImmediate(() => (this.#began = undefined));
    }
    return now - this.#began;
  }
}
