import type { Clock } from '../base/clock.ts';
import type { TimeLost } from '../contract/event.ts';

/** Clocks that are kept in step drift by less; a second that is inserted is no event. */
const leastMs = 2_000;

/** Nobody looked for so long although somebody should have: the process was stopped, or the machine had no time for it. */
const stoodStillMs = 30_000;

interface Moment {
  wall: number;
  monotonic: number;
  uptime: number;
}

interface TimeWatchOptions {
  clock: Clock;
  /** Milliseconds since the machine was started, sleep included. */
  uptime(): number;
  onLost(lost: TimeLost): void;
}

/**
 * Finds out by the clocks alone that time was lost: the monotonic clock stands still while the machine sleeps (on Linux, see
 * clock_gettime(2)), its uptime does not, and the wall clock can be set. `look` wants to be called every ten seconds and
 * before what is read is judged.
 */
export class TimeWatch {
  readonly #options: TimeWatchOptions;
  #before: Moment;
  #sleptMs = 0;

  constructor(options: TimeWatchOptions) {
    this.#options = options;
    this.#before = this.#moment();
  }

  /** How long the machine has slept since the watch began: what the monotonic clock did not count, as of the last look. */
  get sleptMs(): number {
    return this.#sleptMs;
  }

  look(): void {
    const { clock, onLost } = this.#options;
    const { wall, monotonic } = this.#before;
    const ranMs = clock.monotonic() - monotonic;
    const shiftMs = clock.now() - wall - ranMs;
    if (Math.abs(shiftMs) < leastMs && ranMs < stoodStillMs) {
      // As on most calls, which ask no uptime: sleeps of under two seconds add up until there is a longer one.
      this.#before.wall += ranMs + shiftMs;
      this.#before.monotonic += ranMs;
      this.#before.uptime += ranMs;
      return;
    }
    const before = this.#before;
    const now = this.#moment();
    this.#before = now;
    const at = now.wall;
    const sleptMs = now.uptime - before.uptime - ranMs;
    if (sleptMs >= leastMs) this.#sleptMs += sleptMs;
    const setMs = shiftMs - Math.max(0, sleptMs);
    if (sleptMs >= leastMs) onLost({ at, cause: 'slept', ms: Math.round(sleptMs) });
    if (ranMs >= stoodStillMs) onLost({ at, cause: 'stood_still', ms: Math.round(ranMs) });
    if (Math.abs(setMs) >= leastMs) onLost({ at, cause: 'clock_set', ms: Math.round(setMs) });
  }

  #moment(): Moment {
    const { clock, uptime } = this.#options;
    return { wall: clock.now(), monotonic: clock.monotonic(), uptime: uptime() };
  }
}
