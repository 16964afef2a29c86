import type { Backtest, Suggestion } from '../../src-main/contract/backtest.ts';
import type { Rule } from '../../src-main/contract/rule.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { LiveClock } from './clock.svelte.ts';
import { LatestQuestion } from './latest-question.ts';

/** What a back-test looks back over. */
export type BacktestSpan = 'day' | 'week' | 'month';
export const backtestSpans: readonly BacktestSpan[] = ['day', 'week', 'month'];

export const daysOf: Readonly<Record<BacktestSpan, number>> = { day: 1, week: 7, month: 30 };
const dayMs = 86_400_000;
const settleMs = 250;
/** Quick answers never flicker. */
const slowAfterMs = 300;

/** The part of a rule that decides when it fires: one that is only named anew is not asked about again. */
export type BacktestRule = Omit<Rule, 'id' | 'name' | 'enabled' | 'cooldownSeconds'>;

interface Question {
  rule: BacktestRule;
  span: BacktestSpan;
  from: number;
  to: number;
}

/** An answer with what it is an answer to. */
export interface AnsweredBacktest {
  rule: BacktestRule;
  span: BacktestSpan;
  backtest: Backtest;
}

/** What a rule, as it is edited, would have done: asked anew with every change that rests. */
export class DraftBacktest {
  readonly #client: PlimsollClient;
  readonly #clock: LiveClock;
  readonly #latest: LatestQuestion<Question, Backtest>;
  readonly #suggestions: LatestQuestion<Question & { everyDays: number }, Suggestion>;
  #slowTimer: ReturnType<typeof setTimeout> | undefined;
  #span = $state<BacktestSpan>('week');
  /** The stretch stands still while the rule is edited: what was read of it is read once. */
  #to = $state(0);
  #rule: BacktestRule | null = null;
  #answer = $state.raw<AnsweredBacktest | null>(null);
  #problem = $state.raw<unknown>(null);
  #isCurrent = $state(false);
  #slow = $state(false);
  #suggestion = $state.raw<Suggestion | null>(null);
  #suggestionProblem = $state.raw<unknown>(null);
  #suggesting = $state(false);

  constructor(client: PlimsollClient, clock: LiveClock) {
    this.#client = client;
    this.#clock = clock;
    this.#to = clock.at();
    this.#latest = new LatestQuestion({
      settleMs,
      ask: ({ rule, from, to }, signal) => this.#client.backtest({ rule, from, to }, signal),
      onAsked: () => this.#waitFor(true),
      onAnswer: (backtest, { rule, span }) => {
        this.#waitFor(false);
        [this.#answer, this.#problem, this.#isCurrent] = [{ rule, span, backtest }, null, true];
      },
      onProblem: (thrown) => {
        this.#waitFor(false);
        this.#problem = thrown;
      },
    });
    this.#suggestions = new LatestQuestion({
      settleMs: 0,
      ask: ({ rule, from, to, everyDays }, signal) =>
        this.#client.suggest({ rule, from, to, everyDays }, signal),
      onAsked: () => undefined,
      onAnswer: (answer) => {
        [this.#suggestion, this.#suggestionProblem, this.#suggesting] = [answer, null, false];
      },
      onProblem: (thrown) => {
        [this.#suggestionProblem, this.#suggesting] = [thrown, false];
      },
    });
  }

  get span(): BacktestSpan {
    return this.#span;
  }
  /** The stretch that is looked at, epoch milliseconds. */
  get from(): number {
    return this.#to - daysOf[this.#span] * dayMs;
  }
  get to(): number {
    return this.#to;
  }
  /** The last answer, whatever was changed since. */
  get answer(): AnsweredBacktest | null {
    return this.#answer;
  }
  /** Whether the answer is about the rule as it stands. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }
  /** Why there is no answer to what was asked last. */
  get problem(): unknown {
    return this.#problem;
  }
  /** Whether an answer takes so long that it should be said. */
  get slow(): boolean {
    return this.#slow;
  }
  get suggestion(): Suggestion | null {
    return this.#suggestion;
  }
  get suggestionProblem(): unknown {
    return this.#suggestionProblem;
  }
  get suggesting(): boolean {
    return this.#suggesting;
  }

  /** Asks about the rule as it stands, once it rests. Null while it does not hold or the history does not run. */
  follow(rule: BacktestRule | null): void {
    this.#rule = rule;
    this.#ask();
  }

  look(span: BacktestSpan): void {
    this.#span = span;
    this.#to = this.#clock.at();
    this.#ask();
  }

  again(): void {
    this.#ask();
  }

  /** Looks for a threshold and a time at which the rule as it stands would fire once in so many days. */
  suggest(everyDays: number): void {
    const question = this.#question();
    if (question === null) return;
    [this.#suggestion, this.#suggestionProblem, this.#suggesting] = [null, null, true];
    this.#suggestions.want({ ...question, everyDays });
  }

  /** Gives up what is asked; for when nobody looks any more. */
  end(): void {
    this.#waitFor(false);
    this.#latest.want(null);
    this.#suggestions.want(null);
  }

  #ask(): void {
    this.#waitFor(false);
    [this.#isCurrent, this.#problem] = [false, null];
    // A proposal for another rule than this one is none.
    [this.#suggestion, this.#suggestionProblem, this.#suggesting] = [null, null, false];
    this.#suggestions.want(null);
    this.#latest.want(this.#question());
  }

  #question(): Question | null {
    const { from, to } = this;
    return this.#rule === null ? null : { rule: this.#rule, span: this.#span, from, to };
  }

  #waitFor(waiting: boolean): void {
    clearTimeout(this.#slowTimer);
    this.#slow = false;
    if (waiting) this.#slowTimer = setTimeout(() => (this.#slow = true), slowAfterMs);
  }
}
