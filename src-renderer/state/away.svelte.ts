import type { Alert } from '../../src-main/contract/alert.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { LiveClock } from './clock.svelte.ts';
import type { MonitorState } from './monitor.svelte.ts';

/** Alerts that fired while the reader was away. */
export interface AwayDigest {
  /** Epoch milliseconds. */
  since: number;
  alerts: readonly Alert[];
  /** Whether there are more alerts than listed. */
  isMore: boolean;
}

const seenKey = 'plimsoll-seen';
const awayKey = 'plimsoll-away';
/** Shorter absences give no digest, in milliseconds. */
const leastAwayMs = 10 * 60_000;
const noteEveryMs = 30_000;
const most = 100;

/**
 * Remembers in this browser when the reader last looked, and lists what happened since when they return: after the
 * window was hidden or closed, or the machine slept. The digest stays until it is dismissed.
 */
export class Away {
  readonly #client: PlimsollClient;
  readonly #clock: LiveClock;
  #hasArrived = false;
  #since: number | null = null;
  #found = $state.raw<{ alerts: readonly Alert[]; isMore: boolean } | null>(null);

  constructor(client: PlimsollClient, monitor: MonitorState, clock: LiveClock) {
    this.#client = client;
    this.#clock = clock;
    this.#since = stored(awayKey);
    document.addEventListener('visibilitychange', () => this.#look());
    setInterval(() => this.#noteWhileSeen(), noteEveryMs);
    monitor.onEvent((event) => {
      if (event.type === 'alert') this.#moved(event.alert);
      if (event.type === 'time-lost' && event.lost.cause === 'slept')
        this.#back(event.lost.at - event.lost.ms, event.lost.at);
    });
    this.#look();
  }

  /** Call it when a signed-in reader can see the digest: from now on it queries the monitor. */
  arrive(): void {
    if (this.#hasArrived) return;
    this.#hasArrived = true;
    void this.#ask();
  }

  /** Null if there is nothing to tell. */
  get digest(): AwayDigest | null {
    const found = this.#found;
    if (this.#since === null || found === null || found.alerts.length === 0) return null;
    return { since: this.#since, ...found };
  }

  dismiss(): void {
    this.#since = null;
    this.#found = null;
    store(awayKey, null);
  }

  #look(): void {
    if (document.visibilityState !== 'visible') {
      this.#note();
      return;
    }
    const now = this.#clock.at();
    const seen = stored(seenKey);
    store(seenKey, now);
    if (seen !== null) this.#back(seen, now);
    else void this.#ask();
  }

  #note(): void {
    store(seenKey, this.#clock.at());
  }

  /** A hidden window keeps running although nobody sees it, so only a visible one counts. */
  #noteWhileSeen(): void {
    if (document.visibilityState === 'visible') this.#note();
  }

  #back(from: number, to: number): void {
    if (to - from >= leastAwayMs) {
      this.#since = Math.min(this.#since ?? from, from);
      store(awayKey, this.#since);
    }
    void this.#ask();
  }

  async #ask(): Promise<void> {
    const since = this.#since;
    if (since === null || !this.#hasArrived) return;
    try {
      const alerts = await this.#client.alerts({ from: since, limit: most + 1 });
      if (since !== this.#since) return;
      const real = alerts.filter(({ drill }) => drill !== true);
      this.#found = { alerts: real.slice(0, most), isMore: alerts.length > most };
    } catch {
      // Tried again when the reader returns; the window itself reports the lost connection.
    }
  }

  /** Listed alerts may resolve while the digest is shown. */
  #moved(alert: Alert): void {
    const found = this.#found;
    if (found === null) return;
    this.#found = { ...found, alerts: found.alerts.map((each) => (each.id === alert.id ? alert : each)) };
  }
}

function stored(key: string): number | null {
  try {
    const text = localStorage.getItem(key);
    const at = Number(text);
    return text !== null && Number.isFinite(at) && at > 0 ? at : null;
  } catch {
    return null;
  }
}

function store(key: string, at: number | null): void {
  try {
    if (at === null) localStorage.removeItem(key);
    else localStorage.setItem(key, String(Math.round(at)));
  } catch {
    // Without browser storage there are no digests.
  }
}
