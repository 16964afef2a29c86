import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PlimsollError } from '../../contract/error.ts';
import { ScriptChild } from './child.ts';
import { collected, stemOf } from './collected.ts';
import { findPython } from './how-it-runs.ts';
import { answerFrom } from './answer.ts';
import { limits } from './limits.ts';
import type { Call } from './limits.ts';
import { pythonRunner } from './python-runner.ts';
import { runMark } from './run-traces.ts';
import type { ScriptFile } from './script-file.ts';
import type { Answer, Session, Told } from './session.ts';

/** A Python script in its own Python process. The first reading starts it, and so does the first one after it ended. */
export class PythonSession implements Session {
  readonly #script: ScriptFile;
  readonly #interpreter: string | null;
  readonly #owner: string;
  #child: ScriptChild | undefined;
  #isClosed = false;
  #isFresh = true;
  readonly #violations = new Set<string>();

  constructor(script: ScriptFile, interpreter: string | null, owner: string) {
    this.#script = script;
    this.#interpreter = interpreter;
    this.#owner = owner;
  }

  async read(told: Told, call: Call) {
    const python = findPython(this.#interpreter);
    const child = (this.#child ??= await this.#start(python));
    if (this.#isClosed) this.close();
    child.stderr.clear();
    child.write(JSON.stringify({ ...told, seconds: Math.ceil(call.deadlineMs / 1000) + 1 }));
    try {
      const line = await child.within(nextLine(child), call);
      child.endOthers();
      const answer = answerIn(line);
      if (answer !== undefined) {
        const samples = collected(this.#script.path, answer, this.#violations);
        const isFirst = this.#isFresh;
        this.#isFresh = false;
        return isFirst ? [] : samples;
      }
    } catch (thrown) {
      // A number that was left out does not justify losing what the module remembers; an exceeded limit does.
      if (!(thrown instanceof PlimsollError) || thrown.code !== 'unreadable') this.#end();
      throw thrown;
    }
    // The runner never answers with an empty line, and a process that sent one may still be running.
    const unended = pause(limits.pipesMs * 2, { code: null, signal: null }, { ref: false });
    const { code, signal } = await Promise.race([child.ended, unended]);
    const said = child.stderr.text().trim().split('\n').at(-1)?.slice(0, 300) ?? '';
    this.#end();
    throw new PlimsollError(
      'unreadable',
      `${this.#script.path} ended without a result (${signal ?? `code ${code ?? 'unknown'}`}, run by ${python}). ${said}`.trim(),
    );
  }

  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  #end(): void {
    this.#child?.end();
    this.#child = undefined;
    this.#isFresh = true;
  }

  async #start(python: string): Promise<ScriptChild> {
    const { path, bytes } = this.#script;
    const child = await ScriptChild.start({
      program: python,
      // Python would write bytecode files beside the modules that are imported.
      words: ['-B', '-c', pythonRunner],
      folder: dirname(path),
      env: { PLIMSOLL_SCRIPT: path, PYTHONIOENCODING: 'utf-8' },
      hasInput: true,
      mark: runMark(this.#owner),
    });
    child.watch();
    const stem = stemOf(path);
    const name = /^[A-Za-z_]\w*$/.test(stem) ? stem : 'script';
    child.write(JSON.stringify({ path, name, source: bytes.toString('base64') }));
    return child;
  }
}

/** The next line of its output; after it ended, whatever is left without a line end. */
async function nextLine(child: ScriptChild): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  child.stdout.onText = (text) => {
    const end = text.indexOf('\n');
    if (end >= 0) resolve(text.slice(0, end));
  };
  const line = await Promise.race([promise, child.ended.then(() => '')]);
  child.stdout.onText = () => undefined;
  child.stdout.clear();
  return line;
}

/** Undefined if the line is not an answer of the runner: a script may write to the same pipe. */
function answerIn(line: string): Answer | undefined {
  try {
    const said = JSON.parse(line) as { failed?: unknown } | null;
    return answerFrom(
      said?.failed === undefined ? { type: 'collected', ...said } : { type: 'failed', message: said.failed },
    );
  } catch {
    return undefined;
  }
}
