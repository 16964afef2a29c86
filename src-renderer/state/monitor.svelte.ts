import type { LiveEvent } from '../../src-main/contract/event.ts';
import { seriesKey } from '../../src-main/contract/series-key.ts';
import type { Sample } from '../../src-main/contract/sample.ts';
import type { StageName, Status } from '../../src-main/contract/status.ts';
import { ApiError } from '../client/api-error.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { LiveClock } from './clock.svelte.ts';
import type { MarkState } from '../parts/mark-state.ts';
import { statusAfterAll } from './status-changes.ts';
import { StatusLoading } from './status-loading.ts';
import { markOf, verdictOf } from './verdict.ts';
import type { HostCounts, Verdict } from './verdict.ts';

/** `lost`: the displayed data is from `asOf`, and the interface tries to reconnect. */
export type Connection = 'connecting' | 'live' | 'lost' | 'signed-out';

/** Hundreds of sources cause dozens of readings a second, so derived state is updated at most four times a second. */
const settleMs = 250;

/** The engine's current state: the status loaded once, with every live event applied to it. */
export class MonitorState {
  readonly #client: PlimsollClient;
  readonly #clock: LiveClock;
  #status = $state.raw<Status | null>(null);
  #connection = $state<Connection>('connecting');
  #asOf = $state<number | null>(null);
  #hosts = $state.raw<HostCounts | null>(null);
  readonly #latest = $derived(new Map(this.#status?.latest.map((sample) => [seriesKey(sample), sample])));
  readonly #listeners = new Set<(event: LiveEvent) => void>();
  #stop: (() => void) | null = null;
  #waiting: LiveEvent[] = [];
  #settling: ReturnType<typeof setTimeout> | null = null;
  #settledAt = -Infinity;
  readonly #loading: StatusLoading;

  constructor(client: PlimsollClient, clock: LiveClock) {
    this.#client = client;
    this.#clock = clock;
    this.#loading = new StatusLoading(
      () => client.status(),
      (status) => this.#answered(status),
    );
  }

  get status(): Status | null {
    return this.#status;
  }
  get connection(): Connection {
    return this.#connection;
  }
  /** When the connection was lost, epoch milliseconds; null while connected. */
  get asOf(): number | null {
    return this.#asOf;
  }
  /** Whether history can be queried. It cannot while it starts, restarts or has failed. */
  get historyRuns(): boolean {
    return (
      this.#status?.stages.some(({ stage, state }) => stage === 'history' && state === 'running') ?? false
    );
  }
  /** The newest sample of each series, by `seriesKey`. */
  get latest(): ReadonlyMap<string, Sample> {
    return this.#latest;
  }

  /** The overall verdict at `now`; null before the first answer. While disconnected, the verdict at the time of the loss. */
  verdict(now: number): Verdict | null {
    return this.#status === null ? null : verdictOf(this.#status, this.#asOf ?? now, this.#hosts);
  }

  /** Sets the number of hosts that send here, which the status does not contain. */
  learnHosts(hosts: HostCounts): void {
    this.#hosts = hosts;
  }

  mark(now: number): MarkState {
    const verdict = this.#connection === 'live' ? this.verdict(now) : null;
    return verdict === null ? 'unknown' : markOf(verdict);
  }

  /**
   * Begins to follow the engine, and retries until it is reached. The state `signed-out` stays until the engine has
   * answered: the field for the code must not disappear while the reader types in it.
   */
  start(): void {
    this.stop();
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

  /** Calls back for every live event, and with `refresh` when some may have been missed. */
  onEvent(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reloads the whole status. The result is no older than this call. */
  async reload(): Promise<void> {
    try {
      await this.#loading.load();
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  restartStage(stage: StageName): Promise<void> {
    return this.#client.restartStage(stage);
  }

  #answered(status: Status): void {
    this.#clock.learn(status.at);
    // The answer contains all events up to now.
    this.#waiting = [];
    this.#status = status;
    this.#connection = 'live';
    this.#asOf = null;
    this.#tell({ type: 'refresh' });
  }

  /** A broken stream may mean a lost connection or an ended session; a request tells which. */
  async #lost(): Promise<void> {
    if (this.#connection === 'live') this.#lose();
    try {
      await this.#client.status();
      if (this.#connection === 'connecting') this.#lose();
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
    this.#loading.take(event);
    this.#waiting.push(event);
    this.#settle(event.type !== 'reading');
    this.#tell(event);
  }

  /** Applies waiting events to the status: at once if there are few, collected if there are many. */
  #settle(urgent: boolean): void {
    const waitMs = this.#settledAt + settleMs - performance.now();
    if (!urgent && waitMs > 0) {
      this.#settling ??= setTimeout(() => this.#settle(true), waitMs);
      return;
    }
    clearTimeout(this.#settling ?? undefined);
    this.#settling = null;
    this.#settledAt = performance.now();
    if (this.#status !== null) this.#status = statusAfterAll(this.#status, this.#waiting);
    this.#waiting = [];
  }

  #tell(event: LiveEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
