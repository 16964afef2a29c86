import { afterAbout } from '../../base/clock.ts';
import type { Clock } from '../../base/clock.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Spawn } from '../../contract/port.ts';
import type { Reading } from '../../contract/sample.ts';
import type { Monitoring } from '../../contract/settings.ts';
import type { StageHealth } from '../../contract/status.ts';
import type {
  FromHistory,
  HadBefore,
  HistoryQuestion,
  HistoryQuestions,
  Retention,
  ToHistory,
} from '../../history/messages.ts';
import { TakePacker } from '../../history/packed-takes.ts';
import { Stage } from './stage.ts';

/** How many readings wait while the history is unavailable: with 50 sources every 5 s over an hour. */
const mostWaiting = 50_000;
/** Waiting readings are sent again in pieces of this many: few messages, and each committed in milliseconds. */
const readingsAtOnce = 500;
const answerDeadlineMs = 10_000;
const resendDelayMs = 5000;
/** A message and a commit for each tick would cost more than everything else that is done with most readings. */
const gatherMs = 10_000;

interface Waiting {
  resolve(answer: HistoryQuestions[HistoryQuestion]['answer']): void;
  reject(error: PlimsollError): void;
  cancelDeadline(): void;
}

interface HistoryLinkOptions {
  spawn: Spawn;
  clock: Clock;
  onHealth(health: StageHealth): void;
  /** There is one notice for each id; null takes it back. */
  onNotice(id: string, message: string | null): void;
  onCost(cpuMs: number): void;
}

/**
 * Main's side of the history process. Readings are collected for about ten seconds, or until a question is asked, kept until
 * they are committed, and sent again if the process died; the store keeps duplicates only once. Its loss delays nothing
 * here: questions fail, but sampling and evaluating continue.
 */
export class HistoryLink {
  readonly #options: HistoryLinkOptions;
  readonly #stage: Stage<ToHistory, FromHistory>;
  readonly #unacknowledged = new Map<number, Reading[]>();
  /** How many readings it contains. */
  #waitingReadings = 0;
  /** Not sent yet. */
  #gathered: Reading[] = [];
  #cancelGathering: (() => void) | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #ready = false;
  /** Of the current process. */
  #packer = new TakePacker();
  #batch = 0;
  #question = 0;
  #retention: Retention;
  #cancelResend: (() => void) | undefined;

