import type { Measurement } from '../../contract/sample.ts';
import type { Call } from './limits.ts';

/**
 * A script at work for one source: its code stays loaded between readings where it has a function `collect`, so that it may remember
 * something. One reading at a time.
 */
export interface Session {
  /**
   * One reading. The first one since its code was loaded has no samples when all went well, because what counts since the last
   * time, such as `psutil.cpu_percent()`, has no meaning then; programs remember nothing, and always have some. `settings` are
   * texts by name, secrets in clear. Throws what keeps it from having samples.
   */
  read(settings: Readonly<Record<string, string>>, call: Call): Promise<Measurement[]>;
  /** Ends what is left of it. */
  close(): void;
}

/** What a function `collect` returned: numbers by name, '' for a single one; or why there is nothing. */
export type Answer =
  | { type: 'collected'; collected: [name: string, value: number][]; leftOut: [name: string, why: string][] }
  | { type: 'failed'; message: string };
