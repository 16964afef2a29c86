import { PlimsollError } from '../../contract/error.ts';
import { collected } from './collected.ts';
import { underLimits } from './limits.ts';
import type { Call } from './limits.ts';
import type { ModuleProcess } from './module-call.ts';
import { endAll, runMark, RunTraces } from './run-traces.ts';
import type { ScriptFile } from './script-file.ts';
import type { Session, Told } from './session.ts';

/** A JavaScript or TypeScript module in its own process, which main starts. */
export class ModuleSession implements Session {
  readonly #script: ScriptFile;
  readonly #open: () => ModuleProcess;
  readonly #mark: string;
  readonly #traces: RunTraces;
  #process: ModuleProcess | undefined;
  #isFresh = true;
  readonly #violations = new Set<string>();

  constructor(script: ScriptFile, owner: string, open: () => ModuleProcess) {
    this.#script = script;
    this.#open = open;
    this.#mark = runMark(owner);
    this.#traces = new RunTraces(this.#mark);
  }

  async read(told: Told, call: Call) {
    const { path, bytes } = this.#script;
    const process = (this.#process ??= this.#open());
    const asked = process.call({
      path,
      source: bytes.toString('utf8'),
      ...told,
      mark: this.#mark,
      seconds: call.deadlineMs / 1000 + 1,
    });
    try {
      // The process checks its own memory; the processes it started are found by their mark.
      const outcome = await underLimits(asked, call, { processes: () => this.#traces.processes(undefined) });
      this.#endStarted();
      if (outcome.type !== 'ended') {
        const samples = collected(path, outcome, this.#violations);
        const isFirst = this.#isFresh;
        this.#isFresh = false;
        return isFirst ? [] : samples;
      }
      this.close();
      throw new PlimsollError(
        'unreadable',
        `${path} ended without a result (${outcome.how}). It may have called process.exit, printed more than 64 KiB, or needed more than 256 MiB.`,
      );
    } catch (thrown) {
      if (!(thrown instanceof PlimsollError) || thrown.code !== 'unreadable') this.close();
      throw thrown;
    }
  }

  close(): void {
    this.#process?.end();
    this.#process = undefined;
    this.#isFresh = true;
    this.#endStarted();
  }

  #endStarted(): void {
    endAll(() => this.#traces.processes(undefined).map(({ pid }) => pid));
  }
}
