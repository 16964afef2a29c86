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
  /** The name of this machine. */
  host: string;
  version: string;
  clock: Clock;
  /** It was started as a hub: it receives whatever the settings say. */
  isHub: boolean;
  settings(): Settings;
  store: HostStore;
  /** Divides the hosts among hubs over one database; null where there is none. */
  sharing: Sharing | null;
  history: Pick<HistoryLink, 'ask' | 'take'>;
  bulletin: Pick<Bulletin, 'publish' | 'notice'>;
  /** Of this machine; null where nothing here samples this metric without labels. */
  newest(metric: string): number | null;
  /** Alerts of all machines that fire. */
  firing(): Iterable<Alert>;
  /** Judges what is committed and is the newest of its series. */
  judge(reading: Reading): void;
  /** Other rules judge some host from now on, or none. */
  onChoiceChanged(): void;
}

/** As many as the predecessor kept. */
const usualHistoryRecords = 1000;
/** What hosts sent last before a restart is known again as far back as this. */
const restoredMs = 86_400_000;
const restoreAgainMs = 1000;

/** Takes what other machines send, as far as this Plimsoll is a hub, and knows them. */
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

  /** What hosts sent last before a restart is known again as soon as history answers. */
  async restore(): Promise<void> {
    if (this.hosts.list().length === 0) return;
    const { clock, history } = this.#parts;
    try {
      this.hosts.restore(await history.ask('latest', { from: clock.now() - restoredMs }));
    } catch {
      // History is only just starting, or away: what hosts send is shown meanwhile.
      if (!this.#isStopped) clock.after(restoreAgainMs, () => void this.restore());
    }
  }

  /** Says which agents are gone that judged rules, where no rule does. */
  lookForAgents(): void {
    const { settings, bulletin } = this.#parts;
    const away = this.hosts.judgesAway();
    const tagsOf = (name: string) => this.hosts.tagsOf(name);
    bulletin.notice('agents-away', agentsAwayNotice(away, settings().rules, tagsOf));
  }

  /** What was not restored yet is not asked for any more. */
  stop(): void {
    this.#isStopped = true;
  }
}
