import type { Clock } from '../base/clock.ts';
import { codeAndMessage } from '../contract/error.ts';
import type { FromHistory, SteppedAnswer } from './messages.ts';

/** So long is worked at answers before what main sent meanwhile is taken. */
const turnMs = 5;

type Steps = Generator<undefined, SteppedAnswer>;

/** Answers that take a while: worked at for a few milliseconds at a time, the oldest question first. */
export class SteppedAnswers {
  readonly #clock: Clock;
  readonly #send: (message: FromHistory) => void;
  /** Begun or waiting, by the number of their question. */
  readonly #steps = new Map<number, Steps>();
  #isStepping = false;

  constructor(clock: Clock, send: (message: FromHistory) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** The first step waits its turn, so that a question that is cancelled at once costs nothing. */
  begin(id: number, steps: Steps): void {
    this.#steps.set(id, steps);
    if (!this.#isStepping) this.#clock.after(0, () => this.#step());
    this.#isStepping = true;
  }

  forget(id: number): void {
    this.#steps.delete(id);
  }

  #step(): void {
    const end = this.#clock.monotonic() + turnMs;
    for (const [id, steps] of this.#steps) {
      if (!this.#finish(id, steps, end)) break;
    }
    this.#isStepping = this.#steps.size > 0;
    if (this.#isStepping) this.#clock.after(0, () => this.#step());
  }

  /** Returns whether it is finished. */
  #finish(id: number, steps: Steps, end: number): boolean {
    try {
      for (;;) {
        const { done, value } = steps.next();
        if (done === true) {
          this.#send({ type: 'answer', id, answer: value });
          break;
        }
        if (this.#clock.monotonic() >= end) return false;
      }
    } catch (thrown) {
      this.#send({ type: 'no-answer', id, ...codeAndMessage(thrown) });
    }
    return this.#steps.delete(id);
  }
}
