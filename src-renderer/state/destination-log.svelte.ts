import type { Delivery, DestinationHealth } from '../../src-main/contract/delivery.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

const messagesShown = 10;
/** A message may be of many deliveries; of them one is shown. */
const deliveriesAsked = 200;
/** A storm moves a thousand deliveries at once; nobody needs to see each. */
const quietMs = 500;
/** Samples move all the time and are no events. */
const samplesMs = 5000;

/** How it stands with each destination, and what was last sent to one of them, kept up to date while they move. */
export class DestinationLog {
  readonly #client: PlimsollClient;
  readonly #destination: string | null;
  #health = $state.raw<ReadonlyMap<string, DestinationHealth>>(new Map());
  #messages = $state.raw<readonly Delivery[] | null>(null);
  #question = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #samplesTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #unsubscribe: () => void;

  /** `destination`: whose deliveries are asked for too; null for nobody's. */
  constructor(client: PlimsollClient, monitor: MonitorState, destination: string | null) {
    this.#client = client;
    this.#destination = destination;
    this.#unsubscribe = monitor.onEvent((event) => {
      if (event.type === 'delivery' || event.type === 'refresh')
        this.#timer ??= setTimeout(() => void this.load(), quietMs);
    });
    void this.load();
  }

  /** Undefined where it is not known. */
  health(destination: string): DestinationHealth | undefined {
    return this.#health.get(destination);
  }

  /** The newest messages, by one delivery of each; null while they are not known. */
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
      if (moving.some(({ samples }) => samples !== undefined))
        this.#samplesTimer = setTimeout(() => void this.load(), samplesMs);
    } catch {
      // What was known stays; the next event asks again.
    }
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
