import type { Measurement } from '../../contract/sample.ts';
import type { Call } from './limits.ts';

/** The latest numbers by source and metric; labels follow the name as in Prometheus, `mount_percent{mount="/"}`. */
export type KnownNumbers = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The arguments of each reading of a script. */
export interface Told {
  /** Setting values by name, with secrets in clear. */
  settings: Readonly<Record<string, string>>;
  /** The latest numbers of all sources, for `check(metrics)`. */
  metrics: KnownNumbers;
}

/**
 * A running script of one source. If it has a function `collect`, its code stays loaded between readings, so that it
 * can remember things. One reading at a time.
 */
export interface Session {
  /**
   * Takes one reading. The first successful one after the code was loaded returns no samples, because values measured
   * since the last call, as `psutil.cpu_percent()` returns, mean nothing then. Programs remember nothing, so that all
   * their readings count. Throws the reason why there are no samples.
   */
  read(told: Told, call: Call): Promise<Measurement[]>;
  /** Ends whatever is still running. */
  close(): void;
}

/**
 * What `collect` returned: numbers by name, '' for a single one. Also the violations that `check` found, each with its
 * level, if there is such a function and it did not fail. Or the reason why there is nothing.
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
