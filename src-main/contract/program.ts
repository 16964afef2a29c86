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
