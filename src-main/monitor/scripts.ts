import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { FolderWatch } from '../base/folder-watch.ts';
import { firstFree } from '../base/free-name.ts';
import type { SourceApproval } from '../collectors/scripts/approval.ts';
import { Approvals, scriptsFolder } from '../collectors/scripts/approvals.ts';
import { mannerOf, refuseUnlessRunnable, seemsToCheck } from '../collectors/scripts/how-it-runs.ts';
import { removeCopies } from '../collectors/scripts/private-copy.ts';
import { locateScript, readScript } from '../collectors/scripts/script-file.ts';
import type { ScriptFile } from '../collectors/scripts/script-file.ts';
import { messageOf, PlimsollError } from '../contract/error.ts';
import { foldedName, nameSchema } from '../contract/fields.ts';
import type { ScriptApproval, ScriptsView, ScriptText, ScriptView } from '../contract/script.ts';
import type { Settings, SourceSettings } from '../contract/settings.ts';
import { ownSource } from './own-source.ts';

/** How often the folder is looked at for files that are new or have changed. */
const lookEveryMs = 2000;
/** While there is no script at all, and the system tells when something appears in their folder. */
const lookSeldomMs = 10_000;

/** A file system that answers at all says within this where a file lies; a dead one never does. */
const answerWithinMs = 2000;

/** Long enough for 32 MiB from a slow disk. */
const readWithinMs = 10_000;

/** More files than this are no folder of scripts. */
const filesAtMost = 200;

const shownBytes = 64 * 1024;

const scriptEndings = new Set(['.py', '.js', '.mjs', '.ts', '.mts']);

/** What of a source is known when its script is approved; without an interpreter the usual one runs it. */
export interface NewScriptSource {
  name: string;
  kind: 'script';
  file: string;
  interpreter?: string;
}

/** A program that a destination runs: its full path, and who runs it where that is another program. */
export interface ProgramUse {
  destination: string;
  file: string;
  interpreter: string | null;
}

/** The programs that destinations run; relative paths start in `directory`. */
export function programsOf(
  { destinations }: Pick<Settings, 'destinations'>,
  directory: string,
): ProgramUse[] {
  return destinations.flatMap(({ kind, name, file, interpreter }) =>
    kind === 'command' && typeof file === 'string'
      ? [
          {
            destination: name,
            file: resolve(directory, file),
            interpreter: typeof interpreter === 'string' ? interpreter : null,
          },
        ]
      : [],
  );
}

export interface ScriptsOptions {
  /** The data directory, which holds the approvals. */
  directory: string;
  /** Where scripts are found, and relative paths of sources start: `metrics` beside the settings. */
  folder: string;
  clock: Clock;
  sources(): readonly SourceSettings[];
  /** What destinations run. */
  programs?: () => readonly ProgramUse[];
  /** Adds a source to the settings. Throws where they can not be changed. */
  /** `checks`: it seems to find violations of its own, which want a rule. */
  addSource?: (source: NewScriptSource, checks: boolean) => Promise<void>;
  /** A file came, went or changed, or what is approved did. */
  onChange?: () => void;
  /** Where a script lies; can be replaced, so that tests meet file systems that hang. */
  locate?: typeof locateScript;
}

/** What a door can ask of the scripts and tell them. */
export interface ScriptsApi {
  list(): Promise<ScriptsView>;
  /** What is in a file of the list. Throws `not_found` for any other. */
  text(path: string): Promise<ScriptText>;
  /**
   * Lets a file run from now on, as it is now. One in the folder that no source runs becomes a source. Throws `conflict` when it
   * is not what was looked at, and what `readScript` throws.
   */
  approve(approval: ScriptApproval): Promise<ScriptView>;
  /** Takes the approval of a file back: a run under way is ended. Throws `not_found` where there is none. */
  revoke(path: string): Promise<void>;
}

/** Which files are scripts, and which of them may run. Only what is approved does; see docs/decisions/0020. */
export class Scripts implements ScriptsApi {
  readonly #options: ScriptsOptions;
  readonly #approvals: Approvals;
  /** One change after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  /** Where scripts lie that a file system is being asked for, or has not answered in time. */
  readonly #questions = new Map<string, Promise<string>>();
  /** What was last answered, for as long as the next answer is late. */
  readonly #located = new Map<string, string>();
  #cancelLook: () => void = () => undefined;
  /** Of the folder, or of where it would appear; only while there is no script. */
  #watch: FolderWatch | undefined;
  #seen: string | undefined;
  #isStopped = false;

  constructor(options: ScriptsOptions) {
    this.#options = options;
    this.#approvals = Approvals.open(options.directory, options.clock);
  }

  /** Why nothing is approved although something was; null when all is well. */
  get problem(): string | null {
    return this.#approvals.problem;
  }

