import type { Clock } from '../base/clock.ts';
import type { Reading } from '../contract/sample.ts';
import { withRead } from './at-once.ts';
import { attempt, type Attempt } from './attempt.ts';
import type { Beat } from './beat.ts';
import type { ScheduledSource } from './messages.ts';
import type { Collector } from './source-kind.ts';
import type { Turns } from './turns.ts';

/** A collection may take as long as its interval, but no longer than this. */
const longestDeadlineMs = 10_000;

/**
 * A rate needs two collections. If the first returned neither samples nor an error, the second comes this much later,
 * so that the first value does not take a whole interval.
 */
const secondCollectionMs = 1_000;

/** Rates over a shorter time are dominated by the granularity of the counters. */
const shortestGapMs = 500;

/** After a pause longer than both, such as sleep, a rate across it would be misleading. */
const longestGapIntervals = 3;
const longestGapMs = 60_000;

interface SourceLoopOptions {
  source: ScheduledSource;
  intervalSeconds: number;
  /** The position of its ticks in the interval, 0 to 1, counted from monotonic time 0: equal phases tick together. */
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
 * Samples one source for as long as it is configured. The first collection is immediate, later ones run at a fixed rate
 * on the monotonic clock. A tick is skipped and counted if the previous collection has not ended, still waits for its
 * turn, or was too recent. Ticks missed while the process stood still are skipped too: there is never a burst.
 */
export class SourceLoop {
  readonly #options: SourceLoopOptions;
  #source: ScheduledSource;
  #intervalMs: number;
  #missedRuns: number;
  /** Monotonic time of tick 0; tick n comes n intervals later. */
  #origin = 0;
  #nextTick = 0;
  #cancelTick: () => void = () => undefined;
  #cancelSecond: () => void = () => undefined;
  #waiting = false;
  #leaveQueue: () => void = () => undefined;
  #collector: Collector | null = null;
  #fresh = false;
  #run: Attempt | null = null;
  /**
   * The previous attempt's controller, if nobody listens to it any more: creating one costs as much as some readings.
   */
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

  /** Changes the interval from now on; the collector and its state stay. */
  setSource(source: ScheduledSource, seconds: number): void {
    this.#source = source;
    if (this.#intervalMs === seconds * 1000) return;
    this.#intervalMs = seconds * 1000;
    if (!this.#started) return;
    this.#cancelTick();
    this.#startTicks();
  }

  /**
   * The next collection uses a new collector, because the state of the old one is no longer a valid basis for rates.
   */
  beginAnew(): void {
    this.#lastRunAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * Ends the loop. Nothing more is reported, and the collector is closed when it is idle. Resolves when a running
   * collection has ended, or has been given up at its deadline.
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

  /** Tick 0 is the first one not too close to the first collection. */
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
      // A hanging collection gives its turn back, so that it delays only its own source.
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
      // The collector is no longer used, and no reading is left to carry the error.
    }
  }
}
