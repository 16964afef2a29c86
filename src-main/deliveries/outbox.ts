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
/** How old a delivery may become before it is given up; the last attempt is made at this age. */
export const giveUpAfterMs = 24 * 3_600_000;
/** How long `stop` waits for attempts under way. */
const stopPatienceMs = 2000;
/** Pause before the store is asked again after it failed. */
const storePauseMs = 5000;
/** Receipts and problems are kept for people to read, whatever the other side answers. */
const mostText = 2000;
/** How many deliveries go in one message; what waits beyond goes in the next. */
const mostTogether = 1000;
/** What goes out so long after what it tells of is marked as late. */
const lateAfterMs = 120_000;
/** A destination that was removed may come back for so long, by an undo: until then nothing is given up. */
export const comesBackMs = 30_000;
/** What failed before a start is tried again no later than so long after it: until then nobody knows whether it still fails. */
const firstTryWithinMs = 60_000;
/** However long another side asks to wait, it is asked again after so long. */
export const longestAskedMs = 3_600_000;

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
  /** Runs programs that the owner approved. */
  run?: RunProgram;
  /** Draws charts of what messages are about. */
  draw?: DrawChart;
  /** Reads files of kept reports. */
  readReport?: ReadReport;
  findKind(kind: string): DestinationKind | undefined;
  /** Called with every delivery that has changed, after the change is committed. */
  onChange(delivery: Delivery): void;
  /** Numbers in [0, 1), for the jitter of retries. */
  random?: () => number;
  newId(): string;
}

/** The deliveries of one destination, one at a time and in order. */
interface Lane {
  /** The settings as text, to see whether they changed. */
  settings: string;
  target: Destination | 'disabled' | 'removed';
  /** Until when, monotonic, what waits is kept although the destination is not there. */
  keepsUntil: number;
  attempt: Attempt | null;
  /** Ends when the attempt under way has been marked. */
  settled: Promise<void>;
  /** The outcome of an attempt that the store could not take yet. It is marked before anything else is tried. */
  unmarked: (() => Delivery[]) | null;
  /** Until when, monotonic, nothing is sent, because something just was. */
  restsUntil: number;
  /** Since when every attempt has failed, epoch milliseconds; null while it works or nothing was tried in this run. */
  failingSince: number | null;
  /** The same without failures while this machine had no network. */
  unreachedSince: number | null;
  /** Nothing was tried in this run yet. */
  isUntried: boolean;
  /** When, monotonic, what waits from the run before is tried at the latest. */
  firstTryBy: number;
  /** How often in a row there was no network to try with. */
  offline: number;
}

/** What goes to a destination at once: one delivery, or several as one message. */
interface Cargo {
  deliveries: readonly [Delivery, ...Delivery[]];
  send(signal: AbortSignal): Promise<string>;
}

/**
 * Carries what waits in the store to its destinations: at least once, each destination in its own order and at its own
 * pace, so that one which is slow or dead holds up nobody else. After a failure that may pass it tries again (see
 * `backoffMs`) until the delivery is a day old; after any other the delivery is marked failed and kept.
 *
 * Where a destination takes many messages as one, those that wait together go together, and no sooner than it likes to
 * have the next. What goes in a message is settled and committed before its first attempt and stays so until it ends: a message
 * that comes twice is the same message.
 *
 * What waits longer than a minute after a start is tried then: whoever starts it anew may have mended what was wrong.
 *
 * What waits for a disabled destination goes on waiting; what waits for one that was removed is marked failed, half a
 * minute later. Without a network nothing is held against anybody. Nothing is ever dropped: what was due is sent, failed or queued.
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

  /** How it stands with each destination that is configured, in no order. */
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
      this.#parts.log.error('the outbox cannot be read', { error: thrown });
      pause = storePauseMs;
    }
    if (pause < Infinity) this.#cancelTimer = this.#parts.clock.after(pause, () => this.#advance());
  }

  /** Returns after how many milliseconds to look again. */
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
        // What failed in the run before goes on failing.
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
    // The youngest counts: nobody is given up for what others have waited.
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

  /** Whether nothing is left to mark. An outcome is kept until the store takes it: sending again would be the worse answer. */
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

/** A pause longer than any that we make comes from a clock that was set back: the delivery is due. */
function waitFor({ nextAt }: Delivery, now: number): number {
  const wait = (nextAt ?? now) - now;
  return wait > Math.max(longestBackoffMs, longestAskedMs) ? 0 : Math.max(0, wait);
}

/** Settings may have made another destination of one that took reports. */
function reportTo(destination: Destination, { delivery, report }: QueuedReport): Cargo['send'] {
  return async (signal) => {
    if (destination.deliverReport === undefined)
      throw new PlimsollError('unsupported', `The destination ${delivery.destination} takes no reports.`);
    return destination.deliverReport(delivery.id, report, signal);
  };
}

/** The message with a mark where it comes late. */
function timely(message: Message, now: number): Message {
  return now - message.transition.at < lateAfterMs ? message : { ...message, late: true };
}
