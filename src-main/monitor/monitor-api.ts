import type { LiveEvent } from '../contract/event.ts';
import type { Kinds } from '../contract/kind.ts';
import type { StageName, Status } from '../contract/status.ts';
import type { AccessStore } from './state/access-store.ts';
import type { BacktestsApi } from './replay/backtests.ts';
import type { DowntimesApi } from './judging/downtimes.ts';
import type { ReportsApi } from './reports/reports.ts';
import type { HostsApi } from './hosts/hosts.ts';
import type { Post, PostHead, PostedColumns, Receipt } from './hosts/ingest.ts';
import type { ScriptsApi } from './scripts/scripts.ts';
import type { AlertsApi } from './records/alerts-api.ts';
import type { HistoryApi } from './records/history-api.ts';
import type { SeriesApi } from './records/series-api.ts';
import type { FleetApi } from './hosts/fleet.ts';
import type { HandedRulesApi } from './hub-rules/handed-rules.ts';
import type { HubRulesApi } from './hub-rules/hub-rules.ts';
import type { DeliveriesApi } from './sending/deliveries.ts';
import type { SettingsApi } from './settings/settings-api.ts';
import type { TrialsApi } from './trials.ts';

/** How this Plimsoll receives from other machines. */
export interface Receiving {
  isOn: boolean;
  /** Networks, such as `192.168.1.0/24`, whose old clients may send and read without a token. */
  allowAnonymousFrom: readonly string[];
  /** The zone that the times of this host are in where they name none; undefined for UTC. */
  assumedZone(host: string): string | undefined;
  /** How many bodies `GET /history` has at most. */
  historyRecords: number;
}

/**
 * Everything a door can ask of the engine and tell it. The HTTP API is written against this; so is the desktop.
 * Methods that cannot do what they are asked throw a `PlimsollError`.
 */
export interface MonitorApi {
  readonly version: string;
  status(): Status;
  kinds(): Kinds;
  /** What is fresh of this machine, and Plimsoll's own samples, as a page that Prometheus fetches. */
  metricsPage(): string;
  /**
   * Takes numbers by metric, in this unit where one is told, that were sent to a source, or, without any, a sign of life. Throws `not_found` where no enabled
   * source of that name waits for something, `usage` and `invalid_request` for what it does not wait for, and
   * `too_many_requests` when it would become too many series.
   */
  push(source: string, values: ReadonlyMap<string, number>, unit?: string): void;
  /** Takes what another machine sent; see `Ingest.take` for what it says and throws. */
  receive(post: Post): Promise<Receipt>;
  /** The same for a host that posts the same series as before. */
  receiveColumns(post: PostHead, columns: PostedColumns): Promise<Receipt>;
  /** Whether this Plimsoll receives from other machines, and which networks it lets in without a token. */
  readonly receiving: Receiving;
  readonly hosts: HostsApi;
  readonly fleet: FleetApi;
  /** The rules that this machine has from a hub, and those that this hub hands to its agents. */
  readonly hubRules: HubRulesApi;
  readonly handedRules: HandedRulesApi;
  /** Starts a stage again that gave up (`degraded`), or restarts one that runs. */
  restartStage(stage: StageName): void;
  /**
   * Calls back with everything that happens from now on; the returned function ends it. A `window` is somebody who looks:
   * while there is none, sources may be read more seldom.
   */
  subscribe(listener: (event: LiveEvent) => void, listens?: 'window'): () => void;
  readonly access: AccessStore;
  readonly scripts: ScriptsApi;
  readonly deliveries: DeliveriesApi;
  readonly trials: TrialsApi;
  readonly backtests: BacktestsApi;
  readonly downtimes: DowntimesApi;
  readonly reports: ReportsApi;
  readonly series: SeriesApi;
  readonly history: HistoryApi;
  readonly alerts: AlertsApi;
  readonly settings: SettingsApi;
}

/** The same for whoever has opened it. */
export interface Monitor extends MonitorApi {
  /** Reads the settings again, as after an edit by hand. Throws when they do not hold; the ones before stay in force. */
  reload(): Promise<void>;
  /** It listens elsewhere now; the notice says what keeps it from listening as the settings say, null that nothing does. */
  listeningChanged(notice: string | null): void;
  /** Says what stays wrong around it until it is said otherwise with null; one notice stands under each `id`. */
  notice(id: string, message: string | null): void;
  /** Ends all stages, commits what is owed and gives the lock back. Nothing is left running. */
  stop(): Promise<void>;
}
