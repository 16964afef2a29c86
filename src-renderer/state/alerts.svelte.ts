import type { Alert } from '../../src-main/contract/alert.ts';
import type { AlertDetail, AlertsFilterQuery, PlimsollClient } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

const pageSize = 50;

/** The list of alerts, newest first, loaded page by page and updated live. */
export class AlertList {
  readonly #client: PlimsollClient;
  #filter: AlertsFilterQuery = {};
  #list = $state.raw<readonly Alert[] | null>(null);
  #more = $state(false);
  #problem = $state<unknown>(null);
  /** Number of the latest request, so that late answers to earlier ones are dropped. */
  #question = 0;

  constructor(client: PlimsollClient, monitor: MonitorState) {
    this.#client = client;
    monitor.onEvent((event) => {
      if (event.type === 'alert') this.#moved(event.alert);
      if (event.type === 'refresh' && this.#list !== null) void this.show(this.#filter);
    });
  }

  /** Null until the first page has arrived. */
  get list(): readonly Alert[] | null {
    return this.#list;
  }
  get more(): boolean {
    return this.#more;
  }
  get problem(): unknown {
    return this.#problem;
  }

  async show(filter: AlertsFilterQuery): Promise<void> {
    const changed = JSON.stringify(filter) !== JSON.stringify(this.#filter);
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
    try {
      const page = await this.#client.alerts({
        limit: pageSize,
        ...this.#filter,
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
    const known = this.#list.some((other) => other.id === alert.id);
    // An alert that no longer matches the filter stays until the next request: it must not vanish under the pointer.
    if (known) this.#list = this.#list.map((other) => (other.id === alert.id ? alert : other));
    else if (matches(alert, this.#filter)) this.#list = [alert, ...this.#list];
  }
}

/**
 * Whether a new alert belongs in the list. Only the monitor can search for words, so with a text filter the next
 * request adds it.
 */
function matches(alert: Alert, { state, severity, rule, source, text, from }: AlertsFilterQuery): boolean {
  return (
    text === undefined &&
    (state === undefined || alert.state === state) &&
    (severity === undefined || alert.severity === severity) &&
    (rule === undefined || alert.ruleId === rule) &&
    (source === undefined || alert.series.source === source) &&
    (from === undefined || alert.firedAt >= from)
  );
}

/** One alert with its history, reloaded when it changes. */
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
        (event.type === 'context' && event.alertId === id) ||
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
