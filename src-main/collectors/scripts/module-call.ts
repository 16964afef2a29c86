import type { Answer, Told } from './session.ts';

/**
 * One call of `collect` and `check` of a JavaScript or TypeScript module. The first call of a session loads the module.
 */
export interface ModuleCall extends Told {
  path: string;
  /** The approved text. */
  source: string;
  mark: string;
  /** The process is ended after this time, even if its parent is gone. */
  seconds: number;
}

/** The outcome of a call: an answer, or how the process ended without one. */
export type ModuleOutcome = Answer | { type: 'ended'; how: string };

export interface ToModule {
  type: 'call';
  call: ModuleCall;
}
export type FromModule = { type: 'ready' } | Answer;

/** A process for one module, started by main at the first call at the latest. One call at a time. */
export interface ModuleProcess {
  call(call: ModuleCall): Promise<ModuleOutcome>;
  /** A running call gets the outcome `ended`. */
  end(): void;
}
