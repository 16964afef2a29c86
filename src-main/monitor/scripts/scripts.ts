import { existsSync } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { afterAbout } from '../../base/clock.ts';
import type { Clock } from '../../base/clock.ts';
import { FolderWatch } from '../../base/folder-watch.ts';
import { firstFree } from '../../base/free-name.ts';
import type { SourceApproval } from '../../collectors/scripts/approval.ts';
import { Approvals, scriptsFolder } from '../../collectors/scripts/approvals.ts';
import { seemsToCheck } from '../../collectors/scripts/how-it-runs.ts';
import { removeCopies } from '../../collectors/scripts/private-copy.ts';
import type { locateScript, ScriptFile } from '../../collectors/scripts/script-file.ts';
import { messageOf, PlimsollError } from '../../contract/error.ts';
import { foldedName, nameSchema } from '../../contract/fields.ts';
import type { ScriptApproval, ScriptsView, ScriptText, ScriptView } from '../../contract/script.ts';
import type { SourceSettings } from '../../contract/settings.ts';
import { ownSource } from '../own-source.ts';
import { answerWithinMs, filesAtMost, ScriptFolder } from './script-folder.ts';
import { scriptSourcesOf } from './script-uses.ts';
import type { ProgramUse, ScriptUses } from './script-uses.ts';
import {
  formatOf,
  isScriptName,
  looksLikeScript,
  runProblem,
  scriptView,
  unreadView,
} from './script-view.ts';

/** How often the folder is checked for new and changed files. */
const lookEveryMs = 2000;
/** The same while there is no script at all, and the system reports new files in the folder. */
const lookSeldomMs = 30_000;

/** Long enough for 32 MiB from a slow disk. */
const readWithinMs = 10_000;

const shownBytes = 64 * 1024;

/** What is known of a source when its script is approved; without an interpreter the default one runs it. */
export interface NewScriptSource {
  name: string;
  kind: 'script';
  file: string;
  interpreter?: string;
}

export interface ScriptsOptions {
  /** The data directory, which contains the approvals. */
  directory: string;
  /** The folder of scripts, where relative paths of sources start: `metrics` beside the settings. */
  folder: string;
  clock: Clock;
  sources(): readonly SourceSettings[];
  /** The programs of destinations. */
  programs?: () => readonly ProgramUse[];
  /**
   * Adds a source to the settings. Throws if they cannot be changed. `checks`: the script seems to find violations
   * itself, which need a rule.
   */
  addSource?: (source: NewScriptSource, checks: boolean) => Promise<void>;
  /** Called when a file was added, removed or changed, or an approval was. */
  onChange?: () => void;
  /** Finds the path of a script; tests replace it to simulate file systems that hang. */
  locate?: typeof locateScript;
}

/** Queries and approvals of scripts. */
export interface ScriptsApi {
  list(): Promise<ScriptsView>;
  /** The content of a listed file. Throws `not_found` for any other. */
  text(path: string): Promise<ScriptText>;
  /**
   * Approves a file with its current content. A file in the folder that no source runs becomes a source. Throws
   * `conflict` if it is not the content that was shown, and like `readScript`.
   */
  approve(approval: ScriptApproval): Promise<ScriptView>;
  /** Revokes the approval of a file, and ends its run. Throws `not_found` if there is none. */
  revoke(path: string): Promise<void>;
}

/** Knows which files are scripts, and which of them may run: only approved ones; see docs/decisions/0020. */
export class Scripts implements ScriptsApi {
  readonly #options: ScriptsOptions;
  readonly #approvals: Approvals;
  readonly #folder: ScriptFolder;
  /** One change after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #cancelLook: () => void = () => undefined;
  /** Watches the folder, or the place where it would appear; only while there is no script. */
  #watch: FolderWatch | undefined;
  #seen: string | undefined;
  #isStopped = false;

