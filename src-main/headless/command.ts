import type { Clock } from '../base/clock.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Surroundings } from './places.ts';
import type { Terminal } from './terminal.ts';

/** A flag of a command. `placeholder` stands for its value in the help text. */
export type Flag =
  | { type: 'switch'; help: string }
  | { type: 'text'; placeholder: string; help: string; oneOf?: readonly string[]; required?: boolean }
  | { type: 'integer'; placeholder: string; help: string; min: number; max: number };

export type Flags = Readonly<Record<string, Flag>>;

type FlagValue<F extends Flag> = F extends { type: 'switch' }
  ? boolean
  : F extends { type: 'integer' }
    ? number | undefined
    : string | undefined;

/** The value of each flag. A switch that was not given is false. */
export type FlagValues<F extends Flags> = { [K in keyof F]: FlagValue<F[K]> };

/** Everything that a command may use of its surroundings. */
export interface Context extends Surroundings {
  version: string;
  terminal: Terminal;
  clock: Clock;
  workingDirectory: string;
}

/** One command: its name, its arguments and what it does. Help is generated from the same declaration. */
export interface Command<F extends Flags = Flags> {
  /** One word, or two such as `token create`. */
  name: string;
  summary: string;
  /** What it does, in a few sentences, if the summary does not say everything. */
  description?: string;
  /** Command lines with their purpose, the first thing that readers of the help see. */
  examples: readonly (readonly [line: string, meaning: string])[];
  /** Names of the arguments, in order: `[RULE]` is optional; `FILE…`, always last, may be several. */
  operands: readonly string[];
  flags: F;
  /** It handles Ctrl-C itself. Ctrl-C ends every other command. */
  answersInterrupt?: boolean;
  /** Reports its failure itself and returns its own code, for callers that read neither stderr nor the usual codes. */
  failed?(context: Context, message: string): ExitCode;
  /** Throws `PlimsollError` for expected failures. */
  run(context: Context, flags: FlagValues<F>, operands: readonly string[]): Promise<ExitCode>;
}

/** Keeps the types of the flags while the command is in the list. */
export function defineCommand<const F extends Flags>(command: Command<F>): Command<F> {
  return command;
}
