import type { Alert } from '../../src-main/contract/alert.ts';
import type { AlertDetail, AlertsFilterQuery, PlimsollClient } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

const pageSize = 50;

/** The list of alerts, newest first, a page at a time, kept up to date while they move. */
export class AlertList {
  readonly #client: PlimsollClient;
  #filter: AlertsFilterQuery = {};
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
    // One that leaves the filter stays until the reader asks anew: it must not vanish under the pointer.
    if (known) this.#list = this.#list.map((other) => (other.id === alert.id ? alert : other));
    else if (matches(alert, this.#filter)) this.#list = [alert, ...this.#list];
  }
}

/** Whether a new alert belongs into the list. What is searched for in words only the monitor knows: the next question finds it. */
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
