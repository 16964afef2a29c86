import type { Problem } from '../../src-main/contract/error.ts';
import { ApiError } from '../client/api-error.ts';
import type { SettingsDocument, SettingsView } from '../client/plimsoll-client.ts';
import { freeName } from './entries.ts';
import type { ListName } from './entries.ts';
import { problemsUnder } from './entry-problems.ts';
import type { FieldProblems } from './entry-problems.ts';
import type { SettingsState } from './settings.svelte.ts';

type Editable = Pick<SettingsDocument, 'sources' | 'destinations' | 'monitoring' | 'listen' | 'hub'>;

/** Sources, destinations, monitoring and receiving in their common form. Rules have their own editor and are never changed here. */
export class SettingsDraft {
  readonly #settings: SettingsState;
  #base: Editable;
  #problems = $state.raw<readonly Problem[]>([]);
  #message = $state<string | null>(null);
  #conflict = $state(false);
  #saving = $state(false);
  content: Editable;

  constructor(settings: SettingsState, view: SettingsView) {
    this.#settings = settings;
    this.#base = $state.raw(partOf(view));
    this.content = $state(partOf(view));
  }

  get saving(): boolean {
    return this.#saving;
  }
  /** Whether somebody else saved the same sections meanwhile. */
  get conflict(): boolean {
    return this.#conflict;
  }
  get message(): string | null {
    return this.#message;
  }
  get dirty(): boolean {
    return JSON.stringify(this.content) !== JSON.stringify(this.#base);
  }

  /** Problems of one entry by field: those whose path begins with `prefix`, such as `sources[0]`. */
  problemsOf(prefix: string): Readonly<Record<string, FieldProblems>> {
    return problemsUnder(prefix, this.#problems);
  }

  changeMonitoring(key: string, value: unknown): void {
    Object.assign(this.content.monitoring, { [key]: value });
  }

  /** Whether the listening address or TLS changes, through which this page may itself be loaded. */
  get movesListener(): boolean {
    const of = ({ listen, hub }: Editable): string =>
      JSON.stringify([listen, hub?.enabled, hub?.tlsCertificate, hub?.tlsKey]);
    return of(this.content) !== of(this.#base);
  }

  /** Changes the first address; others stay. */
  changeListen(address: string): void {
    this.content.listen = [address, ...(this.content.listen ?? []).slice(1)];
  }

  changeHub(key: string, value: unknown): void {
    // Typing in the other fields must not enable receiving.
    const hub = this.content.hub ?? { enabled: false, allowAnonymousFrom: [] };
    if (value === undefined) Reflect.deleteProperty(hub, key);
    else Object.assign(hub, { [key]: value });
    this.content.hub = hub;
  }

  changeEntry(list: ListName, index: number, key: string, value: unknown): void {
    const entry = this.content[list][index];
    if (entry === undefined) return;
    // A key without a value would be invalid in the settings, so it is removed.
    if (value === undefined) Reflect.deleteProperty(entry, key);
    else Object.assign(entry, { [key]: value });
  }

  addEntry(list: ListName, kind: string): void {
    const name = freeName(
      kind,
      this.content[list].map((entry) => entry.name),
    );
    this.content[list].push({ name, kind, enabled: true });
  }

  removeEntry(list: ListName, index: number): void {
    this.content[list].splice(index, 1);
  }

  /** Takes over settings that were saved elsewhere if nothing is edited here. */
  follow(view: SettingsView): void {
    if (this.dirty || this.#saving) return;
    this.#base = partOf(view);
    this.content = partOf(view);
  }

  discard(): void {
    if (this.#settings.view !== null) this.#base = partOf(this.#settings.view);
    this.content = structuredClone(this.#base);
    this.#clear();
  }

  /** Ignores calls while a save is in progress. `over` saves even if the same sections were changed elsewhere. */
  async save(over = false): Promise<boolean> {
    if (this.#settings.view === null || this.#saving) return false;
    this.#saving = true;
    this.#clear();
    try {
      await this.#send(over);
      return !this.#conflict;
    } catch (thrown) {
      this.#problems = thrown instanceof ApiError ? thrown.problems : [];
      this.#message = thrown instanceof Error ? thrown.message : String(thrown);
      return false;
    } finally {
      this.#saving = false;
    }
  }

  async #send(over: boolean): Promise<void> {
    const view = this.#settings.view;
    if (view === null) return;
    if (!over && JSON.stringify(partOf(view)) !== JSON.stringify(this.#base)) {
      this.#conflict = true;
      return;
    }
    try {
      await this.#settings.save(plainOf(this.content), view.revision);
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.code !== 'conflict') throw thrown;
      // Other settings may have changed: check whether these sections did, and save if not.
      await this.#settings.reload();
      if (this.#settings.view?.revision === view.revision) throw thrown;
      await this.#send(over);
      return;
    }
    const saved = this.#settings.view ?? view;
    this.#base = partOf(saved);
    this.content = partOf(saved);
  }

  #clear(): void {
    this.#problems = [];
    this.#message = null;
    this.#conflict = false;
  }
}

/** A copy without proxies, to be sent. */
function plainOf(content: Editable): Editable {
  return JSON.parse(JSON.stringify(content)) as Editable;
}

function partOf({ settings }: SettingsView): Editable {
  const { sources, destinations, monitoring, listen, hub } = settings;
  return structuredClone({ sources, destinations, monitoring, listen, hub });
}
