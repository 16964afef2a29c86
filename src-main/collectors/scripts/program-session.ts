import { dirname } from 'node:path';
import { PlimsollError } from '../../contract/error.ts';
import { ScriptChild } from './child.ts';
import { stemOf } from './collected.ts';
import { reported } from './findings.ts';
import type { Findings } from './findings.ts';
import { findProgram, findPython, refuseUnlessRunnable } from './how-it-runs.ts';
import type { Call } from './limits.ts';
import { readOutput } from './output.ts';
import type { OutputFormat } from './output.ts';
import { privateCopy } from './private-copy.ts';
import { runMark } from './run-traces.ts';
import type { ScriptFile } from './script-file.ts';
import type { Session, Told } from './session.ts';

interface ProgramOptions {
  format: OutputFormat;
  /** Its arguments. */
  words: readonly string[];
  interpreter: string | null;
  /** The folder of private copies. */
  copies: string;
  owner: string;
}

/** A program that is started for each reading and prints its numbers. Its output counts only if it ends by itself. */
export class ProgramSession implements Session {
  readonly #script: ScriptFile;
  readonly #options: ProgramOptions;
  #child: ScriptChild | undefined;

  constructor(script: ScriptFile, options: ProgramOptions) {
    this.#script = script;
    this.#options = options;
  }

  async read({ settings }: Told, call: Call) {
    const { path } = this.#script;
    const { copies, owner, words } = this.#options;
    const runner = this.#runner();
    refuseUnlessRunnable(this.#script, runner);
    const copy = await privateCopy(this.#script, copies);
    const child = await ScriptChild.start({
      program: runner ?? copy,
      words: runner === null ? words : [copy, ...words],
      folder: dirname(path),
      env: { PLIMSOLL_SCRIPT: path, ...settingVariables(settings) },
      hasInput: false,
      mark: runMark(owner),
    });
    this.#child = child;
    try {
      const { code, signal } = await child.within(child.ended, call);
      if (code === null)
        throw new PlimsollError('unreadable', `${path} was ended by ${signal ?? 'something'}.`);
      return reported(this.#findings(child, code), path);
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#child?.end();
    this.#child = undefined;
  }

  #runner(): string | null {
    const { interpreter } = this.#options;
    if (interpreter !== null) return findProgram(interpreter);
    return /\.py$/i.test(this.#script.path) ? findPython(null) : null;
  }

  #findings({ stdout, stderr }: ScriptChild, code: number): Findings {
    const { path } = this.#script;
    const { format } = this.#options;
    try {
      return readOutput(stdout.text(), { format, code, stem: stemOf(path), complaint: stderr.text() });
    } catch (thrown) {
      if (!(thrown instanceof PlimsollError)) throw thrown;
      throw new PlimsollError(thrown.code, `${path} ${thrown.message}`, { cause: thrown });
    }
  }
}

/** Passes `warnAt` as `PLIMSOLL_SETTING_WARNAT`, a name that shells accept. */
function settingVariables(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `PLIMSOLL_SETTING_${name.toUpperCase().replaceAll('-', '_')}`,
      value,
    ]),
  );
}