  /** Whether any script may have run. */
  get areUsed(): boolean {
    return this.#approvals.all.length > 0;
  }

  /** Begins to look for files that are new or have changed. */
  start(): void {
    this.#cancelLook = this.#options.clock.after(0, () => void this.#look());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelLook();
    this.#watch?.close();
  }

  async list(): Promise<ScriptsView> {
    const { folder } = this.#options;
    const { names, leftOut } = await this.#namesInFolder();
    const inFolder = names.map((name) => ({ file: name, isCertain: false }));
    const known = new Set(inFolder.map(({ file }) => resolve(folder, file)));
    const named = [...this.#scriptSources(), ...this.#programs()].map(({ file }) => file);
    const ofSources = [...new Set(named)]
      .filter((file) => !known.has(resolve(folder, file)))
      .map((file) => ({ file, isCertain: true }));
    const views: ScriptView[] = [];
    for (const { file, isCertain } of [...inFolder, ...ofSources]) {
      const view = await this.#viewOf(file, isCertain);
      if (view !== undefined) views.push(view);
    }
    const tooMany =
      leftOut === 0
        ? null
        : `${folder} has more than ${filesAtMost} files: ${leftOut} of them are not looked at. Keep nothing but scripts there.`;
    return { folder, scripts: views, problem: this.#approvals.problem ?? tooMany };
  }

  async text(path: string): Promise<ScriptText> {
    const { scripts } = await this.list();
    const listed = scripts.find((script) => script.path === path);
    if (listed === undefined) throw new PlimsollError('not_found', `There is no script ${path}.`);
    const { bytes, sha256 } = await this.#read(path, readWithinMs);
    const shown = bytes.subarray(0, shownBytes);
    const isText = !bytes.includes(0) && isUtf8(bytes);
    return {
      path,
      sha256,
      text: isText ? new TextDecoder().decode(shown) : null,
      isCut: isText && bytes.length > shownBytes,
    };
  }

  approve({ path, sha256, interpreter }: ScriptApproval): Promise<ScriptView> {
    return this.#change(async () => {
      const { clock } = this.#options;
      const script = await this.#read(path, readWithinMs);
      if (script.sha256 !== sha256)
        throw new PlimsollError(
          'conflict',
          `${script.path} has changed since it was looked at. Look at it again, then approve it.`,
        );
      const sources = await this.#sourcesOf(script.path);
      const programs = await this.#programsOf(script.path);
      const use = sources[0] ?? programs[0];
      const runBy = interpreter === undefined ? (use?.interpreter ?? null) : interpreter;
      const format = sources[0]?.format ?? formatOf(programs);
      const problem = runProblem(script, format, runBy);
      if (problem !== null) throw new PlimsollError('unsupported', problem);
      await this.#approvals.add({
        path: script.path,
        sha256,
        interpreter: runBy,
        approvedAt: clock.now(),
        awaitsSource: use === undefined && (await this.#isInFolder(script.path)),
      });
      await this.#tidy();
      await this.#adopt();
      this.#options.onChange?.();
      return this.#viewFrom(script, await this.#sourcesOf(script.path), programs);
    });
  }

  revoke(path: string): Promise<void> {
    return this.#change(async () => {
      const found = await this.#locate(path);
      await this.#approvals.remove(this.#approvals.of(found) === undefined ? path : found);
      await this.#tidy();
      this.#options.onChange?.();
    });
  }

  /** What was approved of the file that a source runs; null while nothing was. */
  async approvalFor(options: Readonly<Record<string, unknown>>): Promise<SourceApproval | null> {
    const { file } = options;
    if (typeof file !== 'string') return null;
    const approval = this.#approvals.of(await this.#locate(file));
    return approval === undefined ? null : { sha256: approval.sha256, interpreter: approval.interpreter };
  }

  /** Makes sources of what was approved while the settings could not be changed. Never throws: it is tried again. */
  adoptApproved(): Promise<string | null> {
    return this.#change(() => this.#adopt());
  }

  /** Why something that is approved has not become a source; null when nothing waits. */
  async #adopt(): Promise<string | null> {
    const { addSource, folder } = this.#options;
    if (addSource === undefined) return null;
    for (const approval of this.#approvals.all.filter(({ awaitsSource }) => awaitsSource)) {
      const { path } = approval;
      try {
        const uses = [...(await this.#sourcesOf(path)), ...(await this.#programsOf(path))];
        if (uses.length === 0) {
          const file = (await this.#isInFolder(path)) ? basename(path) : path;
          const interpreter = approval.interpreter === null ? {} : { interpreter: approval.interpreter };
          const checks = await this.#read(path, answerWithinMs).then(seemsToCheck, () => false);
          await addSource({ name: this.#freeName(path), kind: 'script', file, ...interpreter }, checks);
        }
        await this.#approvals.add({ ...approval, awaitsSource: false });
      } catch (thrown) {
        return `${join(folder, basename(path))} is approved and waits to become a source: ${messageOf(thrown)}`;
      }
    }
    return null;
  }

  #freeName(path: string): string {
    const stem = basename(path, extname(path));
    const wanted = nameSchema.safeParse(stem).success ? stem : 'script';
    const taken = new Set([ownSource, ...this.#options.sources().map(({ name }) => name)].map(foldedName));
    return firstFree(wanted, ' ', (name) => taken.has(foldedName(name)));
  }

  #scriptSources(): { name: string; file: string; format: string; interpreter: string | null }[] {
    return this.#options.sources().flatMap(({ kind, name, file, format, interpreter }) =>
      kind === 'script' && typeof file === 'string'
        ? [
            {
              name,
              file,
              format: typeof format === 'string' ? format : 'auto',
              interpreter: typeof interpreter === 'string' ? interpreter : null,
            },
          ]
        : [],
    );
  }

  #programs(): readonly ProgramUse[] {
    return this.#options.programs?.() ?? [];
  }

  async #programsOf(path: string): Promise<ProgramUse[]> {
    const located = await Promise.all(
      this.#programs().map(async (program) => ({ program, path: await this.#locate(program.file) })),
    );
    return located.filter((each) => each.path === path).map(({ program }) => program);
  }

  async #sourcesOf(path: string) {
    const located = await Promise.all(
      this.#scriptSources().map(async (source) => ({ source, path: await this.#locate(source.file) })),
    );
    return located.filter((each) => each.path === path).map(({ source }) => source);
  }

  /** Undefined for what lies in the folder and is no script, such as notes. */
  async #viewOf(file: string, isCertain: boolean): Promise<ScriptView | undefined> {
    const { folder } = this.#options;
    try {
      const script = await this.#read(file, answerWithinMs);
      const sources = await this.#sourcesOf(script.path);
      const programs = await this.#programsOf(script.path);
      const uses = sources.length + programs.length;
      if (!isCertain && uses === 0 && !looksLikeScript(script)) return undefined;
      return this.#viewFrom(script, sources, programs);
    } catch (thrown) {
      const path = resolve(folder, file);
      const sources = (await this.#sourcesOf(path)).map(({ name }) => name);
      const isGone = thrown instanceof PlimsollError && thrown.code === 'not_found' && !isCertain;
      const isSilent = thrown instanceof PlimsollError && thrown.code === 'deadline';
      const isFolder = !isSilent && (await stat(path).catch(() => undefined))?.isDirectory() === true;
      if (isGone || (isFolder && !isCertain)) return undefined;
      const destinations = (await this.#programsOf(path)).map(({ destination }) => destination);
      const approval = this.#approvals.of(path);
      return {
        ...{ file, path, state: 'refused', problem: messageOf(thrown), sha256: null },
        ...{ approvedSha256: approval?.sha256 ?? null, approvedAt: approval?.approvedAt ?? null },
        ...{ size: null, modifiedAt: null, owner: null, writableBy: null },
        ...{ interpreter: approval?.interpreter ?? null, sources, destinations },
      };
    }
  }

  #viewFrom(
    script: ScriptFile,
    sources: readonly { name: string; file: string; format: string; interpreter: string | null }[],
    programs: readonly ProgramUse[],
  ): ScriptView {
    const { path, sha256, bytes, modifiedAt, owner, mode } = script;
    const approval = this.#approvals.of(path);
    const interpreter = (sources[0] ?? programs[0] ?? approval)?.interpreter ?? null;
    const isSame = approval?.sha256 === sha256 && approval.interpreter === interpreter;
    const problem = runProblem(script, sources[0]?.format ?? formatOf(programs), interpreter);
    const state =
      problem !== null ? 'refused' : approval === undefined ? 'waiting' : isSame ? 'approved' : 'changed';
    return {
      ...{ file: sources[0]?.file ?? this.#shortName(path), path, state, problem, sha256 },
      ...{ approvedSha256: approval?.sha256 ?? null, approvedAt: approval?.approvedAt ?? null },
      ...{ size: bytes.length, modifiedAt, owner, writableBy: writersOf(mode) },
      ...{ interpreter, sources: sources.map(({ name }) => name) },
      destinations: programs.map(({ destination }) => destination),
    };
  }

  #shortName(path: string): string {
    const way = relative(this.#options.folder, path);
    return way.startsWith('..') || isAbsolute(way) ? path : way;
  }

  async #isInFolder(path: string): Promise<boolean> {
    return (await this.#locate(basename(path))) === path;
  }

  /**
   * Where a script lies, without links. Where that is not to be had, or not in time, it is what was answered last, or else the path as it
   * is written: the bytes are compared with what was approved before they run. A late answer that is another one is a change.
   */
  #locate(file: string): Promise<string> {
    const known = this.#questions.get(file);
    if (known !== undefined) return known;
    const { folder, clock, locate = locateScript } = this.#options;
    const written = resolve(folder, file);
    let given: string | undefined;
    const answer = locate(file, folder)
      .catch(() => written)
      .then((path) => {
        cancel();
        this.#questions.delete(file);
        this.#located.set(file, path);
        if (given !== undefined && given !== path && !this.#isStopped) this.#options.onChange?.();
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

  /** Throws what `readScript` throws, and `deadline` when it takes longer. */
  #read(file: string, withinMs: number): Promise<ScriptFile> {
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

  /** Those whose names say that they are scripts come first. */
  async #namesInFolder(): Promise<{ names: string[]; leftOut: number }> {
    const entries = await readdir(this.#options.folder, { withFileTypes: true }).catch(() => []);
    const names = entries
      .filter((entry) => !entry.isDirectory() && !/^[._~]|~$/.test(entry.name))
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

  /** Removes copies of what is not approved any more. */
  async #tidy(): Promise<void> {
    const { directory } = this.#options;
    await removeCopies(
      scriptsFolder(directory),
      this.#approvals.all.map(({ sha256 }) => sha256),
    );
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => undefined);
    return changed;
  }

  async #look(): Promise<void> {
    const seen = await this.#trace();
    if (this.#isStopped) return;
    if (this.#seen !== undefined && this.#seen !== seen) this.#options.onChange?.();
    this.#seen = seen;
    this.#watch?.close();
    this.#watch = seen === noScripts ? this.#watchForFirst() : undefined;
    this.#lookIn(this.#watch?.isTold === true ? lookSeldomMs : lookEveryMs);
  }

  #lookIn(ms: number): void {
    this.#cancelLook();
    this.#cancelLook = this.#options.clock.after(ms, () => void this.#look());
  }

  #watchForFirst(): FolderWatch {
    const { folder } = this.#options;
    const watch = new FolderWatch(existsSync(folder) ? folder : dirname(folder), () => {
      watch.close();
      this.#lookIn(lookEveryMs);
    });
    return watch;
  }

  /** What changes when a file comes, goes or is written. */
  async #trace(): Promise<string> {
    const { folder } = this.#options;
    const files = [
      ...(await this.#namesInFolder()).names,
      ...this.#scriptSources().map(({ file }) => file),
      ...this.#programs().map(({ file }) => file),
    ];
    const facts: (string | number)[][] = [];
    // One after the other: files on a dead network mount would keep every thread that Node has for files.
    for (const file of files) {
      const stats = await stat(resolve(folder, file)).catch(() => undefined);
      facts.push(stats === undefined ? [file] : [file, stats.size, stats.mtimeMs, stats.ctimeMs]);
    }
    return JSON.stringify(facts);
  }
}

/** What `#trace` says of nothing. */
const noScripts = '[]';

function isScriptName(name: string): boolean {
  return scriptEndings.has(extname(name).toLowerCase()) || /\.(?:exe|com)$/i.test(name);
}

/** What one would want to run: by its ending, by its right to be executed, or by its first line. */
function looksLikeScript({ path, mode, bytes }: ScriptFile): boolean {
  return (
    isScriptName(path) ||
    (mode !== null && (mode & 0o111) !== 0) ||
    bytes.subarray(0, 2).toString('latin1') === '#!'
  );
}

/** What a destination runs is a program whatever its ending, unlike what a source takes numbers from. */
function formatOf(programs: readonly ProgramUse[]): string {
  return programs.length === 0 ? 'auto' : 'number';
}

function runProblem(script: ScriptFile, format: string, interpreter: string | null): string | null {
  if (mannerOf(script.path, format) !== 'program') return null;
  try {
    refuseUnlessRunnable(script, interpreter ?? (/\.py$/i.test(script.path) ? 'python3' : null));
    return null;
  } catch (thrown) {
    return messageOf(thrown);
  }
}

function writersOf(mode: number | null): ScriptView['writableBy'] {
  if (mode === null) return null;
  if ((mode & 0o020) !== 0) return 'group';
  return (mode & 0o200) !== 0 ? 'owner' : 'nobody';
}

/** A file as `approve` would look at it, wherever it lies, for who has no running monitor to ask. Throws what `readScript` throws. */
export async function lookAtScript(
  path: string,
): Promise<
  Pick<ScriptView, 'path' | 'owner' | 'writableBy'> & { sha256: string; size: number; modifiedAt: number }
> {
  const { path: real, sha256, bytes, owner, mode, modifiedAt } = await readScript(path, '/');
  return { path: real, sha256, size: bytes.length, owner, writableBy: writersOf(mode), modifiedAt };
}
