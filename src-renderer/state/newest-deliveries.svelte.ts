import type { Delivery } from '../../src-main/contract/delivery.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

/** One page covers most destinations; those used long ago are queried one by one. */
const pageSize = 200;

/** The newest delivery to each destination, updated live. */
export class NewestDeliveries {
  readonly #client: PlimsollClient;
  #newest = $state.raw<ReadonlyMap<string, Delivery | null>>(new Map());
  #problem = $state.raw<unknown>(null);
  #names: readonly string[] = [];
  /** Number of the latest request, so that late answers to earlier ones are dropped. */
  #question = 0;
  /** Deliveries that changed during a request, whose answer may be older; null if no request is in progress. */
  #movedSince: Delivery[] | null = null;
  readonly #unsubscribe: () => void;

  constructor(client: PlimsollClient, monitor: MonitorState) {
    this.#client = client;
    this.#unsubscribe = monitor.onEvent((event) => {
      if (event.type === 'delivery') {
        this.#movedSince?.push(event.delivery);
        this.#moved(event.delivery);
      }
      if (event.type === 'refresh') void this.load(this.#names);
    });
  }

  get problem(): unknown {
    return this.#problem;
  }

  /** Null if nothing was ever sent, undefined while unknown. */
  of(destination: string): Delivery | null | undefined {
    return this.#newest.get(destination);
  }

  async load(names: readonly string[]): Promise<void> {
    this.#names = names;
    const question = ++this.#question;
    const movedSince: Delivery[] = [];
    this.#movedSince = movedSince;
    try {
      const page = await this.#client.deliveries({ limit: pageSize });
      const found = new Map<string, Delivery | null>();
      for (const delivery of page)
        if (!found.has(delivery.destination)) found.set(delivery.destination, delivery);
      for (const name of names) {
        if (found.has(name)) continue;
        const [only] =
          page.length < pageSize ? [] : await this.#client.deliveries({ destination: name, limit: 1 });
        if (question !== this.#question) return;
        found.set(name, only ?? null);
      }
      if (question !== this.#question) return;
      this.#newest = found;
      for (const delivery of movedSince) this.#moved(delivery);
      this.#problem = null;
    } catch (thrown) {
      if (question === this.#question) this.#problem = thrown;
    } finally {
      if (question === this.#question) this.#movedSince = null;
    }
  }

  close(): void {
    this.#unsubscribe();
  }

  #moved(delivery: Delivery): void {
    // A suppressed delivery tells nothing about the destination.
    if (delivery.state === 'suppressed') return;
    const known = this.#newest.get(delivery.destination);
    if (
      known !== null &&
      known !== undefined &&
      known.id !== delivery.id &&
      known.createdAt > delivery.createdAt
    )
      return;
    this.#newest = new Map(this.#newest).set(delivery.destination, delivery);
  }
}
