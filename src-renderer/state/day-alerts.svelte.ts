import type { Alert } from '../../src-main/contract/alert.ts';
import type { PastOccurrence } from '../../src-main/contract/downtime.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { LiveClock } from './clock.svelte.ts';
import { unwatched } from './day-story.ts';
import type { Unwatched } from './day-story.ts';
import type { MonitorState } from './monitor.svelte.ts';

export const dayMs = 86_400_000;
/** Most alerts to load: more would merge into one bar. */
const most = 500;

/** The last 24 hours: alerts that fired or were firing, downtimes, and times without monitoring. */
export class DayAlerts {
  readonly #client: PlimsollClient;
  readonly #clock: LiveClock;
  readonly #monitor: MonitorState;
  #alerts = $state.raw<ReadonlyMap<string, Alert> | null>(null);
  #unwatched = $state.raw<readonly Unwatched[]>([]);
  #downtimes = $state.raw<readonly PastOccurrence[]>([]);
  readonly #unsubscribe: () => void;
  readonly #gone = new AbortController();

  constructor(client: PlimsollClient, monitor: MonitorState, clock: LiveClock) {
    this.#client = client;
    this.#clock = clock;
    this.#monitor = monitor;
    this.#unsubscribe = monitor.onEvent((event) => {
      if (event.type === 'alert' && this.#alerts !== null)
        this.#alerts = new Map([...this.#alerts, [event.alert.id, event.alert]]);
      if (event.type === 'refresh') void this.load();
      if (event.type === 'time-lost' || event.type === 'downtimes') void this.#loadGround();
    });
    void this.load();
  }

  /** Null until loaded. */
  get alerts(): readonly Alert[] | null {
    return this.#alerts === null ? null : [...this.#alerts.values()];
  }
  get unwatched(): readonly Unwatched[] {
    return this.#unwatched;
  }
  get downtimes(): readonly PastOccurrence[] {
    return this.#downtimes;
  }

  async load(): Promise<void> {
    void this.#loadGround();
    try {
      const [recent, firing] = await Promise.all([
        this.#client.alerts({ from: this.#clock.at() - dayMs, limit: most }),
        this.#client.alerts({ state: 'firing', limit: most }),
      ]);
      this.#alerts = new Map([...recent, ...firing].map((alert) => [alert.id, alert]));
    } catch {
      // The list below shows the error.
    }
  }

  close(): void {
    this.#unsubscribe();
    this.#gone.abort();
  }

  async #loadGround(): Promise<void> {
    const host = this.#monitor.status?.host;
    if (host === undefined) return;
    const to = this.#clock.at();
    const from = to - dayMs;
    try {
      const [interruptions, { oldestAt }, { occurrences }] = await Promise.all([
        this.#client.interruptions(host, from, to, this.#gone.signal),
        this.#client.historySize(),
        this.#client.occurrences(from, to),
      ]);
      this.#unwatched = unwatched(interruptions, oldestAt, from, to);
      this.#downtimes = occurrences;
    } catch {
      // Without history nothing is drawn; the error is shown at the top.
    }
  }
}
