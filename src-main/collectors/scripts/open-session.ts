import { PlimsollError } from '../../contract/error.ts';
import { mannerOf } from './how-it-runs.ts';
import type { ModuleProcess } from './module-call.ts';
import { ModuleSession } from './module-session.ts';
import type { OutputFormat } from './output.ts';
import { ProgramSession } from './program-session.ts';
import { PythonSession } from './python-session.ts';
import type { ScriptFile } from './script-file.ts';
import type { Session } from './session.ts';

/** What scripts need from the process that runs them. */
export interface SessionPlaces {
  /** The folder of private copies of the programs that the system starts directly. */
  copies: string;
  /** The prefix of the marks of its processes. */
  owner: string;
  openModule(): ModuleProcess;
}

/**
 * Opens a session for an approved script: it runs the bytes that were hashed. Throws `unsupported` for options that do
 * not go together.
 */
export function openSession(
  script: ScriptFile,
  {
    format,
    words,
    interpreter,
  }: { format: OutputFormat; words: readonly string[]; interpreter: string | null },
  { copies, owner, openModule }: SessionPlaces,
): Session {
  const manner = mannerOf(script.path, format);
  if (manner !== 'program' && words.length > 0)
    throw new PlimsollError(
      'unsupported',
      `${script.path} has a function collect() and takes no arguments. Use settings, or declare a format: then it is run as a program.`,
    );
  switch (manner) {
    case 'python':
      return new PythonSession(script, interpreter, owner);
    case 'module':
      if (interpreter === null) return new ModuleSession(script, owner, openModule);
      throw new PlimsollError(
        'unsupported',
        `${script.path} is run by the Node that Plimsoll runs on. Take the interpreter out, or declare a format: then it is run as a program.`,
      );
    case 'program':
      return new ProgramSession(script, { format, words, interpreter, copies, owner });
  }
}
