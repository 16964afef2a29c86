import type { Fleet, FleetQuery } from '../../src-main/contract/fleet.ts';
import type { HostDetail } from '../../src-main/contract/host.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import type { MonitorState } from './monitor.svelte.ts';

const pageSize = 100;
/** Values change without events, and nobody reads a list of a hundred hosts faster than this. */
const refreshMs = 10_000;
/** Hundreds of hosts may change at once, so events are collected for this time, in milliseconds. */
const settleMs = 1500;

export type FleetFilter = Pick<FleetQuery, 'text' | 'tag' | 'standing' | 'firing'>;

/** Calls back shortly after hosts may have changed, and every few seconds. The returned function stops it. */
function followHosts(monitor: MonitorState, changed: () => void): () => void {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const soon = (): void => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      changed();
    }, settleMs);
  };
  const regular = setInterval(soon, refreshMs);
  const end = monitor.onEvent(({ type }) => {
    if (type === 'hosts' || type === 'alert' || type === 'settings' || type === 'refresh') soon();
  });
  return () => {
    end();
    clearInterval(regular);
    clearTimeout(waiting);
  };
}

/** Number and states of the hosts, for the navigation and the sentence at the top; reloaded when they may have changed. */
export class FleetSummary {
  readonly #client: PlimsollClient;
  readonly #monitor: MonitorState;
  #fleet = $state.raw<Fleet | null>(null);

  constructor(client: PlimsollClient, monitor: MonitorState) {
    this.#client = client;
    this.#monitor = monitor;
    let waiting: ReturnType<typeof setTimeout> | undefined;
    monitor.onEvent(({ type }) => {
      const isFirst = this.#fleet === null;
      const mayMatter = type === 'settings' || (type === 'refresh' && isFirst);
      if (!mayMatter && type !== 'hosts') return;
      waiting ??= setTimeout(
        () => {
          waiting = undefined;
          void this.#load();
        },
        // Hundreds of hosts may register at once, and their number is not urgent.
        isFirst ? 0 : this.isThere ? refreshMs : settleMs,
      );
    });
  }

  /** Whether this hub receives or has received from other machines; only then are hosts in the navigation. */
  get isThere(): boolean {
    return this.#fleet !== null && (this.#fleet.receives || this.#fleet.sending > 0);
  }

  /** Null until the first answer. */
  get fleet(): Fleet | null {
    return this.#fleet;
  }

  async #load(): Promise<void> {
    try {
      this.#fleet = await this.#client.fleet({ offset: 0, limit: 0 });
      const { sending, standings } = this.#fleet;
      this.#monitor.learnHosts({ sending, silent: standings.stale + standings.offline });
    } catch {
      // The connection state shows the reason; earlier data stays meanwhile.
    }
  }
}

/** The hosts in a list, worst first, updated while it is open. */
export class FleetList {
  readonly #client: PlimsollClient;
  #fleet = $state.raw<Fleet | null>(null);
  #problem = $state.raw<unknown>(null);
  #filter: FleetFilter = {};
  readonly #page: number;
  #limit: number;
  /** Number of the latest request, so that late answers to earlier ones are dropped. */
  #question = 0;
  readonly #end: () => void;

  constructor(client: PlimsollClient, monitor: MonitorState, page = pageSize) {
    this.#client = client;
    this.#page = page;
    this.#limit = page;
    this.#end = followHosts(monitor, () => void this.#load());
  }

  /** Null until the first answer. */
  get fleet(): Fleet | null {
    return this.#fleet;
  }
  get problem(): unknown {
    return this.#problem;
  }
  get more(): boolean {
    return this.#fleet !== null && this.#fleet.hosts.length < this.#fleet.fitting;
  }

  async show(filter: FleetFilter): Promise<void> {
    if (JSON.stringify(filter) !== JSON.stringify(this.#filter)) this.#limit = this.#page;
    this.#filter = filter;
    await this.#load();
  }

  async showMore(): Promise<void> {
    this.#limit += this.#page;
    await this.#load();
  }

  close(): void {
    this.#end();
  }

  async #load(): Promise<void> {
    const question = ++this.#question;
    try {
      const fleet = await this.#pages();
      if (question !== this.#question) return;
      this.#fleet = fleet;
      this.#problem = null;
    } catch (thrown) {
      if (question === this.#question) this.#problem = thrown;
    }
  }

  /** One answer contains at most five pages. */
  async #pages(): Promise<Fleet> {
    const most = 5 * pageSize;
    const ask = (offset: number) =>
      this.#client.fleet({ ...this.#filter, offset, limit: Math.min(most, this.#limit - offset) });
    const fleet = await ask(0);
    const hosts = [...fleet.hosts];
    while (hosts.length < Math.min(this.#limit, fleet.fitting)) {
      const { hosts: next } = await ask(hosts.length);
      if (next.length === 0) break;
      hosts.push(...next);
    }
    return { ...fleet, hosts };
  }
}

/** One host, updated while its view is open. */
export class HostStory {
  readonly #client: PlimsollClient;
  readonly name: string;
  #host = $state.raw<HostDetail | null>(null);
  #problem = $state.raw<unknown>(null);
  readonly #end: () => void;

  constructor(client: PlimsollClient, monitor: MonitorState, name: string) {
    this.#client = client;
    this.name = name;
    this.#end = followHosts(monitor, () => void this.load());
    void this.load();
  }

  get host(): HostDetail | null {
    return this.#host;
  }
  get problem(): unknown {
    return this.#problem;
  }

  async load(): Promise<void> {
    try {
      this.#host = await this.#client.host(this.name);
      this.#problem = null;
    } catch (thrown) {
      this.#problem = thrown;
    }
  }

  close(): void {
    this.#end();
  }
}
