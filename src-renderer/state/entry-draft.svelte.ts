import type { Problem } from '../../src-main/contract/error.ts';
import { ApiError } from '../client/api-error.ts';
import type { SettingsDocument } from '../client/plimsoll-client.ts';
import { entryNamed, freeName, nameFromUrl } from './entries.ts';
import type { Entry, ListName } from './entries.ts';
import { problemsElsewhere, problemsUnder } from './entry-problems.ts';
import type { FieldProblems } from './entry-problems.ts';
import { problemWords } from './problem-words.ts';
import { withSourceRenamed } from './rule-sources.ts';
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

/** One source or destination in its form. A typed secret is kept here only until it is saved. */
export class EntryDraft {
  readonly #settings: SettingsState;
  readonly list: ListName;
  readonly fields: readonly SchemaField[];
  /** The entry as opened; null for a new one. */
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
  /** Whether saving or a trial was attempted. Only then are empty fields marked. */
  get tried(): boolean {
    return this.#tried;
  }
  /** The entry as somebody else saved it, after a conflict. */
  get theirs(): Entry | 'deleted' | null {
    return this.#theirs;
  }
  get problems(): Readonly<Record<string, FieldProblems>> {
    return this.#problems;
  }
  /** Problems that belong to no field. */
  get messages(): readonly string[] {
    return this.#messages;
  }
  get dirty(): boolean {
    return JSON.stringify(this.content) !== JSON.stringify(this.#start);
  }
  /** Fields that are required but empty, or contain an invalid number. */
  get unready(): readonly string[] {
    return this.fields.filter((field) => !isReady(field, this.content[field.key])).map(({ key }) => key);
  }

  change(key: string, value: unknown): void {
    // A key without a value would be invalid in the settings, so it is removed.
    if (value === undefined) Reflect.deleteProperty(this.content, key);
    else Object.assign(this.content, { [key]: value });
    this.#problems = Object.fromEntries(Object.entries(this.#problems).filter(([field]) => field !== key));
    if (key === 'name') this.#named = true;
    else if (!this.#named) this.#suggestName(key, value);
  }

  /** The entry to send; null if some fields are not ready, which are then marked. */
  ready(): Entry | null {
    this.#tried = true;
    return this.unready.length === 0 ? this.#plain() : null;
  }

  /** Shows the problems that a trial found at their fields. Their paths refer to the entry alone. */
  refuseTrial(problems: readonly Problem[]): void {
    const own = problems.map((problem) => ({
      ...problem,
      path: problem.path.replace(/^(?:sources?|destinations?)(?:\[\d+\])?\.?/, ''),
    }));
    this.#problems = problemsUnder('', own);
  }

  /** Ignores calls while a save is in progress. `over` saves even if somebody else changed the entry. */
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

  /** Continues with the entry that somebody else saved. */
  takeTheirs(): void {
    if (this.#theirs !== null && this.#theirs !== 'deleted') this.#take(this.#theirs);
  }

  /** Takes over the entry as it was saved elsewhere if nothing is edited here. The form of another kind has other fields. */
  follow(entry: Entry): void {
    if (this.dirty || this.#saving || entry.kind !== this.content.kind) return;
    if (JSON.stringify(entry) !== JSON.stringify(this.#base)) this.#take(entry);
  }

  /** Discards all changes, so that leaving needs no confirmation. */
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

  /** Index at which the entry is saved: its own, or the end of the list. */
  #placeIn(settings: SettingsDocument, over: boolean): number {
    const entries = settings[this.list];
    const base = this.#base;
    if (base === null) return entries.length;
    const at = entries.findIndex(({ name }) => name === base.name);
    const now = entries[at];
    if (!over && JSON.stringify(now) !== JSON.stringify(base)) throw new ChangedElsewhere(now ?? 'deleted');
    return at < 0 ? entries.length : at;
  }

  /** The changed sections: the entry at its index. If a source is renamed, the rules that name it follow. */
  #with(settings: SettingsDocument, entry: Entry, at: number): Partial<SettingsDocument> {
    const entries: readonly Entry[] = settings[this.list];
    const old = entries[at]?.name ?? entry.name;
    const follows = this.list === 'sources' && old !== entry.name;
    return {
      [this.list]: entries.toSpliced(at, 1, entry),
      ...(follows && {
        rules: settings.rules.map((rule) => withSourceRenamed(rule, old, entry.name)),
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

/** A copy without proxies, possible because everything in it is JSON. */
function copyOf(entry: Entry): Entry {
  return JSON.parse(JSON.stringify(entry)) as Entry;
}

function isReady(field: SchemaField, value: unknown): boolean {
  const given = value ?? field.fallback;
  if (field.type === 'number') {
    // Null stands for text that is not a number.
    if (value === null) return false;
    return boundsProblem(field, typeof given === 'number' ? given : null) === null;
  }
  // A secret header without a secret yet.
  if (field.type === 'record' && Object.values(given ?? {}).includes(null)) return false;
  if (!field.required) return true;
  if (typeof given === 'string') return given.trim() !== '';
  if (Array.isArray(given)) return given.length > 0;
  return given !== undefined && given !== null;
}
