import type { SilenceFor } from '../../alerts/announce.ts';
import { isSnoozed } from '../../alerts/announce.ts';
import type { Log } from '../../base/log.ts';
import type { Alert, Transition } from '../../contract/alert.ts';
import type { Delivery, Message, Suppression } from '../../contract/delivery.ts';
import type { DestinationSettings, Settings } from '../../contract/settings.ts';
import { destinationKind } from '../../deliveries/destination-kinds.ts';
import { comesBackMs } from '../../deliveries/outbox.ts';
import { isHeldFiring, isTold, Routing } from './routing.ts';
import type { Decision } from './routing.ts';
import type { DeliveryTables } from '../state/delivery-tables.ts';
import { trackKey } from '../judging/track.ts';
import type { WrittenDelivery } from '../judging/track.ts';
import type { Moment, Verdict } from '../judging/verdict.ts';

/**
 * The limit of records that wait for a destination or failed; beyond it further violations are left out, but never
 * transitions.
 */
const furtherOwedAtMost = 1000;

interface DispatchParts {
  deliveries: Pick<DeliveryTables, 'ofAlert' | 'holding' | 'held' | 'message' | 'tally'>;
  /** The alerts that currently fire. */
  firing(): readonly Alert[];
  silenceFor: SilenceFor;
  newId(): string;
  log: Log;
}

/**
 * Decides by their routes which destinations get what is due, and decides again at the end of their quiet hours.
 * Everything that is due becomes a row: it is sent, held, or left out with a reason.
 */
export class Dispatch {
  readonly #parts: DispatchParts;
  #destinations: readonly { settings: DestinationSettings; routing: Routing }[] = [];
  /** The destinations that may have held deliveries. */
  readonly #holding: Set<string>;
  /** When it was first seen of a destination that is gone, in monotonic milliseconds: an undo may bring it back. */
  readonly #missedAt = new Map<string, number>();
  /** When each destination last got a record of an alert, by alert and destination: monotonic milliseconds. */
  readonly #recordedAt = new Map<string, Map<string, number>>();
  /** The destinations for which records of further violations are left out, because too many wait. */
  readonly #crowded = new Set<string>();

  constructor(parts: DispatchParts) {
    this.#parts = parts;
    this.#holding = new Set(parts.deliveries.holding());
  }

  configure({ destinations }: Settings): void {
    this.#destinations = destinations.map((settings) => ({ settings, routing: new Routing(settings) }));
  }

  /**
   * The deliveries of a move to each destination to which it is due. `owed` is not committed yet; `messageFor` creates
   * the message, and `waitMs` is how long it waits before it is sent.
   */
  of(
    move: Verdict['moves'][number],
    owed: readonly WrittenDelivery[],
    now: number,
    waitMs: number,
    messageFor: (id: string) => Message,
  ): WrittenDelivery[] {
    if (move.transition.to === 'resolved') this.#recordedAt.delete(move.alert.id);
    const due = this.#destinations.filter(({ settings }) => settings.enabled && isDue(settings, move));
    if (due.length === 0) return [];
    const past = this.#pastOf(move.alert.id, owed);
    return due.flatMap(({ settings: { name }, routing }) => {
      const before = past?.filter(({ destination }) => destination === name) ?? null;
      // While the state is unreadable nobody knows what was sent: better twice than never.
      const decision: Decision =
        before === null ? { is: 'sent' } : routing.decide(move.alert, move.transition, before, now);
      if (decision.is === 'held') this.#holding.add(name);
      const id = this.#parts.newId();
      const written = writtenAs(decision, deliveryOf(id, name, move, now, waitMs), messageFor);
      return [...overtaken(before ?? [], move.transition, decision, now), written];
    });
  }

