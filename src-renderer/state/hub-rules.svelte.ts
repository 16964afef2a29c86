import type { HubRules } from '../../src-main/contract/hub-rules.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

/** The rules that this machine received from a hub, updated live. */
export class HubRuleList {
  readonly #client: PlimsollClient;
  #view = $state.raw<HubRules | null>(null);
  /** Number of the latest request, so that late answers to earlier ones are dropped. */
  #question = 0;
  readonly #unsubscribe: () => void;

  constructor(client: PlimsollClient, monitor: MonitorState) {
    this.#client = client;
    this.#unsubscribe = monitor.onEvent(({ type }) => {
      if (type === 'settings' || type === 'refresh') void this.#load();
    });
    void this.#load();
  }

  /** Null if no hub is configured, and until that is known. */
  get view(): HubRules | null {
    const view = this.#view;
    return view === null || view.hub === null ? null : view;
  }

  /** Rejects if the choice cannot be stored. */
  async switch(id: string, on: boolean): Promise<void> {
    this.#question++;
    this.#view = await this.#client.switchHubRule(id, on);
  }

  close(): void {
    this.#unsubscribe();
  }

  async #load(): Promise<void> {
    const question = ++this.#question;
    try {
      const view = await this.#client.hubRules();
      if (question === this.#question) this.#view = view;
    } catch {
      // The connection state shows the reason; earlier data stays meanwhile.
    }
  }
}