  constructor(options: HistoryLinkOptions, retention: Retention) {
    this.#options = options;
    this.#retention = retention;
    this.#stage = new Stage<ToHistory, FromHistory>({
      entry: 'history',
      spawn: options.spawn,
      clock: options.clock,
      stopMessage: { type: 'stop' },
      onMessage: (message) => this.#receive(message),
      onGone: () => this.#gone(),
      onHealth: options.onHealth,
    });
  }

  get health(): StageHealth {
    return this.#stage.health;
  }

  start(): void {
    this.#stage.start();
  }

  retry(): void {
    this.#stage.retry();
  }

  async stop(): Promise<void> {
    this.#cancelResend?.();
    this.#flush();
    await this.#stage.stop();
  }

  append(reading: Reading): void {
    this.#gathered.push(reading);
    this.#cancelGathering ??= afterAbout(this.#options.clock, gatherMs, () => this.#flush());
    if (this.#gathered.length >= readingsAtOnce) this.#flush();
  }

  #flush(): void {
    const readings = this.#takeGathered();
    if (readings.length === 0) return;
    this.#keep(readings);
    if (this.#waitingReadings <= mostWaiting) return;
    for (const [oldest] of this.#unacknowledged) {
      if (this.#waitingReadings <= mostWaiting) break;
      this.#forget(oldest);
    }
    this.#options.onNotice(
      'history-lost',
      'History is away for so long that the oldest readings are no longer kept for it. Sampling and alerts are not affected.',
    );
  }

  #takeGathered(): Reading[] {
    this.#cancelGathering?.();
    this.#cancelGathering = undefined;
    const readings = this.#gathered;
    this.#gathered = [];
    return readings;
  }

  retain(retention: Retention): void {
    this.#retention = retention;
    if (this.#ready) this.#stage.send({ type: 'retain', ...retention });
  }

  /** If `signal` is aborted because nobody waits any more, the question is cancelled on both sides. */
  ask<Question extends HistoryQuestion>(
    question: Question,
    ask: HistoryQuestions[Question]['ask'],
    signal?: AbortSignal,
    deadlineMs = answerDeadlineMs,
  ): Promise<HistoryQuestions[Question]['answer']> {
    if (!this.#ready) return Promise.reject(away());
    if (signal?.aborted === true) return Promise.reject(givenUp());
    this.#flush();
    const id = ++this.#question;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => this.#giveUp(id, givenUp());
      signal?.addEventListener('abort', giveUp, { once: true });
      const cancelTimer = this.#options.clock.after(deadlineMs, () => {
        const problem = new PlimsollError(
          'deadline',
          `History did not answer within ${deadlineMs / 1000} seconds.`,
          { retry: true },
        );
        this.#giveUp(id, problem);
      });
      const cancelDeadline = (): void => {
        cancelTimer();
        signal?.removeEventListener('abort', giveUp);
      };
      this.#waiting.set(id, {
        resolve: (answer) => resolve(answer),
        reject,
        cancelDeadline,
      });
      this.#stage.send({ type: 'ask', id, question, ask } as ToHistory);
    });
  }

  /** Stores posts of other machines, see `take` of `HistoryQuestions`. */
  take(readings: readonly Reading[]): Promise<HadBefore[]> {
    if (!this.#ready) return Promise.reject(away());
    // The other side learns names in the order in which they were packed, so the waiting readings are sent first.
    this.#flush();
    return this.ask('take', this.#packer.pack(readings));
  }

  #giveUp(id: number, problem: PlimsollError): void {
    this.#settle(id)?.reject(problem);
    if (this.#ready) this.#stage.send({ type: 'forget', id });
  }

  #receive(message: FromHistory): void {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        if (message.notice !== null) this.#options.onNotice('history-start', message.notice);
        this.#stage.send({ type: 'retain', ...this.#retention });
        this.#resend();
        return;
      case 'refused':
        this.#stage.refuse(message.message);
        return;
      case 'committed':
        this.#forget(message.batch);
        if (this.#waitingReadings === 0) this.#options.onNotice('history-write', null);
        return;
      case 'not-committed':
        this.#options.onNotice('history-write', `History could not be written: ${message.message}`);
        this.#cancelResend?.();
        this.#cancelResend = this.#options.clock.after(resendDelayMs, () => this.#resend());
        return;
      case 'answer':
        this.#settle(message.id)?.resolve(message.answer);
        return;
      case 'no-answer':
        this.#settle(message.id)?.reject(new PlimsollError(message.code, message.message));
        return;
      case 'notice':
        this.#options.onNotice(`history-${message.id}`, message.message);
        return;
      case 'cost':
        this.#options.onCost(message.cpuMs);
        return;
      case 'stopped':
        return;
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.cancelDeadline();
    return waiting;
  }

  /** Keeps readings until they are acknowledged, and sends them if there is a process. */
  #keep(readings: Reading[]): void {
    const batch = ++this.#batch;
    this.#unacknowledged.set(batch, readings);
    this.#waitingReadings += readings.length;
    if (this.#ready) this.#stage.send({ type: 'append', batch, readings: this.#packer.pack(readings) });
  }

  #forget(batch: number): void {
    this.#waitingReadings -= this.#unacknowledged.get(batch)?.length ?? 0;
    this.#unacknowledged.delete(batch);
  }

  #resend(): void {
    if (!this.#ready) return;
    const readings = [...this.#unacknowledged.values(), this.#takeGathered()].flat();
    this.#unacknowledged.clear();
    this.#waitingReadings = 0;
    for (let start = 0; start < readings.length; start += readingsAtOnce) {
      this.#keep(readings.slice(start, start + readingsAtOnce));
    }
  }

  #gone(): void {
    this.#ready = false;
    this.#packer = new TakePacker();
    this.#cancelResend?.();
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(away());
  }
}

function givenUp(): PlimsollError {
  return new PlimsollError('deadline', 'Whoever asked history does not wait for the answer any more.');
}

/** The retention according to the settings. */
export function retentionOf(monitoring: Monitoring): Retention {
  return {
    rawHours: monitoring.rawRetentionHours,
    minuteDays: monitoring.minuteRetentionDays,
    hourDays: monitoring.hourRetentionDays,
    dayDays: monitoring.dayRetentionDays,
    mostBytes: monitoring.historyMegabytes * 1024 * 1024,
  };
}

function away(): PlimsollError {
  return new PlimsollError('stage_down', 'History is not running at the moment. Sampling and alerts go on.', {
    retry: true,
  });
}
