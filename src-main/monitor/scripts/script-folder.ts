import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { locateScript, readScript } from '../../collectors/scripts/script-file.ts';
import type { ScriptFile } from '../../collectors/scripts/script-file.ts';
import { PlimsollError } from '../../contract/error.ts';
import { isScriptName } from './script-view.ts';

/** A file system that answers at all says within this where a file lies; a dead one never does. */
export const answerWithinMs = 2000;

/** More files than this are no folder of scripts. */
export const filesAtMost = 200;

interface ScriptFolderOptions {
  /** Where scripts are found, and relative paths of sources start. */
  folder: string;
  clock: Clock;
  /** Where a script lies turned out to be another place than was answered. */
  onMoved: () => void;
  /** Can be replaced, so that tests meet file systems that hang. */
  locate?: typeof locateScript;
}

/** The folder of scripts and what lies beyond it, on file systems that may not answer. */
export class ScriptFolder {
  readonly #options: ScriptFolderOptions;
  /** Where scripts lie that a file system is being asked for, or has not answered in time. */
  readonly #questions = new Map<string, Promise<string>>();
  /** What was last answered, for as long as the next answer is late. */
  readonly #located = new Map<string, string>();

  constructor(options: ScriptFolderOptions) {
    this.#options = options;
  }

  /**
   * Where a script lies, without links. Where that is not to be had, or not in time, it is what was answered last, or else the path as it
   * is written: the bytes are compared with what was approved before they run. A late answer that is another one is a change.
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

  /** Those of `uses` whose file lies at `path`. */
  async at<Use extends { file: string }>(path: string, uses: readonly Use[]): Promise<Use[]> {
    const located = await Promise.all(uses.map(async (use) => ({ use, path: await this.locate(use.file) })));
    return located.filter((each) => each.path === path).map(({ use }) => use);
  }

  /** Throws what `readScript` throws, and `deadline` when it takes longer. */
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

  /** What lies in the folder, those whose names say that they are scripts first, and how many more there are than are looked at. */
  async names(): Promise<{ names: string[]; leftOut: number }> {
    const entries = await readdir(this.#options.folder, { withFileTypes: true }).catch(() => []);
    const names = entries
      .filter(({ name }) => !/^[._~]|~$/.test(name))
      // A folder that is called like a script is meant to be one.
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

  /** What changes when a file comes to the folder, goes or is written, or one of `others` is. */
  async trace(others: readonly string[]): Promise<string> {
    const files = [...(await this.names()).names, ...others];
    const facts: (string | number)[][] = [];
    // One after the other: files on a dead network mount would keep every thread that Node has for files.
    for (const file of files) {
      const stats = await stat(resolve(this.#options.folder, file)).catch(() => undefined);
      facts.push(stats === undefined ? [file] : [file, stats.size, stats.mtimeMs, stats.ctimeMs]);
    }
    return JSON.stringify(facts);
  }
}
