import { PlimsollError } from '../../contract/error.ts';
import type { HistoryQuery, SeriesHistory } from '../../contract/history.ts';
import type { PastQuestions } from './past-questions.ts';
import type { Moment } from './verdict.ts';

interface PastReaderOptions {
  questions: Pick<PastQuestions, 'next' | 'learn'>;
  ask(query: HistoryQuery): Promise<SeriesHistory>;
  moment(): Moment;
}

/** How many questions are asked each time, one after the other: what people ask history for goes before. */
const questionsAtOnce = 20;

/**
 * Asks history what rules must know of the past: trends, and what is usual. A rule whose question fails knows nothing and
 * says nothing; it is asked again later.
 */
export class PastReader {
  readonly #options: PastReaderOptions;
  #reading = false;

  constructor(options: PastReaderOptions) {
    this.#options = options;
  }

  /** To be called every few seconds. Returns when what it asked is answered. */
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

/** History is away or refused. Its stage says so itself, and the question comes again. Anything else is a mistake of ours. */
function unanswered(thrown: unknown): null {
  if (thrown instanceof PlimsollError) return null;
  throw thrown;
}
