import { z } from 'zod';

/** Arguments of a program of the owner. It is run without a shell. */
export const programWordsSchema = z
  .array(
    z
      .string()
      .max(1000)
      .refine((word) => !word.includes('\0'), 'must be text'),
  )
  .max(50);

/** Interpreter for a file that cannot be executed directly: a full path, or a name in PATH. */
export const interpreterSchema = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => !path.includes('\0'), 'must be a path or a name');

/** One run of a program of the owner, for one message or report. */
export interface ProgramTask {
  /** Full path of the program. */
  file: string;
  /** Arguments, passed without a shell. */
  words: readonly string[];
  /** The interpreter, if the file cannot be executed directly. */
  interpreter: string | null;
  /** Environment variables in addition to the few that every child gets. */
  env: Readonly<Record<string, string>>;
  /** Text for its standard input. */
  input: string;
  deadlineMs: number;
}

/** How a program ended by itself, and its output: at most 64 KiB of each stream. */
export interface ProgramEnd {
  code: number;
  stdout: string;
  stderr: string;
}