  /**
   * Tells the destinations that were told of an alert and want to know that it was acknowledged, at once and even in
   * quiet hours.
   */
  acknowledged(
    alert: Alert,
    now: number,
    messageFor: (id: string, transition: Transition) => Message,
  ): WrittenDelivery[] {
    const due = this.#destinations.filter(
      ({ settings }) => settings.enabled && destinationKind(settings.kind)?.hearsAcknowledged === true,
    );
    if (due.length === 0) return [];
    const past = this.#pastOf(alert.id, []);
    return due.flatMap(({ settings: { name } }) => {
      const isKnown = past === null || past.some((each) => each.destination === name && isTold(each));
      if (!isKnown) return [];
      const transition = stillFiring(alert, now, alert.lastValue, 'reminder');
      const id = this.#parts.newId();
      const delivery = {
        ...deliveryOf(id, name, { alert, transition }, now, 0),
        transition: 'acknowledged' as const,
      };
      return [sent(delivery, messageFor(id, transition), now)];
    });
  }

  /**
   * Records of further violations for the destinations that keep them. They are evidence: no cooldown, downtime or
   * snooze holds them back. While too many wait for a destination, further ones are left out, and the log says so.
   */
  further(
    violations: Verdict['furtherViolations'],
    { now, monotonic }: Moment,
    messageFor: (
      id: string,
      violation: Pick<Verdict['moves'][number], 'alert' | 'transition' | 'rule'>,
    ) => Message,
  ): WrittenDelivery[] {
    const written: WrittenDelivery[] = [];
    for (const { settings, routing } of this.#destinations) {
      const everySeconds = destinationKind(settings.kind)?.furtherEverySeconds?.(settings) ?? null;
      if (!settings.enabled || everySeconds === null) continue;
      const due = violations.filter(({ alert }) => {
        const before =
          this.#recordedAt.get(alert.id)?.get(settings.name) ?? monotonic - (now - alert.firedAt);
        // A slightly early sample is not left out until the next one.
        return monotonic - before >= everySeconds * 900 && routing.takesFiring(alert);
      });
      if (due.length === 0 || this.#isCrowded(settings.name)) continue;
      for (const { alert, rule, value, at } of due) {
        const recordedAt = this.#recordedAt.get(alert.id) ?? new Map<string, number>();
        this.#recordedAt.set(alert.id, recordedAt.set(settings.name, monotonic));
        const transition = stillFiring(alert, at, value, 'reminder');
        const id = this.#parts.newId();
        const delivery = {
          ...deliveryOf(id, settings.name, { alert, transition }, now, 0),
          transition: 'violation' as const,
        };
        written.push(sent(delivery, messageFor(id, { alert, transition, rule }), now));
      }
    }
    return written;
  }

  #isCrowded(name: string): boolean {
    const isCrowded = this.#owedTo(name) >= furtherOwedAtMost;
    if (isCrowded && !this.#crowded.has(name))
      this.#parts.log.warn(
        'further violations are not recorded while so many records wait or were given up',
        {
          ...{ destination: name, records: furtherOwedAtMost },
        },
      );
    if (isCrowded) this.#crowded.add(name);
    else this.#crowded.delete(name);
    return isCrowded;
  }

  /** Records that wait for a destination or failed; Infinity if that is unreadable. */
  #owedTo(name: string): number {
    try {
      const { waiting, failed } = this.#parts.deliveries.tally(name);
      return waiting + failed;
    } catch (error) {
      this.#parts.log.error('what waits for a destination cannot be read', { error });
      return Infinity;
    }
  }

  /** Decides again about held deliveries, by the current state. */
  release(moment: Moment): WrittenDelivery[] {
    const released: WrittenDelivery[] = [];
    for (const name of [...this.#holding]) {
      const held = this.#parts.deliveries.held(name);
      if (held.length === 0) {
        this.#holding.delete(name);
        this.#missedAt.delete(name);
      } else released.push(...this.#releaseTo(name, held, moment));
    }
    return released;
  }

  #releaseTo(name: string, held: readonly Delivery[], { now, monotonic }: Moment): WrittenDelivery[] {
    const destination = this.#destinations.find(({ settings }) => settings.name === name);
    if (destination === undefined) {
      const missedAt = this.#missedAt.get(name) ?? monotonic;
      this.#missedAt.set(name, missedAt);
      if (monotonic - missedAt < comesBackMs) return [];
      return held.map((delivery) => leftOut(delivery, 'destination_removed', now));
    }
    this.#missedAt.delete(name);
    const { settings, routing } = destination;
    if (!settings.enabled) return [];
    const firing = this.#parts.firing();
    const byId = new Map(firing.map((alert) => [alert.id, alert]));
    const bySeries = new Map(firing.map((alert) => [trackKey(alert), alert]));
    /** Earlier alerts on the same series, of whose recovery nobody was told. */
    const known = new Map<string, Alert>();
    const released: WrittenDelivery[] = [];
    for (const delivery of held.filter((each) => !isHeldFiring(each))) {
      if (routing.quietUntil('warning', now) !== null) continue;
      const message = this.#unsilenced(delivery, null, now);
      if (message === undefined) continue;
      const again = bySeries.get(trackKey(message.alert));
      const toldAgain = again !== undefined && this.#isTold(again.id, name);
      const isHeldAgain = held.some((each) => isHeldFiring(each) && each.alertId === again?.id);
      if (again !== undefined && isHeldAgain) known.set(again.id, message.alert);
      if (toldAgain || isHeldAgain)
        released.push(leftOut(delivery, toldAgain ? 'told_since' : 'told_before', now));
      else released.push(sent({ ...delivery, createdAt: now }, message, now));
    }
    for (const delivery of held.filter(isHeldFiring)) {
      const alert = byId.get(delivery.alertId);
      if (alert === undefined) released.push(leftOut(delivery, 'over_in_quiet_hours', now));
      else released.push(...this.#releaseFiring(delivery, alert, routing, known.get(alert.id), now));
    }
    return released;
  }

  #releaseFiring(
    delivery: Delivery,
    alert: Alert,
    routing: Routing,
    before: Alert | undefined,
    now: number,
  ): WrittenDelivery[] {
    if (routing.quietUntil(alert.severity, now) !== null || isSnoozed(alert, now)) return [];
    const message = this.#unsilenced(delivery, alert, now);
    if (message === undefined) return [];
    // People who were told of the earlier alert, but not of its end, know of this one, except for a higher severity.
    if (before !== undefined && (alert.severity !== 'critical' || before.severity === 'critical'))
      return [leftOut(delivery, 'told_before', now)];
    const transition = stillFiring(alert, now, alert.lastValue, 'quiet_hours_over');
    const decision = routing.decide(alert, transition, [], now);
    const due = { ...delivery, createdAt: now, nextAt: now };
    return [writtenAs(decision, due, () => ({ ...message, alert, transition }))];
  }

  /** The message of a delivery; undefined while something else holds it, such as a downtime. */
  #unsilenced(delivery: Delivery, current: Alert | null, now: number): Message | undefined {
    const message = this.#parts.deliveries.message(delivery.id);
    if (message === undefined) return undefined;
    const { series, severity } = current ?? message.alert;
    const silence = this.#parts.silenceFor({ rule: message.rule, series, severity }, now);
    return silence === null ? message : undefined;
  }

  #isTold(alertId: string, name: string): boolean {
    return this.#parts.deliveries
      .ofAlert(alertId)
      .some((delivery) => delivery.destination === name && isTold(delivery));
  }

  /** Null if that is unreadable. */
  #pastOf(alertId: string, owed: readonly WrittenDelivery[]): Delivery[] | null {
    try {
      const known = new Map(this.#parts.deliveries.ofAlert(alertId).map((each) => [each.id, each]));
      for (const { delivery } of owed) if (delivery.alertId === alertId) known.set(delivery.id, delivery);
      return [...known.values()];
    } catch (error) {
      this.#parts.log.error('what was told of an alert cannot be read', { error });
      return null;
    }
  }
}

