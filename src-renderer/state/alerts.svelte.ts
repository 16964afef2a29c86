import type { Alert } from '../../src-main/contract/alert.ts';
import type { AlertDetail, PlimsollClient } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

export interface AlertsFilter {
  state: 'firing' | 'resolved' | null;
  rule: string | null;
}

const pageSize = 50;

/** The list of alerts, newest first, a page at a time, kept up to date while they move. */
export class AlertList {
  readonly #client: PlimsollClient;
  #filter: AlertsFilter = { state: null, rule: null };
  #list = $state.raw<readonly Alert[] | null>(null);
  #more = $state(false);
  #problem = $state<unknown>(null);
  /** Answers to an older question are dropped. */
  #question = 0;

  constructor(client: PlimsollClient, monitor: MonitorState) {
    this.#client = client;
    monitor.onEvent((event) => {
      if (event.type === 'alert') this.#moved(event.alert);
      if (event.type === 'refresh' && this.#list !== null) void this.show(this.#filter);
    });
  }

  /** Null until the first page is there. */
  get list(): readonly Alert[] | null {
    return this.#list;
  }
  get more(): boolean {
    return this.#more;
  }
  get problem(): unknown {
    return this.#problem;
  }

  async show(filter: AlertsFilter): Promise<void> {
    const changed = filter.state !== this.#filter.state || filter.rule !== this.#filter.rule;
    this.#filter = filter;
    if (changed) this.#list = null;
    await this.#ask(undefined, (page) => page);
  }

  async loadMore(): Promise<void> {
    const last = this.#list?.at(-1);
    if (last !== undefined) await this.#ask(last, (page) => [...(this.#list ?? []), ...page]);
  }

  async #ask(last: Alert | undefined, place: (page: Alert[]) => Alert[]): Promise<void> {
    const question = ++this.#question;
    const { state, rule } = this.#filter;
    try {
      const page = await this.#client.alerts({
        limit: pageSize,
        ...(state === null ? {} : { state }),
        ...(rule === null ? {} : { rule }),
        ...(last === undefined ? {} : { before: last.firedAt, beforeId: last.id }),
      });
      if (question !== this.#question) return;
      this.#list = place(page);
      this.#more = page.length === pageSize;
      this.#problem = null;
    } catch (thrown) {
      if (question === this.#question) this.#problem = thrown;
    }
  }

  #moved(alert: Alert): void {
    if (this.#list === null) return;
    const { state, rule } = this.#filter;
    if (rule !== null && alert.ruleId !== rule) return;
    const known = this.#list.some((other) => other.id === alert.id);
    // One that leaves the filter stays until the reader asks anew: it must not vanish under the pointer.
    if (known) this.#list = this.#list.map((other) => (other.id === alert.id ? alert : other));
    else if (state === null || state === alert.state) this.#list = [alert, ...this.#list];
  }
}

/** One alert with its story, asked for again when it moves. */
export class AlertStory {
  readonly #client: PlimsollClient;
  readonly id: string;
  #detail = $state.raw<AlertDetail | null>(null);
  #problem = $state.raw<unknown>(null);
  readonly #unsubscribe: () => void;

  constructor(client: PlimsollClient, monitor: MonitorState, id: string) {
    this.#client = client;
    this.id = id;
    this.#unsubscribe = monitor.onEvent((event) => {
      const concerns =
        (event.type === 'alert' && event.alert.id === id) ||
        (event.type === 'delivery' && event.delivery.alertId === id) ||
        event.type === 'refresh';
      if (concerns) void this.load();
    });
    void this.load();
  }

  get detail(): AlertDetail | null {
    return this.#detail;
  }
  get problem(): unknown {
    return this.#problem;
  }

  async load(): Promise<void> {
    try {
      this.#detail = await this.#client.alert(this.id);
      this.#problem = null;
    } catch (thrown) {
      this.#problem = thrown;
    }
  }

  close(): void {
    this.#unsubscribe();
  }
}
