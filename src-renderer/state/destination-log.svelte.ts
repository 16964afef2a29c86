import type { Delivery, DestinationHealth } from '../../src-main/contract/delivery.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

const messagesShown = 10;
/** Deliveries to load. Several can belong to one message, of which only one is shown. */
const deliveriesAsked = 200;
/** Waits for a pause in events, in milliseconds: an alert storm changes a thousand deliveries at once. */
const quietMs = 500;
/** Sent samples cause no events, so their state is polled at this interval, in milliseconds. */
const samplesMs = 5000;

/** The health of each destination and the last messages to one of them, updated live. */
export class DestinationLog {
  readonly #client: PlimsollClient;
  readonly #destination: string | null;
  #health = $state.raw<ReadonlyMap<string, DestinationHealth>>(new Map());
  #messages = $state.raw<readonly Delivery[] | null>(null);
  #question = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #samplesTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #unsubscribe: () => void;

  /** `destination`: the one whose deliveries are loaded too; null for none. */
  constructor(client: PlimsollClient, monitor: MonitorState, destination: string | null) {
    this.#client = client;
    this.#destination = destination;
    this.#unsubscribe = monitor.onEvent((event) => {
      if (event.type === 'delivery' || event.type === 'refresh')
        this.#timer ??= setTimeout(() => void this.load(), quietMs);
    });
    void this.load();
  }

  /** Undefined if unknown. */
  health(destination: string): DestinationHealth | undefined {
    return this.#health.get(destination);
  }

  /** The newest messages, one delivery of each; null until known. */
  get messages(): readonly Delivery[] | null {
    return this.#messages;
  }

  async load(): Promise<void> {
    clearTimeout(this.#timer);
    clearTimeout(this.#samplesTimer);
    this.#timer = undefined;
    const question = ++this.#question;
    try {
      const destination = this.#destination;
      const [health, deliveries] = await Promise.all([
        this.#client.destinations(),
        destination === null ? null : this.#client.deliveries({ destination, limit: deliveriesAsked }),
      ]);
      if (question !== this.#question) return;
      this.#health = new Map(health.map((each) => [each.destination, each]));
      this.#messages = deliveries === null ? null : newestMessages(deliveries);
      const moving =
        destination === null ? health : health.filter((each) => each.destination === destination);
      this.#loadAgain(moving);
    } catch {
      // Keeps the earlier data. The next event loads again; samples cause none.
      if (question === this.#question) this.#loadAgain([...this.#health.values()]);
    }
  }

  #loadAgain(moving: readonly DestinationHealth[]): void {
    if (moving.some(({ samples }) => samples !== undefined))
      this.#samplesTimer = setTimeout(() => void this.load(), samplesMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#samplesTimer);
    this.#question++;
    this.#unsubscribe();
  }
}

/** One delivery of each message, newest first. */
export function newestMessages(deliveries: readonly Delivery[]): Delivery[] {
  const ofMessage = new Map<string, Delivery>();
  for (const delivery of deliveries) {
    const key = delivery.messageId ?? delivery.id;
    if (!ofMessage.has(key)) ofMessage.set(key, delivery);
  }
  return [...ofMessage.values()].slice(0, messagesShown);
}
