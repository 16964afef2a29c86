import type { Clock } from '../../base/clock.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { TopPrograms } from '../../contract/top-programs.ts';
import type { System } from '../system/system.ts';
import { Following } from './following.ts';
import { ProgramHistory } from './program-history.ts';

/** About five milliseconds of work for some hundred processes: often enough to see what grows, too seldom to be felt. */
const everyMs = 30_000;
/** Processor time over less than this is chance. */
const shortestSpanMs = 2_000;
const shown = 5;
/** A program that somebody else looked at this long ago need not be looked at again, where nobody asks. */
const recentlyMs = 5_000;

interface RecentProgramsParts {
  system: Pick<System, 'processes'>;
  clock: Clock;
}

/**
 * Looks at all programs every thirty seconds, whether or not a source is about processes, so that it can be said at any time what
 * runs and how that has changed in ten minutes.
 */
export class RecentPrograms {
  readonly #parts: RecentProgramsParts;
  readonly #following = new Following();
  readonly #history = new ProgramHistory();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | null = null;
  #cancel: () => void = () => undefined;

  constructor(parts: RecentProgramsParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#cancel = this.#parts.clock.after(everyMs, () => this.start());
    // A machine whose processes cannot be read is told so when somebody asks.
    this.#look(recentlyMs).catch(() => undefined);
  }

  stop(): void {
    this.#cancel();
  }

  /**
   * The programs that lead now, over the time since the look before, which is two seconds at least. Throws what reading the
   * processes throws, and `unreadable`, to be tried again, when nothing is known yet.
   */
  async top(): Promise<TopPrograms> {
    if (this.#parts.clock.monotonic() - this.#lookedAt >= shortestSpanMs) await this.#look(0);
    const latest = this.#history.latest(shown);
    if (latest !== null) return latest;
    throw new PlimsollError('unreadable', 'No two looks at the processes have been taken yet.', {
      retry: true,
    });
  }

  #look(oldestMs: number): Promise<void> {
    this.#looking ??= this.#take(oldestMs).finally(() => (this.#looking = null));
    return this.#looking;
  }

  async #take(oldestMs: number): Promise<void> {
    const { system, clock } = this.#parts;
    const at = clock.monotonic();
    const table = await system.processes(({ lookedAt = at }) => at - lookedAt >= oldestMs);
    this.#lookedAt = at;
    const hasRates = this.#following.take(table, this.#lookedAt);
    // The first look knows no processor time, but memory.
    if (hasRates || this.#history.latest(1) === null)
      this.#history.record(clock.now(), [...this.#following.programs().values()]);
  }
}
