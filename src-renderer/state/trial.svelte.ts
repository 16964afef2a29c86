/** A test that runs on demand, one at a time, with its last answer. */
export class Trial<Answer> {
  #running = $state(false);
  #answer = $state.raw<Answer | null>(null);
  #problem = $state.raw<unknown>(null);

  get running(): boolean {
    return this.#running;
  }
  /** The last answer; null before the first one and after a failure. */
  get answer(): Answer | null {
    return this.#answer;
  }
  /** The error of the last run. */
  get problem(): unknown {
    return this.#problem;
  }

  async run(ask: () => Promise<Answer>): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      this.#answer = await ask();
      this.#problem = null;
    } catch (thrown) {
      this.#answer = null;
      this.#problem = thrown;
    } finally {
      this.#running = false;
    }
  }
}
