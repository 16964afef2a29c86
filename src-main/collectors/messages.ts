import type { Reading } from '../contract/sample.ts';
import type { SourceApproval } from './scripts/approval.ts';
import type { ModuleCall, ModuleOutcome } from './scripts/module-call.ts';

/** One enabled source, as the scheduler needs it: options validated, interval decided. */
export interface ScheduledSource {
  name: string;
  kind: string;
  intervalSeconds: number;
  options: Record<string, unknown>;
  /** What the references in its options lead to, by the reference as JSON; or why they lead nowhere. */
  secrets: Record<string, { value: string } | { problem: string }>;
  /** For a source that runs a script: what was approved of its file, if anything was. */
  approval?: SourceApproval | null | undefined;
}

export type ToCollectors =
  | { type: 'configure'; host: string; maxWorkers: number; sources: ScheduledSource[] }
  /** One look at a source that need not be configured; answered by `sampled` with the same id. */
  | { type: 'sample'; id: number; host: string; source: ScheduledSource }
  /** How a call of a module came out that was asked for by `call-module` with the same id. */
  | { type: 'module-called'; id: number; outcome: ModuleOutcome }
  | { type: 'stop' };

export type FromCollectors =
  | { type: 'ready' }
  /** `missedRuns` counts this source's skipped ticks since the process started. */
  | { type: 'reading'; reading: Reading; missedRuns: number }
  | { type: 'sampled'; id: number; reading: Reading }
  /** One call of a script in JavaScript, in the process with that id, which the first call starts; answered by `module-called`. */
  | { type: 'call-module'; id: number; call: ModuleCall }
  | { type: 'end-module'; id: number }
  /** Processor time used by this process since it started, in milliseconds. */
  | { type: 'cost'; cpuMs: number }
  | { type: 'stopped' };
