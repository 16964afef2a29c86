import { backoffMs, longestBackoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Bundle, Delivery, DestinationHealth, Message } from '../contract/delivery.ts';
import { messageOf, PlimsollError } from '../contract/error.ts';
import type { Notifier } from '../contract/notifier.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { DestinationSettings } from '../contract/settings.ts';
import { Attempt } from './attempt.ts';
import type { Outcome } from './attempt.ts';
import type { Destination, DestinationKind, DrawChart, ReadReport, RunProgram } from './destination-kind.ts';
import { openDestination } from './open-destination.ts';
import type { OutboxStore, QueuedDelivery, QueuedReport } from './outbox-store.ts';

/** How long one attempt may take. */
export const attemptDeadlineMs = 15_000;
/** The age at which a delivery is given up, after a last attempt. */
export const giveUpAfterMs = 24 * 3_600_000;
/** How long `stop` waits for running attempts. */
const stopPatienceMs = 2000;
/** How long to wait after the store failed. */
const storePauseMs = 5000;
/** Receipts and errors are kept for people to read, so they are cut to this length. */
const mostText = 2000;
/** How many deliveries one message combines; further ones go into the next. */
const mostTogether = 1000;
/** A message sent this long after its event is marked as late. */
const lateAfterMs = 120_000;
/** How long a removed destination may come back by an undo: until then its deliveries are not marked failed. */
export const comesBackMs = 30_000;
/**
 * Deliveries that failed before a start are retried within this time, because nobody knows whether they would still
 * fail.
 */
const firstTryWithinMs = 60_000;
/** The longest wait that another side's request is honoured for. */
export const longestAskedMs = 3_600_000;

export interface OutboxParts {
  store: OutboxStore;
  clock: Clock;
  log: Log;
  /** Where relative paths in the settings of destinations start. */
  directory: string;
  /** This desktop's notifications, if there are any. */
  notifier?: Notifier;
  /** Resolves the references to secrets in settings of destinations. */
  secret: ResolveSecret;
  /** Runs programs that the owner approved. */
  run?: RunProgram;
  /** Draws the charts of messages. */
  draw?: DrawChart;
  /** Reads files of stored reports. */
  readReport?: ReadReport;
  findKind(kind: string): DestinationKind | undefined;
  /** Called with every changed delivery, after the change is committed. */
  onChange(delivery: Delivery): void;
  /** Numbers in [0, 1), for the jitter of retries. */
  random?: () => number;
  newId(): string;
}

/** The deliveries of one destination, one at a time and in order. */
interface Lane {
  /** The settings as text, to detect changes. */
  settings: string;
  target: Destination | 'disabled' | 'removed';
  /** Until when (monotonic) deliveries are kept although the destination is gone. */
  keepsUntil: number;
  attempt: Attempt | null;
  /** Settles when the running attempt has been marked. */
  settled: Promise<void>;
  /** The outcome of an attempt that the store could not record yet. It is marked before anything else is tried. */
  unmarked: (() => Delivery[]) | null;
  /** Until when (monotonic) nothing is sent, because a message was just sent. */
  restsUntil: number;
  /**
   * Since when every attempt has failed, in epoch milliseconds; null while it works or nothing was tried in this run.
   */
  failingSince: number | null;
  /** The same, without failures while this machine had no network. */
  unreachedSince: number | null;
  /** Whether nothing was tried in this run yet. */
  isUntried: boolean;
  /** When (monotonic) deliveries from the last run are tried at the latest. */
  firstTryBy: number;
  /** How often in a row there was no network. */
  offline: number;
}

/** What is sent at once: one delivery, or several as one message. */
interface Cargo {
  deliveries: readonly [Delivery, ...Delivery[]];
  send(signal: AbortSignal): Promise<string>;
}

