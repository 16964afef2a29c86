import type { Clock } from '../base/clock.ts';
import type { TimeLost } from '../contract/event.ts';
import type { Moment } from './judging/verdict.ts';

/** Synchronised clocks drift by less; a leap second is not an event. */
const leastMs = 2_000;

/** Nobody checked for this long: the process was stopped, or the machine was too busy. */
const stoodStillMs = 30_000;

interface Clocks {
  wall: number;
  monotonic: number;
  uptime: number;
}

interface TimeWatchOptions {
  clock: Clock;
  /** Milliseconds since boot, including sleep. */
  uptime(): number;
  onLost(lost: TimeLost): void;
}

/**
 * Detects lost time from the clocks alone: the monotonic clock stops while the machine sleeps (on Linux, see
 * clock_gettime(2)), its uptime does not, and the wall clock can be set. `look` should be called every ten seconds and
 * before readings are evaluated.
 */
export class TimeWatch {
  readonly #options: TimeWatchOptions;
  #before: Clocks;
  #sleptMs = 0;

  constructor(options: TimeWatchOptions) {
    this.#options = options;
    this.#before = this.#clocks();
  }

  /** The current time; the monotonic clock includes the sleep found by the last check. */
  moment(): Moment {
    const { clock } = this.#options;
    return { now: clock.now(), monotonic: clock.monotonic() + this.#sleptMs };
  }

  look(): void {
    const { clock, onLost } = this.#options;
    const { wall, monotonic } = this.#before;
    const ranMs = clock.monotonic() - monotonic;
    const shiftMs = clock.now() - wall - ranMs;
    if (Math.abs(shiftMs) < leastMs && ranMs < stoodStillMs) {
      // As in most calls, which need no uptime: sleeps of less than two seconds add up until there is a longer one.
      this.#before.wall += ranMs + shiftMs;
      this.#before.monotonic += ranMs;
      this.#before.uptime += ranMs;
      return;
    }
    const before = this.#before;
    const now = this.#clocks();
    this.#before = now;
    const at = now.wall;
    const sleptMs = now.uptime - before.uptime - ranMs;
    if (sleptMs >= leastMs) this.#sleptMs += sleptMs;
    const setMs = shiftMs - Math.max(0, sleptMs);
    if (sleptMs >= leastMs) onLost({ at, cause: 'slept', ms: Math.round(sleptMs) });
    if (ranMs >= stoodStillMs) onLost({ at, cause: 'stood_still', ms: Math.round(ranMs) });
    if (Math.abs(setMs) >= leastMs) onLost({ at, cause: 'clock_set', ms: Math.round(setMs) });
  }

  #clocks(): Clocks {
    const { clock, uptime } = this.#options;
    return { wall: clock.now(), monotonic: clock.monotonic(), uptime: uptime() };
  }
}
