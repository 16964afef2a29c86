import { join } from 'node:path';
import type { Delivery, DeliveryState, DestinationHealth } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { ReportNote } from '../../contract/report.ts';
import type { Reach } from '../../contract/route.ts';
import type { Reading } from '../../contract/sample.ts';
import type { DestinationSettings, Settings } from '../../contract/settings.ts';
import { destinationKind, sampleDestinationKind } from '../../deliveries/destination-kinds.ts';
import { Forwarder } from '../../deliveries/onward/forwarder.ts';
import { Outbox } from '../../deliveries/outbox.ts';
import type { OutboxParts } from '../../deliveries/outbox.ts';
import { unitOf } from '../pipeline.ts';
import type { State } from '../state/state.ts';
import { DeliveryWatch } from './delivery-watch.ts';
import { withAddress } from './plimsoll-address.ts';
import { reachOf } from './reach.ts';

export interface DeliveryFilter {
  destination?: string;
  state?: DeliveryState;
  limit: number;
}

/** Queries and retries of deliveries, and the state of destinations. */
export interface DeliveriesApi {
  /** Newest first. */
  list(filter: DeliveryFilter): Delivery[];
  /** The state of each destination. */
  destinations(): DestinationHealth[];
  /**
   * Retries failed deliveries: one with all others in the same message, or all to a destination. Returns them. Throws
   * `not_found`, and `conflict` for a delivery that has not failed.
   */
  retry(which: { id: string } | { destination: string }): Delivery[];
  /**
   * How many of the alerts of the last seven days a route lets through to a destination of that kind. Throws
   * `invalid_settings` with every problem of the route, and `unsupported` for an unknown kind.
   */
  reach(kind: string, route: unknown): Reach;
}

interface DeliveriesParts extends Omit<OutboxParts, 'store' | 'findKind' | 'random'> {
  /** This machine's host name. */
  host: string;
  version: string;
  /** The data directory, which contains the spools. */
  dataDirectory: string;
  state: Pick<State, 'alerts' | 'deliveries'>;
  settings(): Settings;
  /** Destinations besides those of the settings. */
  uplinks: readonly DestinationSettings[];
  /** Ids of the rules that this machine evaluates for a hub. */
  judged(): readonly string[];
  notice(id: string, message: string | null): void;
}

/** Everything that is sent: messages through the outbox, samples through the forwarder. */
export class Deliveries implements DeliveriesApi {
  readonly #parts: DeliveriesParts;
  readonly #outbox: Outbox;
  readonly #forwarder: Forwarder;
  readonly #watch: DeliveryWatch;

  constructor(parts: DeliveriesParts) {
    const { host, version, dataDirectory, directory, clock, log, secret, state, settings } = parts;
    this.#parts = parts;
    this.#outbox = new Outbox({ ...parts, store: state.deliveries, findKind: destinationKind });
    const sourceNamed = (source: string) => settings().sources.find(({ name }) => name === source);
    this.#forwarder = new Forwarder({
      spools: join(dataDirectory, 'spool'),
      ...{ clock, log },
      surroundings: {
        ...{ directory, secret, version },
        now: () => clock.now(),
        sources: () => settings().sources,
        judges: (name) => (name === host ? parts.judged() : []),
      },
      findKind: sampleDestinationKind,
      unitOf: (source, metric) => unitOf(sourceNamed(source), metric),
    });
    this.#watch = new DeliveryWatch({ ...parts, health: () => this.destinations() });
  }

  configure(settings: Settings): void {
    const { destinations } = settings;
    this.#outbox.configure(
      destinations
        .filter(({ kind }) => sampleDestinationKind(kind) === undefined)
        .map((destination) => withAddress(destination, settings)),
    );
    this.#forwarder.configure([...destinations, ...this.#parts.uplinks]);
  }

  /** Passes samples to the destinations that want them. */
  take(reading: Reading): void {
    this.#forwarder.take(reading);
  }

  /** Announces that new deliveries were committed. */
  poke(): void {
    this.#outbox.poke();
  }

  /** Queues a report for a destination; repeating the same `id` changes nothing. */
  sendReport(delivery: Delivery, note: ReportNote): void {
    if (!this.#parts.state.deliveries.putReport(delivery, note)) return;
    this.#parts.onChange(delivery);
    this.poke();
  }

  /** Tries deliveries to programs at once: a program that was not approved may be now. */
  hurryCommands(): void {
    const { state, settings, clock, log } = this.#parts;
    try {
      for (const { name, kind } of settings().destinations)
        if (kind === 'command') state.deliveries.hurry(name, clock.now());
    } catch (error) {
      log.warn('what waits for a program could not be hurried', { error });
    }
    this.poke();
  }

  list(filter: DeliveryFilter): Delivery[] {
    return this.#parts.state.deliveries.list(filter);
  }

  destinations(): DestinationHealth[] {
    return [...this.#outbox.health(), ...this.#forwarder.health()];
  }

  /** The state of each destination; empty if it is unreadable. */
  health(): DestinationHealth[] {
    return this.#watch.health();
  }

  retry(which: { id: string } | { destination: string }): Delivery[] {
    const { state, settings, clock, onChange } = this.#parts;
    if ('destination' in which && !settings().destinations.some(({ name }) => name === which.destination))
      throw new PlimsollError('not_found', `There is no destination ${which.destination}.`);
    const deliveries = state.deliveries.retryFailed(which, clock.now());
    for (const delivery of deliveries) onChange(delivery);
    this.poke();
    return deliveries;
  }

  reach(kind: string, route: unknown): Reach {
    return reachOf(kind, route, this.#parts.state.alerts, this.#parts.clock.now());
  }

  /** Reports destinations that nothing reaches, and forgets old deliveries. To be called every few seconds. */
  look(): void {
    this.#watch.look();
  }

  /** Messages end at once, samples after `lastRead`, when nothing is read any more. */
  async stop(lastRead: Promise<void>): Promise<void> {
    await Promise.all([lastRead, this.#outbox.stop()]);
    await this.#forwarder.stop();
  }
}
