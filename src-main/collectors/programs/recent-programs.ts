import type { Clock } from '../../base/clock.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { TopPrograms } from '../../contract/top-programs.ts';
import type { System } from '../system/system.ts';
import { Following } from './following.ts';
import { ProgramHistory } from './program-history.ts';

/**
 * Takes about five milliseconds for a few hundred processes: often enough to see what grows, too rare to be noticed.
 */
const everyMs = 30_000;
/** Processor time over a shorter span is mostly noise. */
const shortestSpanMs = 2_000;
const shown = 5;
/** A program that somebody else examined within this time is not examined again, unless a user asks. */
const recentlyMs = 5_000;

interface RecentProgramsParts {
  system: Pick<System, 'processes'>;
  clock: Clock;
}

/**
 * Examines all programs every thirty seconds, even if no source is about processes, so that it can always say what is
 * running and how that changed in ten minutes.
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
    // If the processes of this machine cannot be read, whoever asks gets the error.
    this.#look(recentlyMs).catch(() => undefined);
  }

  stop(): void {
    this.#cancel();
  }

  /**
   * The top programs now, measured since the previous look but over two seconds at least. Throws the errors of reading
   * processes, and `unreadable` with retry when nothing is known yet.
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
    // After the first look, memory is known but processor time is not.
    if (hasRates || this.#history.latest(1) === null)
      this.#history.record(clock.now(), [...this.#following.programs().values()]);
  }
}
