import type { Measurement } from '../../contract/sample.ts';
import type { Call } from './limits.ts';

/** The newest numbers by source and metric; labels stand behind the name as in Prometheus, `mount_percent{mount="/"}`. */
export type KnownNumbers = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What a script is told at each reading. */
export interface Told {
  /** Texts by name, secrets in clear. */
  settings: Readonly<Record<string, string>>;
  /** What is known of all sources, for `check(metrics)`. */
  metrics: KnownNumbers;
}

/**
 * A script at work for one source: its code stays loaded between readings where it has a function `collect`, so that it may remember
 * something. One reading at a time.
 */
export interface Session {
  /**
   * One reading. The first one since its code was loaded has no samples when all went well, because what counts since the last
   * time, such as `psutil.cpu_percent()`, has no meaning then; programs remember nothing, and always have some. Throws what keeps
   * it from having samples.
   */
  read(told: Told, call: Call): Promise<Measurement[]>;
  /** Ends what is left of it. */
  close(): void;
}

/**
 * What a function `collect` returned: numbers by name, '' for a single one; and what `check` found wrong, each with its level,
 * where there is such a function and it did not fail. Or why there is nothing.
 */
export type Answer =
  | {
      type: 'collected';
      collected: [name: string, value: number][];
      leftOut: [name: string, why: string][];
      violations?: [name: string, level: ViolationLevel][];
    }
  | { type: 'failed'; message: string };

/** 1 is a warning, 2 is critical. */
export type ViolationLevel = 1 | 2;
