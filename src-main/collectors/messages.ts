import type { Reading } from '../contract/sample.ts';
import type { TopPrograms } from '../contract/top-programs.ts';

/** One enabled source, as the scheduler needs it: options validated, interval decided. */
export interface ScheduledSource {
  name: string;
  kind: string;
  intervalSeconds: number;
  options: Record<string, unknown>;
  /** What the references in its options lead to, by the reference as JSON; or why they lead nowhere. */
  secrets: Record<string, { value: string } | { problem: string }>;
}

export type ToCollectors =
  | { type: 'configure'; host: string; maxWorkers: number; sources: ScheduledSource[] }
  /** One look at a source that need not be configured; answered by `sampled` with the same id. */
  | { type: 'sample'; id: number; host: string; source: ScheduledSource }
  /** What runs and how that has changed in ten minutes; answered by `top` with the same id. */
  | { type: 'top'; id: number }
  | { type: 'stop' };

export type FromCollectors =
  | { type: 'ready' }
  /** `missedRuns` counts this source's skipped ticks since the process started. */
  | { type: 'reading'; reading: Reading; missedRuns: number }
  | { type: 'sampled'; id: number; reading: Reading }
  | { type: 'top'; id: number; programs: TopPrograms | { problem: string } }
  /** Processor time used by this process since it started, in milliseconds. */
  | { type: 'cost'; cpuMs: number }
  | { type: 'stopped' };
