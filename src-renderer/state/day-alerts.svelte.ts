import type { Alert } from '../../src-main/contract/alert.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { LiveClock } from './clock.svelte.ts';
import type { MonitorState } from './monitor.svelte.ts';

export const dayMs = 86_400_000;
/** More would be one bar. */
const most = 500;

/** The alerts of the last day, and those that fire since before; null until they are there. */
export class DayAlerts {
  readonly #client: PlimsollClient;
  readonly #clock: LiveClock;
  #alerts = $state.raw<ReadonlyMap<string, Alert> | null>(null);
  readonly #unsubscribe: () => void;

  constructor(client: PlimsollClient, monitor: MonitorState, clock: LiveClock) {
    this.#client = client;
    this.#clock = clock;
    this.#unsubscribe = monitor.onEvent((event) => {
      if (event.type === 'alert' && this.#alerts !== null)
        this.#alerts = new Map([...this.#alerts, [event.alert.id, event.alert]]);
      if (event.type === 'refresh') void this.load();
    });
    void this.load();
  }

  get alerts(): readonly Alert[] | null {
    return this.#alerts === null ? null : [...this.#alerts.values()];
  }

  async load(): Promise<void> {
    try {
      const [recent, firing] = await Promise.all([
        this.#client.alerts({ from: this.#clock.at() - dayMs, limit: most }),
        this.#client.alerts({ state: 'firing', limit: most }),
      ]);
      this.#alerts = new Map([...recent, ...firing].map((alert) => [alert.id, alert]));
    } catch {
      // The list below says what is wrong.
    }
  }

  close(): void {
    this.#unsubscribe();
  }
}
