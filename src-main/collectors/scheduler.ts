import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Reading } from '../contract/sample.ts';
import type { ScheduledSource } from './messages.ts';
import { Beat } from './beat.ts';
import { OwnNetwork } from './own-network.ts';
import { Pace, type Slowness } from './pace.ts';
import { NewestNumbers } from './newest-numbers.ts';
import { secretsOf } from './source-secrets.ts';
import type { ScriptPlaces, SourceKind } from './source-kind.ts';
import { SourceLoop } from './source-loop.ts';
import type { System } from './system/system.ts';
import { Turns } from './turns.ts';

interface SchedulerOptions {
  kinds: readonly SourceKind[];
  system: System;
  clock: Clock;
  /** Where scripts are and how they run; without it none does. */
  scripts?: ScriptPlaces;
  /** `missedRuns` counts this source's skipped ticks since it was first configured. */
  onReading(reading: Reading, missedRuns: number): void;
  /** Whether this machine has a network, after each change; null while that cannot be told. */
  onNetwork?(isUp: boolean | null): void;
}

export interface Configuration {
  /** Name of this machine, as it stands in the readings. */
  host: string;
  /** How many sources may collect at the same time; those that hang past their deadline do not count. */
  maxWorkers: number;
  /** When to go slower; never where it does not say. */
  slowness?: Slowness;
  sources: readonly ScheduledSource[];
}

const neverSlow: Slowness = { onBattery: false, unwatched: false };

/** Where the sources of this machine tick: together, so that reading them wakes the process once. */
const localPhase = 0;

/** Multiples of it, modulo 1, spread any number of sources that ask others about evenly over their interval. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** Runs one loop per configured source; one that hangs, fails or is slow hurts itself alone. */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #turns = new Turns(1);
  readonly #beat: Beat;
  readonly #pace: Pace;
  readonly #network: OwnNetwork;
  readonly #loops = new Map<string, SourceLoop>();
  /** Names whose last loop has not let go yet. */
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #known = new NewestNumbers();
  #host = '';
  #spread = 0;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#beat = new Beat(options.clock);
    this.#network = new OwnNetwork({
      ...options,
      beat: this.#beat,
      onChange: (isUp) => options.onNetwork?.(isUp),
    });
    this.#pace = new Pace({ ...options, onChange: () => this.#setIntervals() });
  }

  /**
   * Samples these sources from now on. A source of the same name, kind and options goes on with its collector, so
   * that rates lose no interval; others are closed, and opened anew when the collection under way has ended.
   */
  configure({ host, maxWorkers, slowness, sources }: Configuration): void {
    this.#host = host;
    this.#network.start();
    this.#pace.configure(slowness ?? neverSlow);
    this.#turns.setLimit(maxWorkers);
    const names = new Set(sources.map(({ name }) => name));
    for (const name of this.#loops.keys()) {
      if (!names.has(name)) this.#retire(name);
    }
    for (const source of sources) {
      const loop = this.#loops.get(source.name);
      if (loop !== undefined && sameWork(loop.source, source)) {
        loop.setSource(source, this.#intervalOf(source));
      } else {
        if (loop !== undefined) this.#retire(source.name);
        this.#start(source, loop?.missedRuns ?? 0);
      }
    }
  }

  watched(isWatched: boolean): void {
    this.#pace.watched(isWatched);
  }

  /** Rates begin anew, with the next collection of each source. */
  timeLost(): void {
    for (const loop of this.#loops.values()) loop.beginAnew();
  }

  /** Ends all loops; no reading comes after this. */
  stop(): void {
    this.#pace.stop();
    this.#network.stop();
    for (const name of [...this.#loops.keys()]) this.#retire(name);
  }

  #start(source: ScheduledSource, missedRuns: number): void {
    const { kinds, system, clock, scripts } = this.#options;
    const host = kinds.find(({ kind }) => kind === source.kind)?.asks?.(source.options);
    const loop = new SourceLoop({
      source,
      missedRuns,
      intervalSeconds: this.#intervalOf(source),
      phase: this.#phaseOf(source),
      open: () =>
        this.#kindOf(source).open(source.options, {
          system,
          monotonic: () => clock.monotonic(),
          secret: secretsOf(source),
          scripts: scripts && {
            ...scripts,
            approval: source.approval ?? null,
            known: () => this.#known.all(),
          },
        }),
      host: () => this.#host,
      clock,
      beat: this.#beat,
      turns: this.#turns,
      onReading: (reading, missed) => this.#weigh(loop, host, reading, missed),
    });
    this.#loops.set(source.name, loop);
    const leaving = this.#leaving.get(source.name);
    if (leaving === undefined) loop.start();
    else void leaving.then(() => loop.start());
  }

  /** What a source that asks others (`host`, see `SourceKind.asks`) found out is held against what is known of our own network. */
  #weigh(loop: SourceLoop, host: string | null | undefined, reading: Reading, missedRuns: number): void {
    const weighed =
      host === undefined ? reading : this.#network.weigh(reading, host, loop.source.intervalSeconds * 1000);
    if (!(weighed instanceof Promise)) {
      this.#tell(weighed, missedRuns);
      return;
    }
    void weighed.then((later) => {
      if (this.#loops.get(loop.source.name) === loop) this.#tell(later, missedRuns);
    });
  }

  #tell(reading: Reading, missedRuns: number): void {
    this.#known.enter(reading);
    this.#options.onReading(reading, missedRuns);
  }

  #retire(name: string): void {
    const loop = this.#loops.get(name);
    if (loop === undefined) return;
    this.#loops.delete(name);
    this.#known.forget(name);
    const before = this.#leaving.get(name);
    const left = Promise.all([before, loop.retire()]).then(() => {
      if (this.#leaving.get(name) === left) this.#leaving.delete(name);
    });
    this.#leaving.set(name, left);
  }

  #intervalOf({ intervalSeconds, slowIntervalSeconds }: ScheduledSource): number {
    return this.#pace.isSlow ? (slowIntervalSeconds ?? intervalSeconds) : intervalSeconds;
  }

  #setIntervals(): void {
    for (const loop of this.#loops.values()) loop.setSource(loop.source, this.#intervalOf(loop.source));
  }

  #phaseOf({ kind }: ScheduledSource): number {
    const isLocal = this.#options.kinds.some((other) => other.kind === kind && other.local === true);
    return isLocal ? localPhase : (this.#spread++ * goldenRatio) % 1;
  }

  #kindOf(source: ScheduledSource): SourceKind {
    const kind = this.#options.kinds.find((other) => other.kind === source.kind);
    if (kind === undefined) {
      throw new PlimsollError(
        'unsupported',
        `This version of Plimsoll has no source kind "${source.kind}". Change the kind of "${source.name}" or remove it.`,
      );
    }
    return kind;
  }
}

function sameWork(before: ScheduledSource, after: ScheduledSource): boolean {
  return (
    before.kind === after.kind &&
    isDeepStrictEqual(before.options, after.options) &&
    isDeepStrictEqual(before.secrets, after.secrets) &&
    isDeepStrictEqual(before.approval, after.approval)
  );
}