  constructor(options: ScriptsOptions) {
    this.#options = options;
    this.#approvals = Approvals.open(options.directory, options.clock);
    const { folder, clock, locate } = options;
    this.#folder = new ScriptFolder({
      ...{ folder, clock, ...(locate && { locate }) },
      onMoved: () => {
        if (!this.#isStopped) options.onChange?.();
      },
    });
  }

  /** Why nothing is approved although something was; null if all is well. */
  get problem(): string | null {
    return this.#approvals.problem;
  }

  /** Whether any script may have run. */
  get areUsed(): boolean {
    return this.#approvals.all.length > 0;
  }

  /** Starts to check for new and changed files. */
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
    const { names, leftOut } = await this.#folder.names();
    const inFolder = names.map((name) => ({ file: name, isCertain: false }));
    const known = new Set(inFolder.map(({ file }) => resolve(folder, file)));
    const named = this.#named();
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
    const { bytes, sha256 } = await this.#folder.read(path, readWithinMs);
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
      const script = await this.#folder.read(path, readWithinMs);
      if (script.sha256 !== sha256)
        throw new PlimsollError(
          'conflict',
          `${script.path} has changed since it was looked at. Look at it again, then approve it.`,
        );
      const uses = await this.#usesOf(script.path);
      const use = uses.sources[0] ?? uses.programs[0];
      const runBy = interpreter === undefined ? (use?.interpreter ?? null) : interpreter;
      const problem = runProblem(script, formatOf(uses), runBy);
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
      return this.#viewFrom(script, await this.#usesOf(script.path));
    });
  }

  revoke(path: string): Promise<void> {
    return this.#change(async () => {
      const found = await this.#folder.locate(path);
      await this.#approvals.remove(this.#approvals.of(found) === undefined ? path : found);
      await this.#tidy();
      this.#options.onChange?.();
    });
  }

  /** The approval of the file that a source runs; null if there is none. */
  async approvalFor(options: Readonly<Record<string, unknown>>): Promise<SourceApproval | null> {
    const { file } = options;
    if (typeof file !== 'string') return null;
    const approval = this.#approvals.of(await this.#folder.locate(file));
    return approval === undefined ? null : { sha256: approval.sha256, interpreter: approval.interpreter };
  }

  /**
   * Adds the sources of scripts that were approved while the settings could not be changed. Never throws: it is
   * retried.
   */
  adoptApproved(): Promise<string | null> {
    return this.#change(() => this.#adopt());
  }

  /** Why an approved script has not become a source; null if none is waiting. */
  async #adopt(): Promise<string | null> {
    const { addSource, folder } = this.#options;
    if (addSource === undefined) return null;
    for (const approval of this.#approvals.all.filter(({ awaitsSource }) => awaitsSource)) {
      const { path } = approval;
      try {
        if (!isUsed(await this.#usesOf(path))) {
          const file = (await this.#isInFolder(path)) ? basename(path) : path;
          const interpreter = approval.interpreter === null ? {} : { interpreter: approval.interpreter };
          const checks = await this.#folder.read(path, answerWithinMs).then(seemsToCheck, () => false);
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

  /** Files named by sources and destinations. */
  #named(): string[] {
    const { sources, programs } = this.#uses();
    return [...sources, ...programs].map(({ file }) => file);
  }

  #uses(): ScriptUses {
    const { sources, programs } = this.#options;
    return { sources: scriptSourcesOf(sources()), programs: programs?.() ?? [] };
  }

  async #usesOf(path: string): Promise<ScriptUses> {
    const { sources, programs } = this.#uses();
    return {
      sources: await this.#folder.at(path, sources),
      programs: await this.#folder.at(path, programs),
    };
  }

  /** Undefined for a file in the folder that is not a script, such as notes. */
  async #viewOf(file: string, isCertain: boolean): Promise<ScriptView | undefined> {
    const { folder } = this.#options;
    try {
      const script = await this.#folder.read(file, answerWithinMs);
      const uses = await this.#usesOf(script.path);
      if (!isCertain && !isUsed(uses) && !looksLikeScript(script)) return undefined;
      return this.#viewFrom(script, uses);
    } catch (thrown) {
      const path = resolve(folder, file);
      const isGone = thrown instanceof PlimsollError && thrown.code === 'not_found';
      const isSilent = thrown instanceof PlimsollError && thrown.code === 'deadline';
      const isFolder = !isSilent && (await stat(path).catch(() => undefined))?.isDirectory() === true;
      const isLost = isGone && (await lstat(path).catch(() => undefined))?.isSymbolicLink() === true;
      const isMeant = isCertain || ((isFolder || isLost) && isScriptName(file));
      if (!isMeant && (isGone || isFolder)) return undefined;
      const problem = isLost
        ? `${path} is a link to a file that is not there. Put that file there, or remove the link.`
        : messageOf(thrown);
      const approval = this.#approvals.of(path);
      return unreadView({ file, path }, problem, await this.#usesOf(path), approval);
    }
  }

  #viewFrom(script: ScriptFile, uses: ScriptUses): ScriptView {
    return scriptView(script, uses, this.#approvals.of(script.path), this.#options.folder);
  }

  async #isInFolder(path: string): Promise<boolean> {
    return (await this.#folder.locate(basename(path))) === path;
  }

  /** Removes copies of scripts that are no longer approved. */
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
    const seen = await this.#folder.trace(this.#named());
    if (this.#isStopped) return;
    if (this.#seen !== undefined && this.#seen !== seen) this.#options.onChange?.();
    this.#seen = seen;
    this.#watch?.close();
    this.#watch = seen === noScripts ? this.#watchForFirst() : undefined;
    this.#lookIn(this.#watch?.isTold === true ? lookSeldomMs : lookEveryMs);
  }

  #lookIn(ms: number): void {
    this.#cancelLook();
    this.#cancelLook = afterAbout(this.#options.clock, ms, () => void this.#look());
  }

  #watchForFirst(): FolderWatch {
    const { folder } = this.#options;
    const watch = new FolderWatch(existsSync(folder) ? folder : dirname(folder), () => {
      watch.close();
      if (!this.#isStopped) this.#lookIn(lookEveryMs);
    });
    return watch;
  }
}

/** The trace without any file. */
const noScripts = '[]';

function isUsed({ sources, programs }: ScriptUses): boolean {
  return sources.length + programs.length > 0;
}
