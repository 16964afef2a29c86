import type { ScriptsView, ScriptView } from '../../src-main/contract/script.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

/** The existing scripts, updated live as files and approvals change. */
export class ScriptList {
  readonly #client: PlimsollClient;
  #view = $state.raw<ScriptsView | null>(null);
  #problem = $state.raw<unknown>(null);
  /** Number of the latest request, so that late answers to earlier ones are dropped. */
  #question = 0;
  readonly #unsubscribe: () => void;

  constructor(client: PlimsollClient, monitor: MonitorState) {
    this.#client = client;
    this.#unsubscribe = monitor.onEvent(({ type }) => {
      if (type === 'scripts' || type === 'settings' || type === 'refresh') void this.load();
    });
    void this.load();
  }

  /** Why they could not be loaded; null if they were. */
  get problem(): unknown {
    return this.#problem;
  }

  /** Scripts that need approval before they run. */
  get waiting(): readonly ScriptView[] {
    return this.#scripts.filter(({ state }) => state === 'waiting' || state === 'changed');
  }

  /** Scripts in the folder that can be neither run nor approved. */
  get refused(): readonly ScriptView[] {
    return this.#scripts.filter(({ state, sources }) => state === 'refused' && sources.length === 0);
  }

  /** The script of a source; undefined if unknown. */
  ofSource(name: string): ScriptView | undefined {
    return this.#scripts.find(({ sources }) => sources.includes(name));
  }

  get #scripts(): readonly ScriptView[] {
    return this.#view?.scripts ?? [];
  }

  async load(): Promise<void> {
    const question = ++this.#question;
    try {
      const view = await this.#client.scripts();
      if (question !== this.#question) return;
      this.#view = view;
      this.#problem = null;
    } catch (thrown) {
      if (question === this.#question) this.#problem = thrown;
    }
  }

  close(): void {
    this.#unsubscribe();
  }
}
