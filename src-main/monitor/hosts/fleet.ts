import type { Alert } from '../../contract/alert.ts';
import type { Fleet, FleetHost, FleetQuery, Standing } from '../../contract/fleet.ts';
import type { Host } from '../../contract/host.ts';
import type { Severity } from '../../contract/rule.ts';
import type { Hosts } from './hosts.ts';

/** Queries about all hosts together. */
export interface FleetApi {
  page(query: FleetQuery): Fleet;
}

interface FleetParts {
  hosts: Pick<Hosts, 'list' | 'tagsOf' | 'newestOf'>;
  /** The machine that this Plimsoll runs on. */
  own: OwnHost;
  firing(): Iterable<Alert>;
  receives(): boolean;
}

/** What a hub knows of its own machine, which sends nothing. */
interface OwnHost {
  host: string;
  version: string;
  /** Epoch milliseconds. */
  now(): number;
  /** Null if nothing here samples this metric without labels. */
  newest(metric: string): number | null;
}

/** A host with the values for sorting and filtering. */
interface Placed {
  host: Pick<Host, 'host' | 'lastSeenAt' | 'address' | 'agent'>;
  isHub: boolean;
  standing: Standing;
  severity: Severity | null;
  /** Its firing alerts. */
  alerts: readonly Alert[];
  tags: readonly string[];
}

const badness = { critical: 0, warning: 1 } as const;
const order = { offline: 2, stale: 3, may_sleep: 4, online: 5 } as const;

/** All machines that send to this hub, and its own machine first among equals, for users with thousands of hosts. */
export class HostFleet implements FleetApi {
  readonly #parts: FleetParts;

  constructor(parts: FleetParts) {
    this.#parts = parts;
  }

  page({ text = '', tag, standing, firing = false, offset, limit }: FleetQuery): Fleet {
    const all = this.#placed();
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting = all.filter(
      (placed) =>
        (standing === undefined || placed.standing === standing) &&
        (!firing || placed.severity !== null) &&
        (tag === undefined || placed.tags.includes(tag)) &&
        (words.length === 0 || isNamed(placed, words)),
    );
    // They are already sorted by name, and sorting is stable; the hub's own machine comes first.
    fitting.sort((a, b) => rankOf(a) - rankOf(b));
    const standings = { online: 0, stale: 0, offline: 0, may_sleep: 0 };
    const tags = new Map<string, number>();
    for (const placed of all) {
      standings[placed.standing]++;
      for (const word of placed.tags) tags.set(word, (tags.get(word) ?? 0) + 1);
    }
    return {
      receives: this.#parts.receives(),
      known: all.length,
      sending: all.filter(({ isHub }) => !isHub).length,
      standings,
      firing: all.filter(({ severity }) => severity !== null).length,
      tags: [...tags].map(([word, hosts]) => ({ tag: word, hosts })).sort((a, b) => (a.tag < b.tag ? -1 : 1)),
      fitting: fitting.length,
      hosts: fitting.slice(offset, offset + limit).map((placed) => this.#rowOf(placed)),
    };
  }

  #placed(): Placed[] {
    const { hosts, own } = this.#parts;
    const firing = Map.groupBy(this.#parts.firing(), ({ series }) => series.host);
    const place = (host: Placed['host'], standing: Standing, isHub: boolean): Placed => {
      const alerts = firing.get(host.host) ?? [];
      const tags = hosts.tagsOf(host.host);
      return { host, isHub, alerts, standing, severity: worstOf(alerts), tags };
    };
    const sending = hosts.list();
    const placed = sending.map((host) => place(host, standingOf(host), false));
    const isThere = this.#parts.receives() || sending.length > 0;
    // A sender with the name of this machine represents it.
    if (!isThere || sending.some(({ host }) => host === own.host)) return placed;
    const agent = { version: own.version };
    const itself = { host: own.host, lastSeenAt: own.now(), address: null, agent };
    return [place(itself, 'online', true), ...placed];
  }

  #rowOf({ host: known, isHub, standing, severity, alerts, tags }: Placed): FleetHost {
    const { host, lastSeenAt, agent } = known;
    const { hosts, own } = this.#parts;
    const level = (metric: string) => ({
      value: isHub ? own.newest(metric) : hosts.newestOf(host, metric),
      severity: worstOf(alerts.filter(({ series }) => series.metric === metric)),
    });
    return {
      ...{ host, isHub, standing, lastSeenAt, severity, alerts: alerts.length, tags: [...tags] },
      agentName: agent?.name ?? null,
      version: agent?.version ?? null,
      cpu: level('cpu_percent'),
      memory: level('memory_percent'),
      disk: level('disk_percent'),
    };
  }
}

function worstOf(alerts: readonly Alert[]): Severity | null {
  if (alerts.some(({ severity }) => severity === 'critical')) return 'critical';
  return alerts.length === 0 ? null : 'warning';
}

/** The standing of a host, as shown to users. */
export function standingOf({ state, maySleep }: Pick<Host, 'state' | 'maySleep'>): Standing {
  return maySleep && state !== 'online' ? 'may_sleep' : state;
}

function rankOf({ severity, standing }: Placed): number {
  return (severity === null ? 2 : badness[severity]) * 10 + order[standing];
}

function isNamed({ host, tags }: Placed, words: readonly string[]): boolean {
  const named = [host.host, host.agent?.name ?? '', host.address ?? '', ...tags].join(' ').toLowerCase();
  return words.every((word) => named.includes(word));
}
