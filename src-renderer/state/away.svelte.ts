import type { Alert } from '../../src-main/contract/alert.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { LiveClock } from './clock.svelte.ts';
import type { MonitorState } from './monitor.svelte.ts';

/** What happened while nobody looked. */
export interface AwayDigest {
  /** Epoch milliseconds. */
  since: number;
  alerts: readonly Alert[];
  /** There were more. */
  isMore: boolean;
}

const seenKey = 'plimsoll-seen';
const awayKey = 'plimsoll-away';
/** Whoever was away for less has missed nothing. */
const leastAwayMs = 10 * 60_000;
const noteEveryMs = 30_000;
const most = 100;

/**
 * Remembers in this browser when somebody last looked, and says what happened since when they are back: after the window was
 * hidden or closed, and after the machine slept. It stays until it is dismissed.
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

  /** Somebody is let in and sees the digest: from now on the monitor is asked. */
  arrive(): void {
    if (this.#hasArrived) return;
    this.#hasArrived = true;
    void this.#ask();
  }

  /** Null while there is nothing to tell. */
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

  /** A window that is hidden goes on running: nobody sees it. */
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
      // Who can not be asked now is asked when somebody comes back again; the window says that it is cut off.
    }
  }

  /** Those that it tells of may end while it is read. */
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
    // A browser without storage knows of no absence.
  }
}
