import { backoffMs, longestBackoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Delivery } from '../contract/delivery.ts';
import { PlimsollError, messageOf } from '../contract/error.ts';
import type { Notifier } from '../contract/notifier.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { DestinationSettings } from '../contract/settings.ts';
import { Attempt } from './attempt.ts';
import type { Outcome } from './attempt.ts';
import type { Destination, DestinationKind } from './destination-kind.ts';
import type { OutboxStore, QueuedDelivery } from './outbox-store.ts';

/** How long one attempt may take. */
export const attemptDeadlineMs = 15_000;
/** How old a delivery may become before it is given up; the last attempt is made at this age. */
export const giveUpAfterMs = 24 * 3_600_000;
/** How long `stop` waits for attempts under way. */
const stopPatienceMs = 2000;
/** Pause before the store is asked again after it failed. */
const storePauseMs = 5000;
/** Receipts and problems are kept for people to read, whatever the other side answers. */
const mostText = 2000;

export interface OutboxParts {
  store: OutboxStore;
  clock: Clock;
  log: Log;
  /** Relative paths in the settings of destinations start here. */
  directory: string;
  /** The notifications of this desktop, where there is one. */
  notifier?: Notifier;
  /** Finds the secrets that settings of destinations refer to. */
  secret: ResolveSecret;
  findKind(kind: string): DestinationKind | undefined;
  /** Called with every delivery that has changed, after the change is committed. */
  onChange(delivery: Delivery): void;
  /** Numbers in [0, 1), for the jitter of retries. */
  random?: () => number;
}

/** The deliveries of one destination, one at a time and in order. */
interface Lane {
  /** The settings as text, to see whether they changed. */
  settings: string;
  target: Destination | 'disabled' | 'removed';
  attempt: Attempt | null;
  /** Ends when the attempt under way has been marked. */
  settled: Promise<void>;
  /** The outcome of an attempt that the store could not take yet. It is marked before anything else is tried. */
  unmarked: (() => Delivery) | null;
}

