import type { Clock } from '../base/clock.ts';
import type { Reading } from '../contract/sample.ts';
import { withRead } from './at-once.ts';
import { attempt, type Attempt } from './attempt.ts';
import type { Beat } from './beat.ts';
import type { ScheduledSource } from './messages.ts';
import type { Collector } from './source-kind.ts';
import type { Turns } from './turns.ts';

/** A collection may take as long as its interval, but never longer than this. */
const longestDeadlineMs = 10_000;

/**
 * A rate needs two collections. A source whose first one returned neither samples nor an error gets its second this
 * much later, so that a first value is there long before a whole interval has passed.
 */
const secondCollectionMs = 1_000;

/** Rates over less than this are dominated by the granularity of the counters. */
const shortestGapMs = 500;

/** After a pause longer than both, such as sleep, a rate over all of it would say nothing about now. */
const longestGapIntervals = 3;
const longestGapMs = 60_000;

interface SourceLoopOptions {
  source: ScheduledSource;
  intervalSeconds: number;
  /** Where in its interval its ticks fall, 0 to 1, counted from monotonic time 0: equal phases fall together. */
  phase: number;
  missedRuns: number;
  open(): Collector;
  host(): string;
  clock: Clock;
  beat: Beat;
  turns: Turns;
  onReading(reading: Reading, missedRuns: number): void;
}

/**
 * Samples one source for as long as it is configured. The first collection is at once, the others at a fixed rate on the
 * monotonic clock. A tick that comes while the collection before has not ended, while it still waits for its turn, or
 * too close to it is skipped and counted, as are those that passed while the process stood still: never a burst.
 */
export class SourceLoop {
  readonly #options: SourceLoopOptions;
  #source: ScheduledSource;
  #intervalMs: number;
  #missedRuns: number;
  /** Monotonic time of tick 0; tick n is n intervals later. */
  #origin = 0;
  #nextTick = 0;
  #cancelTick: () => void = () => undefined;
  #cancelSecond: () => void = () => undefined;
  #waiting = false;
  #leaveQueue: () => void = () => undefined;
  #collector: Collector | null = null;
  #fresh = false;
  #run: Attempt | null = null;
  /** That of the attempt before, where nobody listens to it any more: making one costs as much as some readings. */
  #controller: AbortController | undefined;
  #lastRunAt = Number.NEGATIVE_INFINITY;
  #started = false;
  #retired = false;

  constructor(options: SourceLoopOptions) {
    this.#options = options;
    this.#source = options.source;
    this.#intervalMs = options.intervalSeconds * 1000;
    this.#missedRuns = options.missedRuns;
  }

  get source(): ScheduledSource {
    return this.#source;
  }

  get missedRuns(): number {
    return this.#missedRuns;
  }

  start(): void {
    if (this.#retired) return;
    this.#started = true;
    this.#startTicks();
    this.#request();
  }

  /** The same work at another interval from now on; the collector and what it remembers stay. */
  setSource(source: ScheduledSource, seconds: number): void {
    this.#source = source;
    if (this.#intervalMs === seconds * 1000) return;
    this.#intervalMs = seconds * 1000;
    if (!this.#started) return;
    this.#cancelTick();
    this.#startTicks();
  }

  /** The next collection is the first of a new collector: what the one before remembers is no measure for it. */
  beginAnew(): void {
    this.#lastRunAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * Ends the loop. Nothing is reported any more, and the collector is closed as soon as it does not work. Resolves when a
   * collection under way has ended, or has been given up at its deadline.
   */
  async retire(): Promise<void> {
    this.#retired = true;
    this.#cancelTick();
    this.#cancelSecond();
    this.#leaveQueue();
    const run = this.#run;
    if (run === null) {
      this.#close();
      return;
    }
    run.abort();
    await run.reading;
  }

  /** Tick 0 is the first that is not too close to the first collection. */
  #startTicks(): void {
    const earliest = this.#options.clock.monotonic() + this.#shortestGapMs;
    const offset = Math.round(this.#intervalMs * this.#options.phase);
    this.#origin = Math.ceil((earliest - offset) / this.#intervalMs) * this.#intervalMs + offset;
    this.#nextTick = 0;
    this.#awaitTick();
  }

  #awaitTick(): void {
    const due = this.#origin + this.#nextTick * this.#intervalMs;
    this.#cancelTick = this.#options.beat.at(due, () => this.#tick());
  }

  #tick(): void {
    const now = this.#options.clock.monotonic();
    const due = Math.max(this.#nextTick, Math.floor((now - this.#origin) / this.#intervalMs));
    this.#missedRuns += due - this.#nextTick;
    this.#nextTick = due + 1;
    this.#awaitTick();
    const tooClose = now - this.#lastRunAt < this.#shortestGapMs;
    if (this.#busy || tooClose) this.#missedRuns++;
    else this.#request();
  }

  get #shortestGapMs(): number {
    return Math.min(this.#intervalMs / 2, shortestGapMs);
  }

  get #busy(): boolean {
    return this.#run !== null || this.#waiting;
  }

  #request(): void {
    this.#waiting = true;
    this.#leaveQueue = this.#options.turns.request(this.#lastRunAt, () => {
      this.#waiting = false;
      this.#collect();
    });
  }

  #collect(): void {
    const { beat, clock, host, turns } = this.#options;
    const now = clock.monotonic();
    if (now - this.#lastRunAt > Math.max(longestGapIntervals * this.#intervalMs, longestGapMs)) this.#close();
    this.#lastRunAt = now;
    const controller = this.#controller ?? new AbortController();
    const run = attempt({
      host: host(),
      source: this.#source.name,
      collect: (signal, deadlineMs) => this.#open().collect(signal, deadlineMs),
      deadlineMs: Math.min(this.#intervalMs, longestDeadlineMs),
      clock: beat,
      controller,
    });
    this.#controller = run.ended === null ? controller : undefined;
    if (run.ended !== null) {
      this.#run = run;
      void run.ended.then(() => {
        this.#run = null;
        if (this.#retired) this.#close();
      });
    }
    void withRead(run.reading, (reading) => {
      // A run that hangs gives its turn to others: it holds up its own source only.
      turns.release();
      if (this.#retired) return;
      this.#options.onReading(reading, this.#missedRuns);
      this.#awaitSecond(reading);
    });
  }

  #awaitSecond(reading: Reading): void {
    const waits = this.#fresh && reading.error === null && reading.samples.length === 0;
    this.#fresh = false;
    if (!waits) return;
    const { clock } = this.#options;
    const untilTick = this.#origin + this.#nextTick * this.#intervalMs - clock.monotonic();
    if (untilTick < secondCollectionMs + shortestGapMs) return;
    this.#cancelSecond();
    this.#cancelSecond = clock.after(secondCollectionMs, () => {
      if (!this.#busy) this.#request();
    });
  }

  #open(): Collector {
    if (this.#collector === null) {
      this.#collector = this.#options.open();
      this.#fresh = true;
    }
    return this.#collector;
  }

  #close(): void {
    const collector = this.#collector;
    this.#collector = null;
    try {
      collector?.close?.();
    } catch {
      // It is not used any more, and there is no reading left that could carry the error.
    }
  }
}
