import { z } from 'zod';

/** What a program of the owner is given behind its name; no shell reads it. */
export const programWordsSchema = z
  .array(
    z
      .string()
      .max(1000)
      .refine((word) => !word.includes('\0'), 'must be text'),
  )
  .max(50);

/** What runs a file that does not start by itself: a full path, or a name in PATH. */
export const interpreterSchema = z
  .string()
  .min(1)
  .max(4096)
  .refine((path) => !path.includes('\0'), 'must be a path or a name');

/** A program of the owner that is run once, for something that is sent. */
export interface ProgramTask {
  /** Its full path. */
  file: string;
  /** Its arguments; no shell reads them. */
  words: readonly string[];
  /** The program that runs it, where it does not start by itself. */
  interpreter: string | null;
  /** Its environment, beside the few variables that every child gets. */
  env: Readonly<Record<string, string>>;
  /** What it reads on stdin. */
  input: string;
  deadlineMs: number;
}

/** How a program ended by itself, and what it said: 64 KiB of each at most. */
export interface ProgramEnd {
  code: number;
  stdout: string;
  stderr: string;
}