/**
 * Sends the deliveries in the store to their destinations: at least once, each destination in its own order and at its
 * own pace, so that a slow or dead one delays no other. After a temporary failure it retries (see `backoffMs`) until
 * the delivery is a day old; after any other the delivery is marked failed and kept.
 *
 * If a destination combines messages, those that wait together are sent together, no sooner than it accepts the next.
 * The content of a message is fixed and committed before its first attempt and stays the same until the end, so that a
 * repeated message is the same message.
 *
 * Deliveries that wait longer than a minute after a start are tried then: the reason for the failure may have been
 * fixed before the restart.
 *
 * Deliveries to a disabled destination keep waiting; those to a removed one are marked failed half a minute later.
 * Without a network no failure counts. Nothing is ever dropped: every delivery is sent, failed or queued.
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

  /** Sets the current destinations. Before the first call nothing is delivered. A running attempt ends as it began. */
  configure(destinations: readonly DestinationSettings[]): void {
    if (this.#state === 'unconfigured') this.#state = 'running';
    const names = new Set(destinations.map(({ name }) => name));
    for (const [name, lane] of this.#lanes) {
      if (names.has(name) || lane.target === 'removed') continue;
      lane.keepsUntil = this.#parts.clock.monotonic() + comesBackMs;
      this.#retarget(lane, '', 'removed');
    }
    for (const destination of destinations) {
      const settings = JSON.stringify(destination);
      const lane = this.#laneOf(destination.name);
      if (lane.settings === settings) continue;
      this.#retarget(lane, settings, destination.enabled ? this.#open(destination) : 'disabled');
    }
    this.poke();
  }

  /** Announces that new deliveries may be waiting. Returns at once. */
  poke(): void {
    if (this.#isPoked || this.#state !== 'running') return;
    this.#isPoked = true;
    this.#parts.clock.after(0, () => {
      this.#isPoked = false;
      this.#advance();
    });
  }

  /** Starts nothing new, gives running attempts two seconds, and leaves them queued for the next start. */
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

  /** The state of each configured destination, in no particular order. */
  health(): DestinationHealth[] {
    const heads = new Map(this.#parts.store.heads().map(({ delivery }) => [delivery.destination, delivery]));
    return [...this.#lanes]
      .filter(([, { target }]) => target !== 'removed')
      .map(([destination, lane]) => {
        const { waiting, held, failed, lastSent, lastFailed } = this.#parts.store.tally(destination);
        const head = heads.get(destination);
        const arrivedAt = lastSent?.finishedAt ?? null;
        const gaveUpAt = lastFailed?.finishedAt ?? null;
        const hasFailed = gaveUpAt !== null && gaveUpAt > (arrivedAt ?? -Infinity);
        const error = head?.error ?? (hasFailed ? (lastFailed?.error ?? null) : null);
        const failingSince =
          error === null
            ? null
            : (lane.failingSince ?? (hasFailed ? gaveUpAt : null) ?? head?.createdAt ?? null);
        const isUnknown = lane.isUntried && (head?.attempts ?? 0) > 0;
        return {
          ...{ destination, waiting, held, failed, arrivedAt, failingSince, gaveUp: hasFailed },
          ...(isUnknown ? {} : { unreachedSince: lane.unreachedSince }),
          ...{ error, nextAt: head?.nextAt ?? null },
        };
      });
  }

  #laneOf(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = {
        ...{ settings: '', target: 'removed', attempt: null, settled: Promise.resolve(), unmarked: null },
        ...{ restsUntil: -Infinity, keepsUntil: -Infinity, failingSince: null, offline: 0 },
        ...{ unreachedSince: null, isUntried: true },
        firstTryBy: this.#parts.clock.monotonic() + firstTryWithinMs,
      };
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

  /** A destination that cannot be opened fails at every attempt, so that its deliveries show why. */
  #open(settings: DestinationSettings): Destination {
    const { findKind, directory, notifier = null, secret, run, draw, readReport, log } = this.#parts;
    try {
      const surroundings = {
        ...{ directory, notifier, secret },
        ...(run && { run }),
        ...(draw && { draw }),
        ...(readReport && { readReport }),
      };
      return openDestination(settings, findKind(settings.kind), surroundings);
    } catch (thrown) {
      log.error('a destination could not be opened', { destination: settings.name, error: thrown });
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

  /** Marks what is unmarked, starts what is due, and sets a timer for the next. */
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
      this.#parts.log.error('the outbox cannot be read', { error: thrown });
      pause = storePauseMs;
    }
    if (pause < Infinity) this.#cancelTimer = this.#parts.clock.after(pause, () => this.#advance());
  }

  /** Returns after how many milliseconds to check again. */
  #consider(head: QueuedDelivery): number {
    const { delivery } = head;
    const lane = this.#laneOf(delivery.destination);
    if (lane.attempt !== null || lane.unmarked !== null || lane.target === 'disabled') return Infinity;
    const { clock, store } = this.#parts;
    const now = clock.now();
    const monotonic = clock.monotonic();
    if (lane.target === 'removed') {
      if (monotonic < lane.keepsUntil) return lane.keepsUntil - monotonic;
      const why = `The destination ${delivery.destination} was removed before this was sent.`;
      lane.unmarked = () => store.markFailed([delivery.id], now, delivery.attempts, why);
      return this.#mark(lane) ? 0 : storePauseMs;
    }
    const asked = waitFor(delivery, now);
    const due = lane.isUntried ? Math.min(asked, lane.firstTryBy - monotonic) : asked;
    const wait = Math.max(due, lane.restsUntil - monotonic);
    if (wait > 0) return wait;
    this.#begin(lane, this.#load(lane.target, head, now), lane.target);
    return Infinity;
  }

  #load(destination: Destination, head: QueuedDelivery, now: number): Cargo {
    const { store, newId } = this.#parts;
    const { together } = destination;
    const { delivery } = head;
    if ('report' in head) return { deliveries: [delivery], send: reportTo(destination, head) };
    if (together === undefined) {
      const message = timely(head.message, now);
      return { deliveries: [delivery], send: (signal) => destination.deliver(message, signal) };
    }
    const found = store.waiting(delivery.destination, delivery.messageId, mostTogether);
    const [first = head, second, ...others] = found;
    const messageId = delivery.messageId ?? (second === undefined ? delivery.id : newId());
    const deliveries: Cargo['deliveries'] = [first.delivery, ...found.slice(1).map((each) => each.delivery)];
    if (delivery.messageId === null)
      store.putTogether(
        deliveries.map(({ id }) => id),
        messageId,
      );
    const message = timely(first.message, now);
    if (second === undefined)
      return { deliveries, send: (signal) => destination.deliver({ ...message, id: messageId }, signal) };
    const more = others.map((each) => timely(each.message, now));
    const bundle: Bundle = { id: messageId, messages: [message, timely(second.message, now), ...more] };
    return { deliveries, send: (signal) => together.deliver(bundle, signal) };
  }

  #begin(lane: Lane, cargo: Cargo, { together }: Destination): void {
    const { clock, log } = this.#parts;
    const attempt = new Attempt(cargo.send, clock, attemptDeadlineMs);
    lane.attempt = attempt;
    lane.settled = attempt.outcome.then((outcome) => {
      lane.attempt = null;
      if (this.#state === 'stopped') return;
      const now = clock.now();
      if (outcome.arrived) {
        lane.restsUntil = clock.monotonic() + (together?.everyMs ?? 0);
        lane.failingSince = null;
        lane.unreachedSince = null;
      } else {
        const [{ id, destination, attempts, createdAt }] = cargo.deliveries;
        // A failure of the last run continues.
        const since = lane.isUntried && attempts > 0 ? createdAt : now;
        lane.failingSince ??= since;
        lane.unreachedSince = outcome.isOffline ? null : (lane.unreachedSince ?? since);
        const { length: deliveries } = cargo.deliveries;
        const words = { destination, delivery: id, deliveries, attempts: attempts + 1, ...outcome };
        log.warn('a delivery failed', words);
      }
      lane.isUntried = false;
      lane.offline = outcome.arrived || !outcome.isOffline ? 0 : lane.offline + 1;
      const { offline } = lane;
      lane.unmarked = () => this.#record(cargo, outcome, now, offline);
      this.#mark(lane);
      this.poke();
    });
  }

  #record({ deliveries }: Cargo, outcome: Outcome, now: number, offline: number): Delivery[] {
    const { store } = this.#parts;
    const ids = deliveries.map(({ id }) => id);
    const before = deliveries[0].attempts;
    const attempts = before + 1;
    if (outcome.arrived) return store.markSent(ids, now, attempts, outcome.receipt.slice(0, mostText));

    const problem = outcome.problem.slice(0, mostText);
    if (!outcome.retry) return store.markFailed(ids, now, attempts, problem);
    if (outcome.isOffline)
      return store.markRetry(ids, now + backoffMs(offline, 0, this.#random), before, problem);
    // The youngest counts, so that no delivery is given up for the age of others.
    const createdAt = Math.max(...deliveries.map((delivery) => delivery.createdAt));
    const age = now - createdAt;
    if (age >= giveUpAfterMs) {
      const hours = Math.floor(age / 3_600_000);
      const why = `Given up after ${hours} hours and ${attempts} attempts. ${problem}`;
      return store.markFailed(ids, now, attempts, why);
    }
    const asked = Math.min(outcome.retryAfterMs ?? 0, longestAskedMs);
    const pause = Math.max(backoffMs(attempts, age, this.#random), asked);
    return store.markRetry(ids, Math.min(now + pause, createdAt + giveUpAfterMs), attempts, problem);
  }

  /**
   * Returns whether nothing is left to mark. An outcome is kept until the store records it, because sending again would
   * be worse.
   */
  #mark(lane: Lane): boolean {
    if (lane.unmarked === null) return true;
    try {
      const deliveries = lane.unmarked();
      lane.unmarked = null;
      for (const delivery of deliveries) this.#changed(delivery);
      return true;
    } catch (thrown) {
      this.#parts.log.error('a delivery could not be marked', { error: thrown });
      return false;
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

/** A wait longer than any we set comes from a clock that was set back: the delivery is due. */
function waitFor({ nextAt }: Delivery, now: number): number {
  const wait = (nextAt ?? now) - now;
  return wait > Math.max(longestBackoffMs, longestAskedMs) ? 0 : Math.max(0, wait);
}

/** A change of the settings may have replaced a destination that accepted reports by another. */
function reportTo(destination: Destination, { delivery, report }: QueuedReport): Cargo['send'] {
  return async (signal) => {
    if (destination.deliverReport === undefined)
      throw new PlimsollError('unsupported', `The destination ${delivery.destination} takes no reports.`);
    return destination.deliverReport(delivery.id, report, signal);
  };
}

/** The message, marked if it is late. */
function timely(message: Message, now: number): Message {
  return now - message.transition.at < lateAfterMs ? message : { ...message, late: true };
}
