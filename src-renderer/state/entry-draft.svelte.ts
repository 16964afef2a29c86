import type { Problem } from '../../src-main/contract/error.ts';
import { ApiError } from '../client/api-error.ts';
import type { SettingsDocument } from '../client/plimsoll-client.ts';
import { entryNamed, freeName, nameFromUrl } from './entries.ts';
import type { Entry, ListName } from './entries.ts';
import { problemsElsewhere, problemsUnder } from './entry-problems.ts';
import type { FieldProblems } from './entry-problems.ts';
import { problemWords } from './problem-words.ts';
import { boundsProblem, schemaFields } from './schema-fields.ts';
import type { SchemaField } from './schema-fields.ts';
import type { SettingsState } from './settings.svelte.ts';

/** `conflict`: somebody else changed the same entry meanwhile; nothing was saved and the edit is kept. */
export type EntryOutcome =
  { saved: true; name: string } | { saved: false; why: 'busy' | 'invalid' | 'conflict' | 'failed' };

class ChangedElsewhere extends Error {
  readonly theirs: Entry | 'deleted';
  constructor(theirs: Entry | 'deleted') {
    super('changed elsewhere');
    this.theirs = theirs;
  }
}

/** One source or destination while it is edited. A secret that was typed is kept here only until it is saved. */
export class EntryDraft {
  readonly #settings: SettingsState;
  readonly list: ListName;
  readonly fields: readonly SchemaField[];
  /** As it was opened; null for a new one. */
  #base = $state.raw<Entry | null>(null);
  #start: Entry;
  #theirs = $state.raw<Entry | 'deleted' | null>(null);
  #saving = $state(false);
  #tried = $state(false);
  #problems = $state.raw<Readonly<Record<string, FieldProblems>>>({});
  #messages = $state.raw<readonly string[]>([]);
  #named: boolean;
  content: Entry;

  constructor(
    settings: SettingsState,
    list: ListName,
    opened: { base: Entry } | { kind: string },
    schema: Record<string, unknown>,
  ) {
    this.#settings = settings;
    this.list = list;
    this.fields = schemaFields(schema, ['kind']);
    const taken = settings.view?.settings[list].map(({ name }) => name) ?? [];
    const first =
      'base' in opened
        ? opened.base
        : { name: freeName(opened.kind, taken), kind: opened.kind, enabled: true };
    this.#base = 'base' in opened ? opened.base : null;
    this.#named = 'base' in opened;
    this.#start = $state.raw(first);
    this.content = $state(copyOf(first));
  }

