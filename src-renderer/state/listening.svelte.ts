import type { ListeningProblem, ListeningView } from '../../src-main/contract/listening.ts';
import { m } from '../paraglide/messages.js';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

/** The listening addresses, updated live while a view shows them. */
export class Listening {
  readonly #client: PlimsollClient;
  #view = $state.raw<ListeningView | null>(null);
  #problem = $state.raw<unknown>(null);
  readonly #end: () => void;

  constructor(client: PlimsollClient, monitor: MonitorState) {
    this.#client = client;
    this.#end = monitor.onEvent(({ type }) => {
      if (type === 'listening' || type === 'settings' || type === 'refresh') void this.load();
    });
    void this.load();
  }

  /** Null before the first answer. */
  get view(): ListeningView | null {
    return this.#view;
  }
  /** Why the addresses could not be loaded. */
  get problem(): unknown {
    return this.#problem;
  }

  async load(): Promise<void> {
    try {
      this.#view = await this.#client.listening();
      this.#problem = null;
    } catch (thrown) {
      this.#problem = thrown;
    }
  }

  close(): void {
    this.#end();
  }
}

/** Why it does not listen as set, and how to mend it. */
export function listeningWords({ about, code, message, address }: ListeningProblem): string {
  const { host = '', port = 0 } = address ?? {};
  if (about === 'token') return m.listening_no_token({ host });
  if (about === 'tls' && code === 'unreadable') return m.listening_unreadable();
  if (about === 'tls' && code === 'usage') return m.listening_no_pair();
  if (code === 'address_in_use') return m.listening_taken({ port: String(port) });
  if (code === 'no_permission') return m.listening_no_permission({ port: String(port) });
  if (code === 'usage') return m.listening_no_address({ host });
  return message;
}
