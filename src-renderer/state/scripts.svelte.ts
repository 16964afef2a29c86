import type { ScriptsView, ScriptView } from '../../src-main/contract/script.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

/** The scripts that are there, kept up to date while files come and go and are approved. */
export class ScriptList {
  readonly #client: PlimsollClient;
  #view = $state.raw<ScriptsView | null>(null);
  #problem = $state.raw<unknown>(null);
  /** Answers to an older question are dropped. */
  #question = 0;
  readonly #unsubscribe: () => void;

  constructor(client: PlimsollClient, monitor: MonitorState) {
    this.#client = client;
    this.#unsubscribe = monitor.onEvent(({ type }) => {
      if (type === 'scripts' || type === 'settings' || type === 'refresh') void this.load();
    });
    void this.load();
  }

  /** Why nothing is known of them; null while something is. */
  get problem(): unknown {
    return this.#problem;
  }

  /** Those that run once their owner approves them. */
  get waiting(): readonly ScriptView[] {
    return this.#scripts.filter(({ state }) => state === 'waiting' || state === 'changed');
  }

  /** Those in the folder that can not run as they are, nor be approved. */
  get refused(): readonly ScriptView[] {
    return this.#scripts.filter(({ state, sources }) => state === 'refused' && sources.length === 0);
  }

  /** What a source runs; undefined while that is not known. */
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
