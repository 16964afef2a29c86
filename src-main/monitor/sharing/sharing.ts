import type { Clock } from '../../base/clock.ts';
import type { Alert } from '../../contract/alert.ts';
import type { Log } from '../../base/log.ts';
import type { Delivery } from '../../contract/delivery.ts';
import { messageOf } from '../../contract/error.ts';
import type { DatabaseAccess } from '../../history/postgres/database.ts';
import type { HostRow, SharedStore, Untold } from '../state/host-store.ts';
import { isEmpty, merged, noChange } from '../judging/track.ts';
import type { Change } from '../judging/track.ts';
import type { EvaluationStore, SharedEntry, Taken } from './evaluation-store.ts';
import { Mirror } from './mirror.ts';
import type { AlertMark } from './mirror.ts';
import { shardCount, shardOf } from './shards.ts';

/** How often a hub looks for free shards, and for posts that others handed over. */
const lookEveryMs = 1000;
/** How often old data is removed from the database. */
const forgetEveryMs = 3_600_000;
/**
 * How many posts wait to be handed over while the database is unreachable; beyond that the oldest are not evaluated.
 */
const handedOverAtMost = 10_000;

interface SharingParts {
  /** This machine's host name; every hub evaluates its own machine. */
  host: string;
  clock: Clock;
  log: Pick<Log, 'info' | 'warn'>;
  access(): Promise<DatabaseAccess>;
  /** Commits on this machine; throws if it cannot. */
  commit(change: Change): void;
  /** Deliveries were committed. */
  deliver(): void;
  /** This hub continues with the state of another. */
  adopt(taken: Taken): void;
  /** Another hub takes over these hosts now or later. */
  leave(isLeft: (host: string) => boolean): void;
  /** Another hub stored this post; this one evaluates it. */
  takeOver(handedOver: unknown): void;
  /** Somebody made this decision about an alert at another hub; this one evaluates it. */
  mark(mark: AlertMark): void;
  /** Stores and shows other hubs' alerts as they are now. Those that are `old` are not announced one by one. */
  show(alerts: Alert[], isOld: boolean): void;
  /** All old ones were shown. */
  caughtUp(): void;
  /** Owners' decisions at other hubs. */
  tag(host: string, tags: string[]): void;
  remove(host: string, at: number): void;
  /** The tags that owners set here. */
  tags(): ReadonlyMap<string, readonly string[]>;
  store: SharedStore;
  notice(message: string | null): void;
}

/**
 * Divides the evaluation of sending hosts among the hubs that share a database. The holder of a shard's lock evaluates
 * its hosts: the state of rules and announcements is committed in the database, on the connection that holds the lock,
 * before it is committed here and anybody is told. The next holder continues from there. A hub that loses its
 * connection has lost its locks, and stops evaluating; nobody was told of anything it had not committed by then.
 */
export class Sharing {
  readonly #parts: SharingParts;
  readonly #held = new Set<number>();
  #store: EvaluationStore | undefined;
  /** Evaluated, but not in the database yet. */
  #queue: Change = noChange;
  /** In the database, but not committed here yet. */
  #owed: Change = noChange;
  #isWriting = false;
  #isLooking = false;
  #cancelLook: () => void = () => undefined;
  #hasBegun = false;
  #isStopped = false;
  #handOver: { host: string; body: unknown }[] = [];
  /** Shared alerts and deliveries, by id, with their hosts. */
  readonly #hostOf = new Map<string, string>();

  readonly #mirror: Mirror;
  #forgotMonotonic = -Infinity;
  #changed: Pick<SharedEntry, 'kind' | 'key'>[] = [];

