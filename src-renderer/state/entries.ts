import type { Rule } from '../../src-main/contract/rule.ts';
import type { SettingsDocument } from '../client/plimsoll-client.ts';
import { m } from '../paraglide/messages.js';
import { problemWords } from './problem-words.ts';
import { routeHref } from './route.ts';
import type { Route } from './route.ts';
import { namesSource } from './rule-sources.ts';
import type { SettingsState } from './settings.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

/** The two lists in the settings whose entries have a kind. Each has a view of the same name. */
export type ListName = 'sources' | 'destinations';

/** A source or destination as configured; the options of its kind stand beside the common keys. */
export interface Entry {
  name: string;
  kind: string;
  enabled: boolean;
  [option: string]: unknown;
}

export function entryNamed(settings: SettingsState, list: ListName, name: string): Entry | undefined {
  return settings.view?.settings[list].find((entry) => entry.name === name);
}

/** The query of an entry's address. It distinguishes an entry called `new` from one that is being created. */
export function entryQuery(name: string): Record<string, string> {
  return name === 'new' ? { saved: 'yes' } : {};
}
export function entryHref(list: ListName, name: string): string {
  return routeHref(list, name, entryQuery(name));
}
export function isNewEntry({ id, query }: Route): boolean {
  return id === 'new' && query.saved === undefined;
}

/** The wanted name, or with the first number that makes it unique. */
export function freeName(wanted: string, names: readonly string[]): string {
  const taken = new Set(names.map((name) => name.normalize('NFC').toLowerCase()));
  let name = wanted;
  for (let number = 2; taken.has(name.normalize('NFC').toLowerCase()); number += 1)
    name = `${wanted} ${number}`;
  return name;
}

/** The host of a URL, as a suggested name. */
export function nameFromUrl(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const host = URL.parse(value)?.host ?? '';
  return host === '' ? null : host.slice(0, 150);
}

/** Enables, disables and deletes entries at once. Errors are shown as toasts; a deletion can be undone. */
export class Entries {
  readonly #settings: SettingsState;
  readonly #toasts: Toasts;

  constructor(settings: SettingsState, toasts: Toasts) {
    this.#settings = settings;
    this.#toasts = toasts;
  }

  /** The rules that name this source and cannot exist without it. */
  rulesOf(source: string): readonly Rule[] {
    return this.#settings.rules.filter((rule) => namesSource(rule, source));
  }

  async switch(list: ListName, name: string, enabled: boolean): Promise<void> {
    try {
      await this.#settings.change((settings) => ({
        [list]: settings[list].map((entry) => (entry.name === name ? { ...entry, enabled } : entry)),
      }));
    } catch (thrown) {
      await this.#settings.reload().catch(() => undefined);
      this.#toasts.problem(m.rule_not_switched({ name, why: problemWords(thrown) }));
    }
  }

  /**
   * Deletes an entry, and the rules that name it if it is a source, with an undo action. `waiting`: how many deliveries wait for it, which are
   * not sent then. Resolves to whether it was deleted.
   */
  async remove(list: ListName, name: string, waiting = 0): Promise<boolean> {
    const before = this.#settings.view?.settings;
    if (before === undefined) return false;
    const goes = (rule: Rule): boolean => list === 'sources' && namesSource(rule, name);
    try {
      await this.#settings.change((settings) => ({
        [list]: settings[list].filter((entry) => entry.name !== name),
        ...(list === 'sources' ? { rules: settings.rules.filter((rule) => !goes(rule)) } : {}),
      }));
    } catch (thrown) {
      await this.#settings.reload().catch(() => undefined);
      this.#toasts.problem(m.rule_not_deleted({ name, why: problemWords(thrown) }));
      return false;
    }
    const rules = before.rules.filter(goes).length;
    const said =
      waiting > 0
        ? m.destination_deleted_waiting({ name, count: waiting })
        : rules === 0
          ? m.rule_deleted({ name })
          : m.source_deleted_with_rules({ name, count: rules });
    this.#toasts.undoable(said, m.undo(), () => void this.#restore(list, name, before));
    return true;
  }

  async #restore(list: ListName, name: string, before: SettingsDocument): Promise<void> {
    let away: readonly Rule[] = [];
    try {
      await this.#settings.change((settings) => {
        if (list === 'destinations')
          return {
            destinations: withAgain(settings[list], before[list], (entry) => entry.name === name),
          };
        const { sources, rules, ...others } = sourceAgain(name, settings, before);
        ({ away } = others);
        return { sources, rules };
      });
    } catch (thrown) {
      this.#toasts.problem(m.rule_not_restored({ name, why: problemWords(thrown) }));
      return;
    }
    if (away.length === 0) return;
    const names = away.map((rule) => rule.name).join(', ');
    this.#toasts.problem(m.source_restored_without({ name, count: away.length, names }));
  }
}

type SourcesAndRules = Pick<SettingsDocument, 'sources' | 'rules'>;

/**
 * The settings `now` with a source of `before` restored, and the rules that name it. `away`: the rules that stay
 * deleted because they also name a source that is gone meanwhile.
 */
export function sourceAgain(
  name: string,
  now: SourcesAndRules,
  before: SourcesAndRules,
): SourcesAndRules & { away: Rule[] } {
  const sources = withAgain(now.sources, before.sources, (entry) => entry.name === name);
  const gone = before.sources.filter((entry) => !sources.some((other) => other.name === entry.name));
  const deleted = before.rules.filter((rule) => namesSource(rule, name));
  const away = deleted.filter((rule) => gone.some((entry) => namesSource(rule, entry.name)));
  const isBack = (rule: Rule): boolean => deleted.includes(rule) && !away.includes(rule);
  return { sources, rules: withAgain<Rule>(now.rules, before.rules, isBack), away };
}

/** The list `now` with the entries of `before` that `isBack` selects restored, each to its old place if possible. */
function withAgain<T>(now: readonly T[], before: readonly T[], isBack: (item: T) => boolean): T[] {
  const list = [...now];
  before.forEach((item, index) => {
    if (isBack(item)) list.splice(index, 0, item);
  });
  return list;
}
