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

/** `lost`: what is shown was true at `asOf`, and the interface tries to reach the engine again. */
export type Connection = 'connecting' | 'live' | 'lost' | 'signed-out';

/** Hundreds of sources bring dozens of readings a second: what follows from the status is worked out four times a second. */
const settleMs = 250;

/** What the engine knows now: its status once, then every live event applied to it. */
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
  /** When the connection was lost; null while it stands. */
  get asOf(): number | null {
    return this.#asOf;
  }
  /** Whether the history can be asked; it can not while it starts, is restarted or has given up. */
  get historyRuns(): boolean {
    return (
      this.#status?.stages.some(({ stage, state }) => stage === 'history' && state === 'running') ?? false
    );
  }
  /** The newest sample of each series, by `seriesKey`. */
  get latest(): ReadonlyMap<string, Sample> {
    return this.#latest;
  }

  /** What to say at `now`; null before the first answer. While the connection is lost, what was true then. */
  verdict(now: number): Verdict | null {
    return this.#status === null ? null : verdictOf(this.#status, this.#asOf ?? now, this.#hosts);
  }

  /** How many machines send here: what the status says nothing about. */
  learnHosts(hosts: HostCounts): void {
    this.#hosts = hosts;
  }

  mark(now: number): MarkState {
    const verdict = this.#connection === 'live' ? this.verdict(now) : null;
    return verdict === null ? 'unknown' : markOf(verdict);
  }

  /**
   * Begins to follow the engine; tries again by itself until it is reached. Signed out stays signed out until the
   * engine has answered: whoever types a code must not see their field vanish and come back empty.
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

  /** Calls back with every live event, and with `refresh` when some may have been missed. */
  onEvent(listener: (event: LiveEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Asks for the whole status again; what it says is no older than this call. */
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
    // Whatever has come until now is in the answer.
    this.#waiting = [];
    this.#status = status;
    this.#connection = 'live';
    this.#asOf = null;
    this.#tell({ type: 'refresh' });
  }

  /** A broken stream may mean a broken line or an ended session: only an answer tells, and the first one is awaited. */
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

  /** Takes what has come into the status: at once as long as little comes, and in one go when much does. */
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
