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

/** What was given for each flag. A switch that was not given is false. */
export type FlagValues<F extends Flags> = { [K in keyof F]: FlagValue<F[K]> };

/** Everything a command may touch of the world around it. */
export interface Context extends Surroundings {
  version: string;
  terminal: Terminal;
  clock: Clock;
  workingDirectory: string;
}

/** One command: what it is called and takes, and what it does. Help is drawn from the same declaration. */
export interface Command<F extends Flags = Flags> {
  /** One word, or two such as `token create`. */
  name: string;
  summary: string;
  /** What it does, in a few sentences, where the summary does not say it all. */
  description?: string;
  /** A command line, and what it is good for. The first things a reader sees. */
  examples: readonly (readonly [line: string, meaning: string])[];
  /** Names of the arguments, in order: `[RULE]` may be left out, and of `FILE…`, which is the last, there may be several. */
  operands: readonly string[];
  flags: F;
  /** It answers Ctrl-C itself. Every other command is ended by it. */
  answersInterrupt?: boolean;
  /** Says that it failed in its own way and returns its own code, where whoever runs it reads neither stderr nor the usual codes. */
  failed?(context: Context, message: string): ExitCode;
  /** Throws `PlimsollError` for what is expected to go wrong. */
  run(context: Context, flags: FlagValues<F>, operands: readonly string[]): Promise<ExitCode>;
}

/** Keeps the types of the flags while the command stands in the list. */
export function defineCommand<const F extends Flags>(command: Command<F>): Command<F> {
  return command;
}
