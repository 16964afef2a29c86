import type { Rule } from '../../src-main/contract/rule.ts';
import type { Kinds, SourceKindView } from '../../src-main/contract/kind.ts';
import { unitNamed } from '../../src-main/contract/metric.ts';
import type { MetricDefinition } from '../../src-main/contract/metric.ts';
import { ApiError } from '../client/api-error.ts';
import type { PlimsollClient, SettingsDocument, SettingsView } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

/** Definition of an unknown metric, such as one from a newer engine. */
const anonymous: MetricDefinition = { title: '', unit: 'none', help: '' };

/** Name of Plimsoll's own source. */
export const ownSource = 'plimsoll';

/** The settings with their revision, and the kinds that define their meaning. */
export class SettingsState {
  readonly #client: PlimsollClient;
  readonly #monitor: MonitorState;
  #view = $state.raw<SettingsView | null>(null);
  #kinds = $state.raw<Kinds | null>(null);

  constructor(client: PlimsollClient, monitor: MonitorState) {
    this.#client = client;
    this.#monitor = monitor;
    monitor.onEvent((event) => {
      const stale = event.type === 'settings' && event.revision !== this.#view?.revision;
      // If loading fails, it is repeated after the next reconnection.
      if (stale || event.type === 'refresh') void this.reload().catch(() => undefined);
    });
  }

  get view(): SettingsView | null {
    return this.#view;
  }
  get kinds(): Kinds | null {
    return this.#kinds;
  }
  get rules(): readonly Rule[] {
    return this.#view?.settings.rules ?? [];
  }

  rule(id: string): Rule | undefined {
    return this.rules.find((rule) => rule.id === id);
  }

  kindOf(source: string): SourceKindView | undefined {
    const kind = this.#view?.settings.sources.find((other) => other.name === source)?.kind;
    return this.#kinds?.sources.find((other) => other.kind === kind);
  }

  /** Definition of a metric. If its kind does not define the unit, the unit sent with the samples is used. */
  definition(source: string, metric: string): MetricDefinition {
    const declared = this.declared(source)[metric] ?? anonymous;
    if (declared.unit !== 'none' || this.kindOf(source)?.anyMetric !== true) return declared;
    const health = this.#monitor.status?.sources.find((other) => other.source === source);
    const told = health?.units?.[metric];
    if (told === undefined) return declared;
    const unit = unitNamed(told);
    return unit === 'none' ? { ...declared, sign: told } : { ...declared, unit };
  }

  /** The metrics a source is known to have; Plimsoll's own if no source has this name. */
  declared(source: string): Kinds['own'] {
    const kind = this.kindOf(source);
    return kind?.metrics ?? (source === ownSource ? this.#kinds?.own : undefined) ?? {};
  }

  async reload(): Promise<void> {
    const [view, kinds] = await Promise.all([this.#client.settings(), this.#kinds ?? this.#client.kinds()]);
    this.#view = view;
    this.#kinds = kinds;
  }

  /** Saves sections. Throws `conflict` if somebody else saved since `revision`. */
  async save(sections: Partial<SettingsDocument>, revision: string): Promise<void> {
    this.#view = await this.#client.saveSections(sections, revision);
  }

  /**
   * Changes sections of the current settings. If somebody else saves meanwhile, `edit` is called again with their
   * version; it may throw to change nothing.
   */
  async change(edit: (settings: SettingsDocument) => Partial<SettingsDocument>): Promise<void> {
    for (;;) {
      const view = this.#view;
      if (view === null) return;
      try {
        await this.save(edit(view.settings), view.revision);
        return;
      } catch (thrown) {
        if (!(thrown instanceof ApiError) || thrown.code !== 'conflict') throw thrown;
        await this.reload();
        // The file was edited by hand and not read yet, so there is no newer version.
        if (this.#view?.revision === view.revision) throw thrown;
      }
    }
  }

  async saveRule(rule: Rule, revision: string): Promise<void> {
    const stored = await this.#client.saveRule(rule, revision);
    this.#withRules(
      this.rules.map((other) => (other.id === rule.id ? stored.rule : other)),
      stored.revision,
    );
  }

  /** Adds a rule and returns its id, which the engine derives from the name if the rule has none. */
  async addRule(rule: Partial<Rule>, revision: string): Promise<string> {
    const stored = await this.#client.addRule(rule, revision);
    this.#withRules([...this.rules, stored.rule], stored.revision);
    return stored.rule.id;
  }

  async deleteRule(id: string, revision: string): Promise<void> {
    const { revision: next } = await this.#client.deleteRule(id, revision);
    this.#withRules(
      this.rules.filter((other) => other.id !== id),
      next,
    );
  }

  #withRules(rules: Rule[], revision: string): void {
    if (this.#view === null) return;
    this.#view = { ...this.#view, revision, settings: { ...this.#view.settings, rules } };
  }
}