  constructor(parts: SharingParts) {
    this.#parts = parts;
    this.#mirror = new Mirror({
      now: () => parts.clock.now(),
      isMine: (host) => this.isMine(host),
      show: (alerts, isOld) => parts.show(alerts, isOld),
      caughtUp: () => parts.caughtUp(),
      tag: (host, tags) => parts.tag(host, tags),
      remove: (host, at) => parts.remove(host, at),
      tags: () => parts.tags(),
      store: parts.store,
      failed: (error) => parts.log.warn('what another hub says could not be kept', { error }),
    });
  }

  /**
   * Starts sharing, once: until then this hub evaluates everything by itself. Its state of sending hosts is dropped
   * then, because the database knows better.
   */
  start(): void {
    if (this.#hasBegun || this.#isStopped) return;
    this.#hasBegun = true;
    this.#parts.leave((host) => this.#isShared(host));
    void this.#look();
  }

  /** Whether this hub currently evaluates the host. */
  isMine(host: string): boolean {
    return !this.#hasBegun || !this.#isShared(host) || this.#held.has(shardOf(host));
  }

  /** Commits the part about this machine at once, and the part about others when it is in the database. */
  commit(change: Change): void {
    if (!this.#hasBegun) {
      this.#parts.commit(change);
      return;
    }
    const [own, shared] = this.#split(change);
    if (!isEmpty(own)) this.#parts.commit(own);
    if (isEmpty(shared)) return;
    this.#queue = merged(this.#queue, shared);
    void this.#write();
  }

  /** A delivery was sent, has failed, or will be retried. */
  mark(delivery: Delivery): void {
    if (!this.#hostOf.has(delivery.id)) return;
    if (delivery.state !== 'queued' && delivery.state !== 'held') this.#hostOf.delete(delivery.id);
    void this.#use((store) => store.mark([delivery]));
  }

  putHosts(rows: readonly HostRow[]): void {
    const mine = rows.filter(({ host }) => this.#isShared(host) && this.isMine(host));
    if (mine.length > 0) void this.#use((store) => store.putHosts(mine));
  }

  now(): number {
    return this.#parts.clock.now();
  }

  /**
   * Stores an owner's decision about a host until other hubs were told, even over restarts. A decision from another hub
   * is only stored here with `keep`.
   */
  decide(decided: Untold, keep: () => void): void {
    if (this.#mirror.isHearing) {
      keep();
      return;
    }
    this.#parts.store.decide(decided);
    void this.#use((store) => this.#mirror.tell(store));
  }

  /** Firing alerts that other hubs evaluate. */
  othersFiring(): Alert[] {
    return this.#mirror.firing();
  }

  /** Passes a decision about an alert to the hub that evaluates it. Returns whether that is another one. */
  handMarkOver(mark: AlertMark): boolean {
    const marked = this.#mirror.marked(mark);
    if (marked === undefined) return false;
    this.handOver(marked.series.host, { mark });
    this.#mirror.take([marked]);
    return true;
  }

  /** Passes a post that was stored here to the hub that evaluates the host. Returns whether that is another one. */
  handOver(host: string, body: unknown): boolean {
    if (this.isMine(host)) return false;
    this.#handOver.push({ host, body });
    if (this.#handOver.length === 1) queueMicrotask(() => void this.#sendHandOver());
    return true;
  }

  /** Posts that cannot be handed over now wait for a while. */
  async #sendHandOver(): Promise<void> {
    const posts = this.#handOver.splice(0);
    if (posts.length === 0 || (await this.#use((store) => store.handOver(posts)))) return;
    this.#handOver.unshift(...posts);
    this.#handOver.splice(0, this.#handOver.length - handedOverAtMost);
  }

  /** Releases all shards once everything evaluated is committed. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelLook();
    await this.#write();
    await this.#store?.end();
    this.#store = undefined;
    this.#held.clear();
  }

  #isShared(host: string): boolean {
    return host !== this.#parts.host;
  }

  #split(change: Change): [own: Change, shared: Change] {
    const isShared = (id: string) => this.#hostOf.has(id);
    for (const { id, series } of change.alerts)
      if (this.#isShared(series.host)) this.#hostOf.set(id, series.host);
    for (const { delivery } of change.deliveries) {
      const host = this.#hostOf.get(delivery.alertId);
      if (host !== undefined) this.#hostOf.set(delivery.id, host);
    }
    const part = (wanted: boolean): Change => ({
      tracks: change.tracks.filter(({ series }) => this.#isShared(series.host) === wanted),
      forgottenTracks: change.forgottenTracks.filter(({ series }) => this.#isShared(series.host) === wanted),
      alerts: change.alerts.filter(({ series }) => this.#isShared(series.host) === wanted),
      transitions: change.transitions.filter(({ alertId }) => isShared(alertId) === wanted),
      deliveries: change.deliveries.filter(({ delivery }) => isShared(delivery.id) === wanted),
      contexts: change.contexts.filter(({ alertId }) => isShared(alertId) === wanted),
    });
    return [part(false), part(true)];
  }

  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    try {
      while (this.#store !== undefined && !isEmpty(this.#queue)) {
        const change = this.#queue;
        this.#queue = noChange;
        if (!(await this.#use((store) => store.write(change)))) break;
        this.#settle(change);
      }
    } finally {
      this.#isWriting = false;
    }
  }

  /** What the disk refuses here is part of the next commit: it is safe in the database. */
  #settle(change: Change): void {
    const committed = merged(this.#owed, change);
    try {
      if (!isEmpty(committed)) this.#parts.commit(committed);
      this.#owed = noChange;
    } catch (thrown) {
      this.#owed = committed;
      this.#parts.log.warn('what is evaluated for all hubs could not be written here', { error: thrown });
      return;
    }
    if (committed.deliveries.length + committed.contexts.length > 0) this.#parts.deliver();
    for (const { id, state, recoveryOwed } of committed.alerts)
      if (state !== 'firing' && !recoveryOwed) this.#hostOf.delete(id);
  }

  /**
   * Returns whether it succeeded. A failure means that the connection is lost, or is closed: the locks are no longer
   * certain.
   */
  async #use(work: (store: EvaluationStore) => Promise<unknown>): Promise<boolean> {
    const store = this.#store;
    if (store === undefined) return false;
    try {
      await work(store);
      return this.#store === store;
    } catch (thrown) {
      this.#lose(store, messageOf(thrown));
      return false;
    }
  }

  #lose(store: EvaluationStore, problem: string): void {
    if (this.#store !== store) return;
    this.#store = undefined;
    void store.end();
    if (this.#isStopped) return;
    this.#held.clear();
    this.#queue = noChange;
    this.#owed = noChange;
    this.#hostOf.clear();
    this.#mirror.forget();
    this.#parts.leave((host) => this.#isShared(host));
    this.#parts.notice(
      `Hosts that send are not evaluated by this hub while the database is away. ${problem}`,
    );
  }

  /** Many are requested together. */
  #hear(changed: Pick<SharedEntry, 'kind' | 'key'>): void {
    this.#changed.push(changed);
    if (this.#changed.length > 1) return;
    queueMicrotask(
      () =>
        void this.#use(async (store) => {
          this.#mirror.hear(await store.sharedOf(this.#changed.splice(0)));
        }),
    );
  }

  async #look(): Promise<void> {
    if (this.#isLooking || this.#isStopped) return;
    this.#isLooking = true;
    try {
      const store = this.#store ?? (await this.#connect());
      if (store !== undefined) await this.#use(() => this.#share(store));
    } finally {
      this.#isLooking = false;
      this.#cancelLook = this.#parts.clock.after(lookEveryMs, () => void this.#look());
    }
  }

  async #connect(): Promise<EvaluationStore | undefined> {
    try {
      // The database client is loaded only if there is a database.
      const { EvaluationStore: Store } = await import('./evaluation-store.ts');
      const access = await this.#parts.access();
      // The connection may end while it is being prepared.
      const opened: { store?: EvaluationStore } = {};
      const store = await Store.open(
        access,
        () => {
          if (opened.store !== undefined) this.#lose(opened.store, 'The connection ended.');
        },
        (changed) => this.#hear(changed),
      );
      opened.store = store;
      if (this.#isStopped) {
        await store.end();
        return undefined;
      }
      this.#store = store;
      this.#changed = [];
      await this.#use(() => this.#mirror.catchUp(store));
      await this.#use(() => this.#forget(store));
      return this.#store;
    } catch (thrown) {
      this.#parts.notice(
        `Hosts that send are not evaluated by this hub while the database is away. ${messageOf(thrown)}`,
      );
      return undefined;
    }
  }

  async #forget(store: EvaluationStore): Promise<void> {
    this.#forgotMonotonic = this.#parts.clock.monotonic();
    await store.forget(this.#parts.clock.now());
  }

  async #share(store: EvaluationStore): Promise<void> {
    if (this.#parts.clock.monotonic() - this.#forgotMonotonic >= forgetEveryMs) {
      this.#mirror.keptUp();
      await this.#forget(store);
    }
    const share = Math.ceil(shardCount / Math.max(1, await store.hubs()));
    if (this.#held.size > share) await this.#release(store, [...this.#held].slice(share));
    else if (this.#held.size < share) await this.#acquire(store, share);
    if (this.#store !== store) return;
    await this.#sendHandOver();
    if (this.#held.size === 0) return;
    for (const handed of await store.handedOver([...this.#held])) {
      if (isMark(handed)) this.#parts.mark(handed.mark);
      else this.#parts.takeOver(handed);
    }
    this.#settle(noChange);
  }

  async #acquire(store: EvaluationStore, share: number): Promise<void> {
    const locked: number[] = [];
    // Two hubs that start at the same time search from different positions.
    const first = Math.floor(Math.random() * shardCount);
    for (let place = 0; place < shardCount && this.#held.size + locked.length < share; place++) {
      const shard = (first + place) % shardCount;
      if (!this.#held.has(shard) && (await store.lock(shard))) locked.push(shard);
    }
    if (locked.length === 0) return;
    const taken = await store.take(locked);
    if (this.#store !== store) return;
    for (const shard of locked) this.#held.add(shard);
    for (const { id, series } of taken.alerts) this.#hostOf.set(id, series.host);
    for (const { delivery, message } of taken.deliveries)
      if (message !== null) this.#hostOf.set(delivery.id, message.alert.series.host);
    this.#parts.adopt(taken);
    this.#parts.notice(null);
    this.#parts.log.info('this hub evaluates more hosts', { shards: this.#held.size, of: shardCount });
  }

  /** Commits everything evaluated so far first. */
  async #release(store: EvaluationStore, shards: readonly number[]): Promise<void> {
    for (const shard of shards) this.#held.delete(shard);
    const isLeft = (host: string) => this.#isShared(host) && shards.includes(shardOf(host));
    const judged = this.#queue;
    this.#queue = noChange;
    if (!isEmpty(judged)) {
      await store.write(judged);
      this.#settle(judged);
    }
    this.#parts.leave(isLeft);
    for (const [id, host] of this.#hostOf) if (isLeft(host)) this.#hostOf.delete(id);
    await store.unlock(shards);
    await this.#mirror.catchUp(store);
    this.#parts.log.info('this hub evaluates fewer hosts', { shards: this.#held.size, of: shardCount });
  }
}

function isMark(handed: unknown): handed is { mark: AlertMark } {
  return typeof handed === 'object' && handed !== null && 'mark' in handed;
}
