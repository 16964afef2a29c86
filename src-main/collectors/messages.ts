import type { PackedReadings } from './packed-readings.ts';
import type { Slowness } from './pace.ts';
import type { Reading } from '../contract/sample.ts';
import type { TopPrograms } from '../contract/top-programs.ts';
import type { SourceApproval } from './scripts/approval.ts';
import type { ModuleCall, ModuleOutcome } from './scripts/module-call.ts';
import type { ApprovedTask, ProgramOutcome } from './scripts/run-program.ts';

/** One enabled source, as the scheduler needs it: options validated, interval decided. */
export interface ScheduledSource {
  name: string;
  kind: string;
  intervalSeconds: number;
  /** Its interval at the slow pace, if that is different. */
  slowIntervalSeconds?: number;
  options: Record<string, unknown>;
  /** The secrets that its options refer to, by the reference as JSON; or why a reference cannot be resolved. */
  secrets: Record<string, { value: string } | { problem: string }>;
  /** For a source that runs a script: the approval of its file, if there is one. */
  approval?: SourceApproval | null | undefined;
}

export interface CountedReading {
  reading: Reading;
  /** Skipped ticks of this source since the process started. */
  missedRuns: number;
}

export type ToCollectors =
  | { type: 'configure'; host: string; maxWorkers: number; slowness?: Slowness; sources: ScheduledSource[] }
  /** Whether a window shows the readings. */
  | { type: 'watched'; isWatched: boolean }
  /** Time was lost, so that a rate across the gap would be misleading. */
  | { type: 'time-lost' }
  /** Reads a source once; it need not be configured. Answered by `sampled` with the same id. */
  | { type: 'sample'; id: number; host: string; source: ScheduledSource }
  /** Asks which programs run and how that changed in ten minutes. Answered by `top` with the same id. */
  | { type: 'top'; id: number }
  /** The outcome of the `call-module` with the same id. */
  | { type: 'module-called'; id: number; outcome: ModuleOutcome }
  /** Runs a program once; answered by `ran` with the same id, also after `end-run`. */
  | { type: 'run'; id: number; task: ApprovedTask }
  | { type: 'end-run'; id: number }
  | { type: 'stop' };

export type FromCollectors =
  | { type: 'ready' }
  /**
   * Readings taken at about the same time, in one message, because sending a message costs more than reading most
   * sources. Readings with an error are in `readings`, all others are packed.
   */
  | { type: 'readings'; readings: CountedReading[]; packed?: PackedReadings }
  | { type: 'sampled'; id: number; reading: Reading }
  | { type: 'top'; id: number; programs: TopPrograms | { problem: string } }
  | { type: 'ran'; id: number; outcome: ProgramOutcome }
  /**
   * Calls a JavaScript module in the process with that id, which the first call starts. Answered by `module-called`.
   */
  | { type: 'call-module'; id: number; call: ModuleCall }
  | { type: 'end-module'; id: number }
  /** Whether this machine has a network, after each change; null while unknown. */
  | { type: 'network'; isUp: boolean | null }
  /** Processor time used by this process since it started, in milliseconds. */
  | { type: 'cost'; cpuMs: number }
  | { type: 'stopped' };
