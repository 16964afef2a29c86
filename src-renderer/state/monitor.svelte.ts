import type { LiveEvent } from '../../src-main/contract/event.ts';
import { seriesKey } from '../../src-main/contract/series-key.ts';
import type { Sample } from '../../src-main/contract/sample.ts';
import type { Level, StageName, Status } from '../../src-main/contract/status.ts';
import { ApiError } from '../client/api-error.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { LiveClock } from './clock.svelte.ts';
import { statusAfter } from './status-changes.ts';
import { verdictOf } from './verdict.ts';
import type { Verdict } from './verdict.ts';

/** `lost`: what is shown was true at `asOf`, and the interface tries to reach the engine again. */
export type Connection = 'connecting' | 'live' | 'lost' | 'signed-out';

/** What the engine knows now: its status once, then every live event applied to it. */
export class MonitorState {
  readonly #client: PlimsollClient;
  readonly #clock: LiveClock;
  #status = $state.raw<Status | null>(null);
  #connection = $state<Connection>('connecting');
  #asOf = $state<number | null>(null);
  readonly #latest = $derived(new Map(this.#status?.latest.map((sample) => [seriesKey(sample), sample])));
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  #stop: (() => void) | null = null;
  #loading: Promise<void> | null = null;

  constructor(client: PlimsollClient, clock: LiveClock) {
    this.#client = client;
    this.#clock = clock;
  }

  get status(): Status | null {
    return this.#status;
  }
  get connection(): Connection {
    return this.#connection;
  }
  /** When the connection was lost; null while it stands. */
  get asOf(): number | null {
    return this.#asOf;
  }
  /** The newest sample of each series, by `seriesKey`. */
  get latest(): ReadonlyMap<string, Sample> {
    return this.#latest;
  }

  /** What to say at `now`; null before the first answer. While the connection is lost, what was true then. */
  verdict(now: number): Verdict | null {
    return this.#status === null ? null : verdictOf(this.#status, this.#asOf ?? now);
  }

  level(now: number): Level {
    return this.#connection === 'live' ? (this.verdict(now)?.level ?? 'unknown') : 'unknown';
  }

  /** Begins to follow the engine; tries again by itself until it is reached. */
  start(): void {
    this.stop();
    if (this.#connection === 'signed-out') this.#connection = 'connecting';
    this.#stop = this.#client.listen({
      opened: () => void this.reload(),
      event: (event) => this.#take(event),
      lost: () => void this.#lost(),
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }

  /** Calls back with every live event, and with `refresh` when some may have been missed. */
  onEvent(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for the whole status again; calls while one is under way share it. */
  reload(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  restartStage(stage: StageName): Promise<void> {
    return this.#client.restartStage(stage);
  }

  async #load(): Promise<void> {
    try {
      const status = await this.#client.status();
      this.#clock.learn(status.at);
      this.#status = status;
      this.#connection = 'live';
      this.#asOf = null;
      this.#tell({ type: 'refresh' });
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  /** A broken stream may mean a broken line or an ended session: only an answer tells. */
  async #lost(): Promise<void> {
    this.#lose();
    try {
      await this.#client.status();
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  #failed(thrown: unknown): void {
    if (thrown instanceof ApiError && (thrown.status === 401 || thrown.status === 403)) {
      this.stop();
      this.#connection = 'signed-out';
    } else {
      this.#lose();
    }
  }

  #lose(): void {
    if (this.#connection === 'live') this.#asOf = this.#clock.at();
    if (this.#connection !== 'signed-out') this.#connection = 'lost';
  }

  #take(event: LiveEvent): void {
    if (event.type === 'refresh') {
      void this.reload();
      return;
    }
    if (this.#status !== null) this.#status = statusAfter(this.#status, event);
    this.#tell(event);
  }

  #tell(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
