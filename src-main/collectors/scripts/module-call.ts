import type { Answer, Told } from './session.ts';

/** One call of a JavaScript or TypeScript module's `collect` and `check`. The first one of a session loads the module. */
export interface ModuleCall extends Told {
  path: string;
  /** The text that was approved. */
  source: string;
  mark: string;
  /** The process is ended then, also when nobody is left to do it. */
  seconds: number;
}

/** How a call came out: its answer, or that the process ended without one, and how. */
export type ModuleOutcome = Answer | { type: 'ended'; how: string };

export interface ToModule {
  type: 'call';
  call: ModuleCall;
}
export type FromModule = { type: 'ready' } | Answer;

/** A process for one module, that main has started or will start by the first call. One call at a time. */
export interface ModuleProcess {
  call(call: ModuleCall): Promise<ModuleOutcome>;
  /** A call under way comes out as `ended`. */
  end(): void;
}
