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
  /** Its interval while the pace is slow, where that is another. */
  slowIntervalSeconds?: number;
  options: Record<string, unknown>;
  /** What the references in its options lead to, by the reference as JSON; or why they lead nowhere. */
  secrets: Record<string, { value: string } | { problem: string }>;
  /** For a source that runs a script: what was approved of its file, if anything was. */
  approval?: SourceApproval | null | undefined;
}

export interface CountedReading {
  reading: Reading;
  /** Skipped ticks of this source since the process started. */
  missedRuns: number;
}

export type ToCollectors =
  | { type: 'configure'; host: string; maxWorkers: number; slowness?: Slowness; sources: ScheduledSource[] }
  /** Whether a window shows what is read. */
  | { type: 'watched'; isWatched: boolean }
  /** Time was lost: a rate over it would say nothing about now. */
  | { type: 'time-lost' }
  /** One look at a source that need not be configured; answered by `sampled` with the same id. */
  | { type: 'sample'; id: number; host: string; source: ScheduledSource }
  /** What runs and how that has changed in ten minutes; answered by `top` with the same id. */
  | { type: 'top'; id: number }
  /** How a call of a module came out that was asked for by `call-module` with the same id. */
  | { type: 'module-called'; id: number; outcome: ModuleOutcome }
  /** Runs a program once; answered by `ran` with the same id, also after `end-run`. */
  | { type: 'run'; id: number; task: ApprovedTask }
  | { type: 'end-run'; id: number }
  | { type: 'stop' };

export type FromCollectors =
  | { type: 'ready' }
  /**
   * What was read at about the same time, in one message: sending one costs more than reading most sources does. Those with an
   * error are in `readings`, and all others packed.
   */
  | { type: 'readings'; readings: CountedReading[]; packed?: PackedReadings }
  | { type: 'sampled'; id: number; reading: Reading }
  | { type: 'top'; id: number; programs: TopPrograms | { problem: string } }
  | { type: 'ran'; id: number; outcome: ProgramOutcome }
  /** One call of a script in JavaScript, in the process with that id, which the first call starts; answered by `module-called`. */
  | { type: 'call-module'; id: number; call: ModuleCall }
  | { type: 'end-module'; id: number }
  /** Whether this machine has a network, after each change; null while that cannot be told. */
  | { type: 'network'; isUp: boolean | null }
  /** Processor time used by this process since it started, in milliseconds. */
  | { type: 'cost'; cpuMs: number }
  | { type: 'stopped' };