  get base(): Entry | null {
    return this.#base;
  }
  get saving(): boolean {
    return this.#saving;
  }
  /** Whether saving or a trial was asked for: only then are empty fields pointed at. */
  get tried(): boolean {
    return this.#tried;
  }
  /** What somebody else made of this entry, after a conflict. */
  get theirs(): Entry | 'deleted' | null {
    return this.#theirs;
  }
  get problems(): Readonly<Record<string, FieldProblems>> {
    return this.#problems;
  }
  /** What is wrong and belongs to no field. */
  get messages(): readonly string[] {
    return this.#messages;
  }
  get dirty(): boolean {
    return JSON.stringify(this.content) !== JSON.stringify(this.#start);
  }
  /** Fields that are empty and must not be, or hold what is no such number. */
  get unready(): readonly string[] {
    return this.fields.filter((field) => !isReady(field, this.content[field.key])).map(({ key }) => key);
  }

  change(key: string, value: unknown): void {
    // A key without value would be an unknown key's cousin in the file: it goes.
    if (value === undefined) Reflect.deleteProperty(this.content, key);
    else Object.assign(this.content, { [key]: value });
    this.#problems = Object.fromEntries(Object.entries(this.#problems).filter(([field]) => field !== key));
    if (key === 'name') this.#named = true;
    else if (!this.#named) this.#suggestName(key, value);
  }

  /** The entry as it is sent; null, with its fields pointed at, while some are not ready. */
  ready(): Entry | null {
    this.#tried = true;
    return this.unready.length === 0 ? this.#plain() : null;
  }

  /** Shows at their fields what a trial found wrong with the form: it speaks of the one entry, wherever that would stand. */
  refuseTrial(problems: readonly Problem[]): void {
    const own = problems.map((problem) => ({
      ...problem,
      path: problem.path.replace(/^(?:sources?|destinations?)(?:\[\d+\])?\.?/, ''),
    }));
    this.#problems = problemsUnder('', own);
  }

  /** Saves once, however often it is asked. `over` saves although somebody else changed the entry. */
  async save(over = false): Promise<EntryOutcome> {
    if (this.#saving) return { saved: false, why: 'busy' };
    const entry = this.ready();
    if (entry === null) return { saved: false, why: 'invalid' };
    this.#saving = true;
    this.#problems = {};
    this.#messages = [];
    let at = -1;
    try {
      await this.#settings.change((settings) => {
        at = this.#placeIn(settings, over);
        return this.#with(settings, entry, at);
      });
      this.#take(entryNamed(this.#settings, this.list, entry.name) ?? entry);
      return { saved: true, name: entry.name };
    } catch (thrown) {
      return this.#failed(thrown, at);
    } finally {
      this.#saving = false;
    }
  }

  /** Goes on with what somebody else saved. */
  takeTheirs(): void {
    if (this.#theirs !== null && this.#theirs !== 'deleted') this.#take(this.#theirs);
  }

  /** Forgets what was changed, so that leaving asks nothing. */
  takeBack(): void {
    this.content = copyOf(this.#start);
    this.#problems = {};
    this.#messages = [];
  }

  #suggestName(key: string, value: unknown): void {
    const field = this.fields.find((other) => other.key === key);
    if (field?.type !== 'text' || field.format !== 'url') return;
    const taken = this.#settings.view?.settings[this.list].map(({ name }) => name) ?? [];
    this.content.name = freeName(nameFromUrl(value) ?? this.content.kind, taken);
  }

  /** Where the entry is to stand: in its own place, or behind all others. */
  #placeIn(settings: SettingsDocument, over: boolean): number {
    const entries = settings[this.list];
    const base = this.#base;
    if (base === null) return entries.length;
    const at = entries.findIndex(({ name }) => name === base.name);
    const now = entries[at];
    if (!over && JSON.stringify(now) !== JSON.stringify(base)) throw new ChangedElsewhere(now ?? 'deleted');
    return at < 0 ? entries.length : at;
  }

  /** What changes: the entry in its place. Rules follow a source to its new name: they mean the source. */
  #with(settings: SettingsDocument, entry: Entry, at: number): Partial<SettingsDocument> {
    const entries: readonly Entry[] = settings[this.list];
    const old = entries[at]?.name ?? entry.name;
    const follows = this.list === 'sources' && old !== entry.name;
    return {
      [this.list]: entries.toSpliced(at, 1, entry),
      ...(follows && {
        rules: settings.rules.map((rule) => (rule.source === old ? { ...rule, source: entry.name } : rule)),
      }),
    };
  }

  #take(entry: Entry): void {
    this.#base = entry;
    this.#start = entry;
    this.content = copyOf(entry);
    this.#theirs = null;
    this.#named = true;
    this.#tried = false;
    this.#problems = {};
    this.#messages = [];
  }

  #failed(thrown: unknown, at: number): EntryOutcome {
    if (thrown instanceof ChangedElsewhere) {
      this.#theirs = thrown.theirs;
      return { saved: false, why: 'conflict' };
    }
    const problems = thrown instanceof ApiError ? thrown.problems : [];
    const prefix = `${this.list}[${at}]`;
    this.#problems = problemsUnder(prefix, problems);
    const keys = this.fields.map(({ key }) => key);
    const elsewhere = problemsElsewhere(prefix, keys, problems);
    this.#messages = problems.length === 0 ? [problemWords(thrown)] : elsewhere;
    return { saved: false, why: problems.length > 0 ? 'invalid' : 'failed' };
  }

  #plain(): Entry {
    const entry = copyOf(this.content);
    return { ...entry, name: entry.name.trim() };
  }
}

/** A copy without proxies; what is there is JSON throughout. */
function copyOf(entry: Entry): Entry {
  return JSON.parse(JSON.stringify(entry)) as Entry;
}

function isReady(field: SchemaField, value: unknown): boolean {
  const given = value ?? field.fallback;
  if (field.type === 'number') {
    // Null stands for what could not be read as a number.
    if (value === null) return false;
    return boundsProblem(field, typeof given === 'number' ? given : null) === null;
  }
  // A secret header whose secret is not there yet.
  if (field.type === 'record' && Object.values(given ?? {}).includes(null)) return false;
  if (!field.required) return true;
  if (typeof given === 'string') return given.trim() !== '';
  if (Array.isArray(given)) return given.length > 0;
  return given !== undefined && given !== null;
}