/** The transition of an alert that continues. `at` is epoch milliseconds. */
function stillFiring(
  alert: Alert,
  at: number,
  value: number | null,
  reason: 'reminder' | 'quiet_hours_over',
): Transition {
  return {
    ...{ alertId: alert.id, at, from: 'firing', to: 'firing', reason: 'still_firing', value },
    announcement: { decision: 'announce', reason },
  };
}

/** Records get every firing and recovery; people get what is announced. */
function isDue(destination: DestinationSettings, { alert, transition }: Verdict['moves'][number]): boolean {
  const kind = destinationKind(destination.kind);
  if (kind === undefined) return false;
  const isMeant =
    kind.role === 'announce'
      ? transition.announcement.decision === 'announce'
      : transition.from !== transition.to;
  return isMeant && (kind.wants?.(destination, alert.state) ?? true);
}

function deliveryOf(
  id: string,
  destination: string,
  { alert, transition }: Pick<Verdict['moves'][number], 'alert' | 'transition'>,
  now: number,
  waitMs: number,
): Delivery {
  return {
    id,
    destination,
    alertId: alert.id,
    transition: transition.to,
    state: 'queued',
    attempts: 0,
    createdAt: now,
    nextAt: now + waitMs,
    finishedAt: null,
    receipt: null,
    error: null,
    messageId: null,
    together: 1,
  };
}

function writtenAs(
  decision: Decision,
  delivery: Delivery,
  messageFor: (id: string) => Message,
): WrittenDelivery {
  switch (decision.is) {
    case 'sent':
      return sent(delivery, messageFor(delivery.id), delivery.nextAt ?? delivery.createdAt);
    case 'held':
      return {
        delivery: { ...delivery, state: 'held', reason: 'quiet_hours', nextAt: decision.until },
        message: messageFor(delivery.id),
      };
    case 'suppressed':
      return leftOut(delivery, decision.reason, delivery.createdAt);
  }
}

/** The held deliveries of the same alert that are now sent or superseded. */
function overtaken(
  before: readonly Delivery[],
  { to }: Transition,
  decision: Decision,
  now: number,
): WrittenDelivery[] {
  if (to === 'firing' && decision.is === 'suppressed') return [];
  const reason = to === 'resolved' ? 'over_in_quiet_hours' : 'told_since';
  return before.filter(isHeldFiring).map((delivery) => leftOut(delivery, reason, now));
}

function sent(delivery: Delivery, message: Message, nextAt: number): WrittenDelivery {
  const { reason: _, ...rest } = delivery;
  return { delivery: { ...rest, state: 'queued', nextAt }, message };
}

function leftOut(delivery: Delivery, reason: Suppression, now: number): WrittenDelivery {
  return {
    delivery: { ...delivery, state: 'suppressed', reason, nextAt: null, finishedAt: now },
    message: null,
  };
}
