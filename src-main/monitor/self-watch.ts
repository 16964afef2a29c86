import { afterAbout } from '../base/clock.ts';
import type { Clock } from '../base/clock.ts';
import type { DestinationHealth } from '../contract/delivery.ts';
import type { Reading } from '../contract/sample.ts';
import type { OwnCost, StageHealth } from '../contract/status.ts';
import { OwnCostMeter } from './own-cost.ts';
import { ownReading } from './own-source.ts';

const intervalMs = 10_000;

interface SelfWatchOptions {
  host: string;
  clock: Clock;
  stages(): StageHealth[];
  destinations(): DestinationHealth[];
  /** How long a destination must have failed to count as lost, in milliseconds. */
  lostAfterMs(): number;
  /** Null while unknown. */
  networkUp(): boolean | null;
  onReading(reading: Reading): void;
  onCost(cost: OwnCost): void;
}

/** Samples Plimsoll itself every ten seconds from the start. */
export class SelfWatch {
  readonly #options: SelfWatchOptions;
  readonly #meter = new OwnCostMeter();
  #startedMonotonic: number | undefined;
  #cost: OwnCost | null = null;
  #cancel: () => void = () => undefined;

  constructor(options: SelfWatchOptions) {
    this.#options = options;
  }

  /** Null before the first measurement. */
  get cost(): OwnCost | null {
    return this.#cost;
  }

  /** `cpuMs`: processor time that the child `name` has used since it started. */
  report(name: string, cpuMs: number): void {
    this.#meter.report(name, cpuMs);
  }

  start(): void {
    const { host, clock, stages, destinations, lostAfterMs, networkUp, onReading, onCost } = this.#options;
    this.#cancel = afterAbout(clock, intervalMs, () => this.start());
    const pids = [process.pid, ...stages().map(({ pid }) => pid)].filter((pid) => pid !== null);
    this.#cost = this.#meter.measure(pids, clock.now(), clock.monotonic());
    onCost(this.#cost);
    this.#startedMonotonic ??= clock.monotonic();
    const runningMs = clock.monotonic() - this.#startedMonotonic;
    onReading(ownReading(host, this.#cost, stages(), destinations(), runningMs, networkUp(), lostAfterMs()));
  }

  stop(): void {
    this.#cancel();
  }
}
