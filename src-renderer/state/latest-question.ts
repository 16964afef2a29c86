export interface LatestQuestionParts<Question, Answer> {
  /** How long a question has to stand unchanged before it is asked. */
  settleMs: number;
  ask: (question: Question, signal: AbortSignal) => Promise<Answer>;
  onAsked: (question: Question) => void;
  onAnswer: (answer: Answer, question: Question) => void;
  onProblem: (thrown: unknown) => void;
}

/**
 * Asks for what is wanted in the end, while it changes with every key and every pixel: a question is asked once it rests, the one before it
 * is given up, and no two are on their way at once, even over a carrier that cannot give one up.
 */
export class LatestQuestion<Question, Answer> {
  readonly #parts: LatestQuestionParts<Question, Answer>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #current = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: LatestQuestionParts<Question, Answer>) {
    this.#parts = parts;
  }

  /** Null: nothing is wanted now. Whatever was asked before is not answered any more. */
  want(question: Question | null): void {
    clearTimeout(this.#timer);
    this.#current.abort();
    if (question === null) return;
    const { signal } = (this.#current = new AbortController());
    this.#timer = setTimeout(() => {
      const before = this.#running;
      this.#running = before.then(() => this.#ask(question, signal));
    }, this.#parts.settleMs);
  }

  async #ask(question: Question, signal: AbortSignal): Promise<void> {
    const isWanted = (): boolean => !signal.aborted;
    if (!isWanted()) return;
    const { ask, onAsked, onAnswer, onProblem } = this.#parts;
    onAsked(question);
    try {
      const answer = await ask(question, signal);
      if (isWanted()) onAnswer(answer, question);
    } catch (thrown) {
      if (isWanted()) onProblem(thrown);
    }
  }
}
