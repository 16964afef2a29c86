import { PlimsollError } from '../../contract/error.ts';
import type { HistoryQuery, SeriesHistory } from '../../contract/history.ts';
import type { PastQuestions } from './past-questions.ts';
import type { Moment } from './verdict.ts';

interface PastReaderOptions {
  questions: Pick<PastQuestions, 'next' | 'learn'>;
  ask(query: HistoryQuery): Promise<SeriesHistory>;
  moment(): Moment;
}

/** How many questions are asked each time, one after the other: users' questions to the history take precedence. */
const questionsAtOnce = 20;

/**
 * Asks the history what rules need to know of the past: trends, and usual ranges. A rule whose question fails has no
 * result; it is asked again later.
 */
export class PastReader {
  readonly #options: PastReaderOptions;
  #reading = false;

  constructor(options: PastReaderOptions) {
    this.#options = options;
  }

  /** To be called every few seconds. Resolves when its questions are answered. */
  async read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    const { questions, ask, moment } = this.#options;
    try {
      for (let count = 0; count < questionsAtOnce; count++) {
        const question = questions.next(moment());
        if (question === null) return;
        const past = await ask(question.query).catch(unanswered);
        if (past === null) return;
        questions.learn(question, past);
      }
    } finally {
      this.#reading = false;
    }
  }
}

/** The history is unavailable or refused, which its stage reports; the question is repeated. Anything else is a bug. */
function unanswered(thrown: unknown): null {
  if (thrown instanceof PlimsollError) return null;
  throw thrown;
}
