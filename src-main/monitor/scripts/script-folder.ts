import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { locateScript, readScript } from '../../collectors/scripts/script-file.ts';
import type { ScriptFile } from '../../collectors/scripts/script-file.ts';
import { PlimsollError } from '../../contract/error.ts';
import { isScriptName } from './script-view.ts';

/** A working file system answers within this time; a dead one never does. */
export const answerWithinMs = 2000;

/** A folder with more files is not a folder of scripts. */
export const filesAtMost = 200;

interface ScriptFolderOptions {
  /** The folder of scripts, where relative paths of sources start. */
  folder: string;
  clock: Clock;
  /** Called when a script turns out to be in another place than was answered. */
  onMoved: () => void;
  /** Tests replace it to simulate file systems that hang. */
  locate?: typeof locateScript;
}

/** The folder of scripts and scripts elsewhere, on file systems that may not answer. */
export class ScriptFolder {
  readonly #options: ScriptFolderOptions;
  /** Running queries for the place of a script, including late ones. */
  readonly #questions = new Map<string, Promise<string>>();
  /** The last answers, used while the next one is late. */
  readonly #located = new Map<string, string>();

  constructor(options: ScriptFolderOptions) {
    this.#options = options;
  }

  /**
   * The path of a script with links resolved. If that is unknown or late, the last answer, or otherwise the path as
   * written: before they run, the bytes are compared with the approved ones anyway. A late answer that differs is
   * reported as a change.
   */
  locate(file: string): Promise<string> {
    const known = this.#questions.get(file);
    if (known !== undefined) return known;
    const { folder, clock, onMoved, locate = locateScript } = this.#options;
    const written = resolve(folder, file);
    let given: string | undefined;
    const answer = locate(file, folder)
      .catch(() => written)
      .then((path) => {
        cancel();
        this.#questions.delete(file);
        this.#located.set(file, path);
        if (given !== undefined && given !== path) onMoved();
        return path;
      });
    const late = Promise.withResolvers<string>();
    const cancel = clock.after(answerWithinMs, () => {
      given = this.#located.get(file) ?? written;
      late.resolve(given);
    });
    const inTime = Promise.race([answer, late.promise]);
    this.#questions.set(file, inTime);
    return inTime;
  }

  /** Those of `uses` whose file is at `path`. */
  async at<Use extends { file: string }>(path: string, uses: readonly Use[]): Promise<Use[]> {
    const located = await Promise.all(uses.map(async (use) => ({ use, path: await this.locate(use.file) })));
    return located.filter((each) => each.path === path).map(({ use }) => use);
  }

  /** Throws like `readScript`, and `deadline` if it takes too long. */
  read(file: string, withinMs: number): Promise<ScriptFile> {
    const { folder, clock } = this.#options;
    const late = Promise.withResolvers<ScriptFile>();
    const cancel = clock.after(withinMs, () =>
      late.reject(
        new PlimsollError(
          'deadline',
          `${resolve(folder, file)} could not be read within ${withinMs / 1000} s: its disk or network mount does not answer. Try again when it does.`,
          { retry: true },
        ),
      ),
    );
    return Promise.race([readScript(file, folder), late.promise]).finally(cancel);
  }

  /** The files in the folder, those with names of scripts first, and how many are beyond the limit. */
  async names(): Promise<{ names: string[]; leftOut: number }> {
    const entries = await readdir(this.#options.folder, { withFileTypes: true }).catch(() => []);
    const names = entries
      .filter(({ name }) => !/^[._~]|~$/.test(name))
      // A folder with the name of a script is reported as one.
      .filter((entry) => !entry.isDirectory() || isScriptName(entry.name))
      .map(({ name }) => name)
      .sort();
    const { likely = [], other = [] } = Object.groupBy(names, (name) =>
      isScriptName(name) ? 'likely' : 'other',
    );
    return {
      names: [...likely, ...other].slice(0, filesAtMost),
      leftOut: Math.max(0, names.length - filesAtMost),
    };
  }

  /** A text that changes when a file in the folder is added, removed or written, or one of `others` is. */
  async trace(others: readonly string[]): Promise<string> {
    const files = [...(await this.names()).names, ...others];
    const facts: (string | number)[][] = [];
    // One after the other: files on a dead network mount would occupy all of Node's file threads.
    for (const file of files) {
      const stats = await stat(resolve(this.#options.folder, file)).catch(() => undefined);
      facts.push(stats === undefined ? [file] : [file, stats.size, stats.mtimeMs, stats.ctimeMs]);
    }
    return JSON.stringify(facts);
  }
}
