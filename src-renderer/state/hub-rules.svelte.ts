import type { HubRules } from '../../src-main/contract/hub-rules.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

/** The rules that this machine has from a hub, kept up to date. */
export class HubRuleList {
  readonly #client: PlimsollClient;
  #view = $state.raw<HubRules | null>(null);
  /** Answers to an older question are dropped. */
  #question = 0;
  readonly #unsubscribe: () => void;

  constructor(client: PlimsollClient, monitor: MonitorState) {
    this.#client = client;
    this.#unsubscribe = monitor.onEvent(({ type }) => {
      if (type === 'settings' || type === 'refresh') void this.#load();
    });
    void this.#load();
  }

  /** Null while rules are taken from no hub, and until that is known. */
  get view(): HubRules | null {
    return this.#view?.hub == null ? null : this.#view;
  }

  /** Rejects where that can not be kept. */
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
      // The connection tells why; until it is back what was known stays.
    }
  }
}
