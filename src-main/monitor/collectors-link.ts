import type { Clock } from '../base/clock.ts';
import type { FromCollectors, ScheduledSource, ToCollectors } from '../collectors/messages.ts';
import type { Slowness } from '../collectors/pace.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Spawn } from '../contract/port.ts';
import type { Reading } from '../contract/sample.ts';
import type { StageHealth } from '../contract/status.ts';
import { Stage } from './stage.ts';

interface CollectorsLinkOptions {
  host: string;
  spawn: Spawn;
  clock: Clock;
  onReading(reading: Reading, missedRuns: number): void;
  onHealth(health: StageHealth): void;
  onCost(cpuMs: number): void;
}

/** Two collections of ten seconds at most, and a second between them. */
const answerDeadlineMs = 25_000;

interface Waiting {
  resolve(reading: Reading): void;
  reject(problem: PlimsollError): void;
  cancelDeadline(): void;
}

/** Main's side of the collectors process: tells it what to sample, now and after each restart, and hands on what it reads. */
export class CollectorsLink {
  readonly #options: CollectorsLinkOptions;
  readonly #stage: Stage<ToCollectors, FromCollectors>;
  #configuration: ToCollectors | undefined;
  #isWatched = false;
  #asked = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(options: CollectorsLinkOptions) {
    this.#options = options;
    this.#stage = new Stage<ToCollectors, FromCollectors>({
      entry: 'collectors',
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

  configure(sources: ScheduledSource[], maxWorkers: number, slowness: Slowness): void {
    const { host } = this.#options;
    this.#configuration = { type: 'configure', host, maxWorkers, slowness, sources };
    if (this.#stage.health.state === 'running') this.#stage.send(this.#configuration);
  }

  /** Whether a window shows what is read. */
  watched(isWatched: boolean): void {
    this.#isWatched = isWatched;
    if (this.#stage.health.state === 'running') this.#stage.send({ type: 'watched', isWatched });
  }

  /** Rates over the time that was lost say nothing. */
  timeLost(): void {
    if (this.#stage.health.state === 'running') this.#stage.send({ type: 'time-lost' });
  }

  /** Has a source sampled once. Rejects with `stage_down` when nobody is there to do it, and `deadline` when nobody answers. */
  sample(source: ScheduledSource): Promise<Reading> {
    if (this.#stage.health.state !== 'running') return Promise.reject(away());
    const id = ++this.#asked;
    const { host, clock } = this.#options;
    return new Promise((resolve, reject) => {
      const cancelDeadline = clock.after(answerDeadlineMs, () => {
        this.#waiting.delete(id);
        reject(new PlimsollError('deadline', 'The collectors did not answer in time.', { retry: true }));
      });
      this.#waiting.set(id, { resolve, reject, cancelDeadline });
      this.#stage.send({ type: 'sample', id, host, source });
    });
  }

  start(): void {
    this.#stage.start();
  }

  retry(): void {
    this.#stage.retry();
  }

  stop(): Promise<void> {
    return this.#stage.stop();
  }

  #receive(message: FromCollectors): void {
    switch (message.type) {
      case 'ready':
        this.#stage.send({ type: 'watched', isWatched: this.#isWatched });
        if (this.#configuration !== undefined) this.#stage.send(this.#configuration);
        return;
      case 'readings':
        for (const { reading, missedRuns } of message.readings) {
          this.#options.onReading(reading, missedRuns);
        }
        return;
      case 'sampled':
        this.#settle(message.id)?.resolve(message.reading);
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

  #gone(): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(away());
  }
}

function away(): PlimsollError {
  return new PlimsollError('stage_down', 'The collectors are not running at the moment. Try again.', {
    retry: true,
  });
}