/**
 * Carries what waits in the store to its destinations: at least once, each destination in its own order and at its own
 * pace, so that one which is slow or dead holds up nobody else. After a failure that may pass it tries again (see
 * `backoffMs`) until the delivery is a day old; after any other the delivery is marked failed and kept.
 *
 * What waits for a disabled destination goes on waiting; what waits for one that was removed is marked failed. Nothing is
 * ever dropped: what was due is sent, failed or queued.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #random: () => number;
  readonly #lanes = new Map<string, Lane>();
  #cancelTimer: () => void = () => {};
  #isPoked = false;
  #state: 'unconfigured' | 'running' | 'stopping' | 'stopped' = 'unconfigured';

  constructor(parts: OutboxParts) {
    this.#parts = parts;
    this.#random = parts.random ?? Math.random;
  }

  /** Takes the destinations as they are now. Before the first call nothing is delivered. An attempt under way ends as it began. */
  configure(destinations: readonly DestinationSettings[]): void {
    if (this.#state === 'unconfigured') this.#state = 'running';
    const names = new Set(destinations.map(({ name }) => name));
    for (const [name, lane] of this.#lanes) {
      if (!names.has(name)) this.#retarget(lane, '', 'removed');
    }
    for (const destination of destinations) {
      const settings = JSON.stringify(destination);
      const lane = this.#laneOf(destination.name);
      if (lane.settings === settings) continue;
      this.#retarget(lane, settings, destination.enabled ? this.#open(destination) : 'disabled');
    }
    this.poke();
  }

  /** New deliveries may be waiting. Returns at once. */
  poke(): void {
    if (this.#isPoked || this.#state !== 'running') return;
    this.#isPoked = true;
    this.#parts.clock.after(0, () => {
      this.#isPoked = false;
      this.#advance();
    });
  }

  /** Begins nothing new, gives attempts under way two seconds, then leaves them queued for the next start. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#state = 'stopping';
    this.#cancelTimer();
    const lanes = [...this.#lanes.values()];
    await new Promise<void>((resolve) => {
      const cancelPatience = this.#parts.clock.after(stopPatienceMs, resolve);
      void Promise.all(lanes.map(({ settled }) => settled)).then(() => {
        cancelPatience();
        resolve();
      });
    });
    this.#state = 'stopped';
    for (const lane of lanes) {
      lane.attempt?.abandon('Plimsoll was stopped');
      this.#close(lane.target);
    }
  }

  #laneOf(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = { settings: '', target: 'removed', attempt: null, settled: Promise.resolve(), unmarked: null };
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  #retarget(lane: Lane, settings: string, target: Lane['target']): void {
    const former = lane.target;
    lane.settings = settings;
    lane.target = target;
    void lane.settled.then(() => this.#close(former));
  }

  /** A destination that can not be opened fails at every attempt, so that its deliveries show why. */
  #open({ name, kind: kindName, enabled: _, ...options }: DestinationSettings): Destination {
    try {
      const kind = this.#parts.findKind(kindName);
      if (kind === undefined)
        throw new PlimsollError('unsupported', `There is no kind of destination ${kindName}.`);
      const { directory, notifier = null, secret } = this.#parts;
      return kind.open(kind.options.parse(options), { directory, notifier, secret });
    } catch (thrown) {
      this.#parts.log.error('a destination could not be opened', { destination: name, error: thrown });
      return {
        deliver: () => Promise.reject(thrown instanceof Error ? thrown : new Error(messageOf(thrown))),
      };
    }
  }

  #close(target: Lane['target']): void {
    if (typeof target === 'string') return;
    try {
      target.close?.();
    } catch (thrown) {
      this.#parts.log.warn('a destination could not be closed', { error: thrown });
    }
  }

  /** Marks what is unmarked, begins what is due, and comes back when the next is. */
  #advance(): void {
    if (this.#state !== 'running') return;
    this.#cancelTimer();
    let pause = Infinity;
    try {
      for (const lane of this.#lanes.values()) {
        if (!this.#mark(lane)) pause = storePauseMs;
      }
      for (const queued of this.#parts.store.heads()) pause = Math.min(pause, this.#consider(queued));
    } catch (thrown) {
      this.#parts.log.error('the outbox can not be read', { error: thrown });
      pause = storePauseMs;
    }
    if (pause < Infinity) this.#cancelTimer = this.#parts.clock.after(pause, () => this.#advance());
  }

  /** Returns after how many milliseconds to look again. */
  #consider(queued: QueuedDelivery): number {
    const { delivery } = queued;
    const lane = this.#laneOf(delivery.destination);
    if (lane.attempt !== null || lane.unmarked !== null || lane.target === 'disabled') return Infinity;
    const now = this.#parts.clock.now();
    if (lane.target === 'removed') {
      const why = `The destination ${delivery.destination} was removed before this was sent.`;
      lane.unmarked = () => this.#parts.store.markFailed(delivery.id, now, delivery.attempts, why);
      return this.#mark(lane) ? 0 : storePauseMs;
    }
    const wait = waitFor(delivery, now);
    if (wait > 0) return wait;
    this.#begin(lane, lane.target, queued);
    return Infinity;
  }

  #begin(lane: Lane, destination: Destination, { delivery, message }: QueuedDelivery): void {
    const attempt = new Attempt(destination, message, this.#parts.clock, attemptDeadlineMs);
    lane.attempt = attempt;
    lane.settled = attempt.outcome.then((outcome) => {
      lane.attempt = null;
      if (this.#state === 'stopped') return;
      if (!outcome.arrived) {
        const { id, destination: name, attempts } = delivery;
        this.#parts.log.warn('a delivery failed', {
          destination: name,
          delivery: id,
          attempts: attempts + 1,
          ...outcome,
        });
      }
      const now = this.#parts.clock.now();
      lane.unmarked = () => this.#record(delivery, outcome, now);
      this.#mark(lane);
      this.poke();
    });
  }

  #record(delivery: Delivery, outcome: Outcome, now: number): Delivery {
    const { store } = this.#parts;
    const { id } = delivery;
    const attempts = delivery.attempts + 1;
    if (outcome.arrived) return store.markSent(id, now, attempts, outcome.receipt.slice(0, mostText));

    const problem = outcome.problem.slice(0, mostText);
    const age = now - delivery.createdAt;
    if (!outcome.retry) return store.markFailed(id, now, attempts, problem);
    if (age >= giveUpAfterMs) {
      const hours = Math.floor(age / 3_600_000);
      return store.markFailed(
        id,
        now,
        attempts,
        `Given up after ${hours} hours and ${attempts} attempts. ${problem}`,
      );
    }
    const nextAt = Math.min(now + backoffMs(attempts, age, this.#random), delivery.createdAt + giveUpAfterMs);
    return store.markRetry(id, nextAt, attempts, problem);
  }

  /** Whether nothing is left to mark. An outcome is kept until the store takes it: sending again would be the worse answer. */
  #mark(lane: Lane): boolean {
    if (lane.unmarked === null) return true;
    try {
      const delivery = lane.unmarked();
      lane.unmarked = null;
      this.#changed(delivery);
      return true;
    } catch (thrown) {
      this.#parts.log.error('a delivery could not be marked', { error: thrown });
      const isGone = thrown instanceof PlimsollError && thrown.code === 'not_found';
      if (isGone) lane.unmarked = null;
      return isGone;
    }
  }

  #changed(delivery: Delivery): void {
    try {
      this.#parts.onChange(delivery);
    } catch (thrown) {
      this.#parts.log.error('a listener of deliveries failed', { error: thrown });
    }
  }
}

/** A pause longer than any that we make comes from a clock that was set back: the delivery is due. */
function waitFor({ nextAt }: Delivery, now: number): number {
  const wait = (nextAt ?? now) - now;
  return wait > longestBackoffMs ? 0 : Math.max(0, wait);
}
