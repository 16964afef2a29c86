import type { Clock } from '../base/clock.ts';
import type { FromCollectors, ScheduledSource, ToCollectors } from '../collectors/messages.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Spawn } from '../contract/port.ts';
import type { Reading } from '../contract/sample.ts';
import type { StageHealth } from '../contract/status.ts';
import { ModuleProcesses } from './module-processes.ts';
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
  readonly #modules: ModuleProcesses;
  #configuration: ToCollectors | undefined;
  #asked = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(options: CollectorsLinkOptions) {
    this.#options = options;
    this.#modules = new ModuleProcesses({
      spawn: options.spawn,
      onOutcome: (id, outcome) => this.#stage.send({ type: 'module-called', id, outcome }),
    });
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

  configure(sources: ScheduledSource[], maxWorkers: number): void {
    this.#configuration = { type: 'configure', host: this.#options.host, maxWorkers, sources };
    if (this.#stage.health.state === 'running') this.#stage.send(this.#configuration);
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
        if (this.#configuration !== undefined) this.#stage.send(this.#configuration);
        return;
      case 'reading':
        this.#options.onReading(message.reading, message.missedRuns);
        return;
      case 'sampled':
        this.#settle(message.id)?.resolve(message.reading);
        return;
      case 'call-module':
        this.#modules.call(message.id, message.call);
        return;
      case 'end-module':
        this.#modules.end(message.id);
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
    this.#modules.endAll();
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(away());
  }
}

function away(): PlimsollError {
  return new PlimsollError('stage_down', 'The collectors are not running at the moment. Try again.', {
    retry: true,
  });
}
