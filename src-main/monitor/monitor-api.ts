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
  /** The time zone of a host's times without a zone; undefined for UTC. */
  assumedZone(host: string): string | undefined;
  /** The maximal number of bodies in `GET /history`. */
  historyRecords: number;
}

/**
 * All queries and commands of the engine. The HTTP API and the desktop are written against this. Methods that cannot do
 * what is asked throw a `PlimsollError`.
 */
export interface MonitorApi {
  readonly version: string;
  status(): Status;
  kinds(): Kinds;
  /** The fresh samples of this machine, and Plimsoll's own, as a page for Prometheus. */
  metricsPage(): string;
  /**
   * Accepts numbers by metric, with an optional unit, for a source; without any numbers, a heartbeat. Throws
   * `not_found` if no enabled source of that name expects something, `usage` and `invalid_request` for something it
   * does not expect, and `too_many_requests` if there would be too many series.
   */
  push(source: string, values: ReadonlyMap<string, number>, unit?: string): void;
  /** Accepts a post of another machine; see `Ingest.take` for the result and errors. */
  receive(post: Post): Promise<Receipt>;
  /** The same for a host that posts the same series as before. */
  receiveColumns(post: PostHead, columns: PostedColumns): Promise<Receipt>;
  /** Whether this Plimsoll receives from other machines, and which networks need no token. */
  readonly receiving: Receiving;
  readonly hosts: HostsApi;
  readonly fleet: FleetApi;
  /** The rules that this machine has from a hub, and those that this hub hands to its agents. */
  readonly hubRules: HubRulesApi;
  readonly handedRules: HandedRulesApi;
  /** Restarts a stage, even one that gave up (`degraded`). */
  restartStage(stage: StageName): void;
  /**
   * Calls back with all events from now on; the returned function unsubscribes. `window` means that somebody is
   * looking: without any window, sources may be read less often.
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

/** The same for the program that opened it. */
export interface Monitor extends MonitorApi {
  /**
   * Reads the settings again, for example after a manual edit. Throws if they are invalid; the previous ones stay in
   * force.
   */
  reload(): Promise<void>;
  /**
   * To be called when it listens elsewhere; the notice says why it does not listen as the settings say, null that it
   * does.
   */
  listeningChanged(notice: string | null): void;
  /**
   * Sets a notice about a problem in its surroundings, which stays until null takes it back; there is one notice for
   * each `id`.
   */
  notice(id: string, message: string | null): void;
  /** Ends all stages, commits what is pending and releases the lock. Nothing keeps running. */
  stop(): Promise<void>;
}
