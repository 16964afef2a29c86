import type { Clock } from '../base/clock.ts';
import type { FromCollectors, ScheduledSource, ToCollectors } from '../collectors/messages.ts';
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

/** Main's side of the collectors process: tells it what to sample, now and after each restart, and hands on what it reads. */
export class CollectorsLink {
  readonly #options: CollectorsLinkOptions;
  readonly #stage: Stage<ToCollectors, FromCollectors>;
  #configuration: ToCollectors | undefined;

  constructor(options: CollectorsLinkOptions) {
    this.#options = options;
    this.#stage = new Stage<ToCollectors, FromCollectors>({
      entry: 'collectors',
      spawn: options.spawn,
      clock: options.clock,
      stopMessage: { type: 'stop' },
      onMessage: (message) => this.#receive(message),
      onGone: () => undefined,
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
      case 'cost':
        this.#options.onCost(message.cpuMs);
        return;
      case 'stopped':
        return;
    }
  }
}
