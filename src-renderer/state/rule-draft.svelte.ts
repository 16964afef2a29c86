import type { Problem } from '../../src-main/contract/error.ts';
import type { Rule } from '../../src-main/contract/rule.ts';
import { ApiError } from '../client/api-error.ts';
import { m } from '../paraglide/messages.js';
import { problemsUnder } from './entry-problems.ts';
import { problemWords } from './problem-words.ts';
import { fieldProblems, fieldsOf, isMoreField, problemsByField, ruleOf } from './rule-fields.ts';
import type { FieldProblem, RuleField, RuleFields } from './rule-fields.ts';
import type { SettingsState } from './settings.svelte.ts';

/** `conflict`: somebody else changed the same rule meanwhile; nothing was saved and the edit is kept. */
export type SaveOutcome =
  { saved: true; id: string } | { saved: false; why: 'invalid' | 'conflict' | 'failed' };

/** One rule in its editor. */
export class RuleDraft {
  readonly #settings: SettingsState;
  /** The rule as opened; null for a new one. */
  #base = $state.raw<Rule | null>(null);
  #start: RuleFields;
  #theirs = $state.raw<Rule | 'deleted' | null>(null);
  #saving = $state(false);
  #serverProblems = $state.raw<ReadonlyMap<RuleField | null, string>>(new Map());
  #moreProblems = $state.raw<readonly Problem[]>([]);
  #tried = $state(false);
  fields: RuleFields;

  constructor(settings: SettingsState, base: Rule | null, fields: RuleFields) {
    this.#settings = settings;
    this.#base = base;
    this.#start = $state.raw({ ...fields });
    this.fields = $state({ ...fields });
  }

  get problems(): ReadonlyMap<RuleField, FieldProblem> {
    return fieldProblems(this.fields);
  }

  get base(): Rule | null {
    return this.#base;
  }
  get saving(): boolean {
    return this.#saving;
  }
  /** Whether saving was attempted. Only then are empty fields of a new rule marked. */
  get tried(): boolean {
    return this.#tried;
  }
  /** The rule as somebody else saved it, after a conflict. */
  get theirs(): Rule | 'deleted' | null {
    return this.#theirs;
  }
  get serverProblems(): ReadonlyMap<RuleField | null, string> {
    return this.#serverProblems;
  }
  /** The engine's problems with fields in `more`. */
  get moreProblems(): readonly Problem[] {
    return this.#moreProblems;
  }
  /** What is wrong with a number in `more`. */
  moreProblem(key: string): string | null {
    const engines = problemsUnder('', this.#moreProblems)[key]?.own ?? null;
    return engines ?? (this.fields.more[key] === null ? m.number_empty() : null);
  }
  get dirty(): boolean {
    return JSON.stringify(this.fields) !== JSON.stringify(this.#start);
  }

  change(changes: Partial<RuleFields>): void {
    Object.assign(this.fields, changes);
    const left = new Map(this.#serverProblems);
    for (const field of Object.keys(changes)) left.delete(field as RuleField);
    this.#serverProblems = left;
    if (changes.more !== undefined && this.#moreProblems.length > 0) this.#moreProblems = [];
  }

  /** Takes a number into `more`; nothing is saved while it is not `readable`. */
  changeMore(key: string, value: number | null, readable: boolean): void {
    this.change({ more: { ...this.fields.more, [key]: value ?? (readable ? undefined : null) } });
  }

  /** Sets a suggested name. That does not count as an unsaved change. */
  suggestName(name: string): void {
    this.#start = { ...this.#start, name };
    this.change({ name });
  }

  /** Ignores calls while a save is in progress. `over` saves even if somebody else changed the rule. */
  async save(over = false): Promise<SaveOutcome> {
    this.#tried = true;
    // Text typed during the save is not part of it, but not lost either.
    const sent = { ...this.fields };
    const rule = ruleOf(sent);
    const revision = this.#settings.view?.revision;
    if (rule === null || revision === undefined || this.#saving) return { saved: false, why: 'invalid' };
    this.#saving = true;
    try {
      return await this.#send(rule, sent, revision, over);
    } catch (thrown) {
      return this.#failed(thrown);
    } finally {
      this.#saving = false;
    }
  }

  /** Continues with the rule that somebody else saved. */
  takeTheirs(): void {
    if (this.#theirs !== null && this.#theirs !== 'deleted') this.#take(this.#theirs);
  }

  /** Takes over the rule as it was saved elsewhere if nothing is edited here. */
  follow(rule: Rule): void {
    if (this.dirty || this.#saving || JSON.stringify(rule) === JSON.stringify(this.#base)) return;
    this.#take(rule);
  }

  /** Discards all changes, so that leaving needs no confirmation. */
  takeBack(): void {
    this.fields = { ...this.#start };
  }

  #take(rule: Rule): void {
    this.#base = rule;
    this.#start = fieldsOf(rule);
    this.fields = fieldsOf(rule);
    this.#theirs = null;
    this.#serverProblems = new Map();
    this.#moreProblems = [];
  }

  async #send(
    rule: Omit<Rule, 'id'>,
    sent: RuleFields,
    revision: string,
    over: boolean,
  ): Promise<SaveOutcome> {
    const base = this.#base;
    if (!over && base !== null) {
      const now = this.#settings.rule(base.id);
      if (now === undefined || JSON.stringify(now) !== JSON.stringify(base)) {
        this.#theirs = now ?? 'deleted';
        return { saved: false, why: 'conflict' };
      }
    }
    const exists = base !== null && this.#settings.rule(base.id) !== undefined;
    const id = base?.id;
    try {
      if (exists) await this.#settings.saveRule({ ...rule, id: base.id }, revision);
      const stored = exists
        ? base.id
        : await this.#settings.addRule(id === undefined ? rule : { ...rule, id }, revision);
      this.#start = sent;
      this.#base = this.#settings.rule(stored) ?? null;
      this.#theirs = null;
      return { saved: true, id: stored };
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.code !== 'conflict') throw thrown;
      // Other settings may have changed: check whether this rule did, and save if not.
      await this.#settings.reload();
      const fresh = this.#settings.view?.revision;
      if (fresh === undefined || fresh === revision) throw thrown;
      return this.#send(rule, sent, fresh, over);
    }
  }

  #failed(thrown: unknown): SaveOutcome {
    if (thrown instanceof ApiError && thrown.problems.length > 0) {
      const isMore = ({ path }: Problem) => isMoreField(path);
      this.#serverProblems = problemsByField(thrown.problems.filter((problem) => !isMore(problem)));
      this.#moreProblems = thrown.problems.filter(isMore);
      return { saved: false, why: 'invalid' };
    }
    this.#serverProblems = new Map([[null, problemWords(thrown)]]);
    return { saved: false, why: 'failed' };
  }
}
