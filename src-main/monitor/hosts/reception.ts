import type { Clock } from '../../base/clock.ts';
import type { Alert } from '../../contract/alert.ts';
import type { Reading } from '../../contract/sample.ts';
import type { Settings } from '../../contract/settings.ts';
import { matcher } from '../../rules/matchers.ts';
import type { Bulletin } from '../bulletin.ts';
import { agentsAwayNotice } from '../hub-rules/agents-away.ts';
import { HandedRules } from '../hub-rules/handed-rules.ts';
import type { Receiving } from '../monitor-api.ts';
import { sharedHosts } from '../sharing/shared-stores.ts';
import type { Sharing } from '../sharing/sharing.ts';
import type { HistoryLink } from '../stages/history-link.ts';
import type { HostStore } from '../state/host-store.ts';
import { HostFleet } from './fleet.ts';
import { Hosts } from './hosts.ts';
import { Ingest } from './ingest.ts';
import type { HandedOver } from './ingest.ts';

interface ReceptionParts {
  /** This machine's host name. */
  host: string;
  version: string;
  clock: Clock;
  /** It was started as a hub: it receives whatever the settings say. */
  isHub: boolean;
  settings(): Settings;
  store: HostStore;
  /** Divides the hosts among hubs with the same database; null if there is none. */
  sharing: Sharing | null;
  history: Pick<HistoryLink, 'ask' | 'take'>;
  bulletin: Pick<Bulletin, 'publish' | 'notice'>;
  /** Of this machine; null if nothing here samples this metric without labels. */
  newest(metric: string): number | null;
  /** Firing alerts of all machines. */
  firing(): Iterable<Alert>;
  /** Evaluates committed samples that are the latest of their series. */
  judge(reading: Reading): void;
  /** Other rules, or none, apply to some host from now on. */
  onChoiceChanged(): void;
}

/** As many as the predecessor kept. */
const usualHistoryRecords = 1000;
/** How far back hosts' latest samples are restored after a restart. */
const restoredMs = 86_400_000;
const restoreAgainMs = 1000;

/** Receives from other machines if this Plimsoll is a hub, and keeps track of them. */
export class Reception {
  readonly hosts: Hosts;
  readonly fleet: HostFleet;
  readonly handedRules: HandedRules;
  readonly ingest: Ingest;
  readonly #parts: ReceptionParts;
  #isStopped = false;

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
    const { host, version, clock, settings, store, sharing, history, bulletin, newest, firing, judge } =
      parts;
    this.hosts = new Hosts({
      clock,
      store: sharedHosts(store, sharing),
      isMine: (name) => sharing?.isMine(name) ?? true,
      onChange: () => bulletin.publish({ type: 'hosts' }),
      onProblem: (message) => bulletin.notice('hosts', message),
    });
    this.hosts.onChoiceChanged = parts.onChoiceChanged;
    this.handedRules = new HandedRules(
      () => (this.receiving.isOn ? settings().rules : []),
      (name) => this.hosts.tagsOf(name),
    );
    this.fleet = new HostFleet({
      hosts: this.hosts,
      own: { host, version, now: () => clock.now(), newest },
      firing,
      receives: () => this.receiving.isOn,
    });
    this.ingest = new Ingest({
      clock,
      hosts: this.hosts,
      isOn: () => this.receiving.isOn,
      commit: (readings) => history.take(readings),
      judge,
      ...(sharing !== null && {
        handOver: (handed: HandedOver) => sharing.handOver(handed.post.host, handed),
      }),
    });
  }

  get receiving(): Receiving {
    const { isHub, settings } = this.#parts;
    const { hub } = settings();
    const isOn = isHub || hub?.enabled === true;
    return {
      isOn,
      allowAnonymousFrom: isOn ? (hub?.allowAnonymousFrom ?? []) : [],
      assumedZone: (host) =>
        Object.entries(hub?.assumeZone ?? {}).find(([pattern]) => matcher(pattern)(host))?.[1],
      historyRecords: hub?.historyRecords ?? usualHistoryRecords,
    };
  }

  /** Restores hosts' latest samples as soon as the history answers. */
  async restore(): Promise<void> {
    if (this.hosts.list().length === 0) return;
    const { clock, history } = this.#parts;
    try {
      this.hosts.restore(await history.ask('latest', { from: clock.now() - restoredMs }));
    } catch {
      // The history is just starting, or unavailable; what hosts send meanwhile is shown.
      if (!this.#isStopped) clock.after(restoreAgainMs, () => void this.restore());
    }
  }

  /** Reports offline agents that evaluated rules, unless a rule does. */
  lookForAgents(): void {
    const { settings, bulletin } = this.#parts;
    const away = this.hosts.judgesAway();
    const tagsOf = (name: string) => this.hosts.tagsOf(name);
    bulletin.notice('agents-away', agentsAwayNotice(away, settings().rules, tagsOf));
  }

  /** Stops trying to restore. */
  stop(): void {
    this.#isStopped = true;
  }
}
