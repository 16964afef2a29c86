import type { AlertContext } from '../contract/alert-context.ts';
import type { Alert, Transition } from '../contract/alert.ts';
import type { Backtest, Suggestion } from '../contract/backtest.ts';
import type { Delivery, DeliveryState, DestinationHealth } from '../contract/delivery.ts';
import type { LiveEvent } from '../contract/event.ts';
import type { HistoryQuery, SeriesHistory } from '../contract/history.ts';
import type { HistoryCheck, HistoryExport, HistorySize } from '../contract/history-size.ts';
import type { ImportView, Note, Override, TranslationView } from '../contract/import.ts';
import type { Kinds } from '../contract/kind.ts';
import type { Reach } from '../contract/route.ts';
import type { Severity } from '../contract/rule.ts';
import type { Settings } from '../contract/settings.ts';
import type { StageName, Status } from '../contract/status.ts';
import type { DeliveryTrial, Preview, SampleTrial } from '../contract/trial.ts';
import type { ExportFormat } from '../deliveries/formats.ts';
import type { AccessStore } from './state/access-store.ts';
import type { BacktestQuestion, SuggestQuestion } from './replay/backtests.ts';
import type { DowntimesApi } from './judging/downtimes.ts';
import type { ReportsApi } from './reports/reports.ts';
import type { HostsApi } from './hosts/hosts.ts';
import type { Post, Receipt } from './hosts/ingest.ts';
import type { ScriptsApi } from './scripts/scripts.ts';
import type { SeriesApi } from './records/series-api.ts';
import type { FleetApi } from './hosts/fleet.ts';
import type { HandedRulesApi } from './hub-rules/handed-rules.ts';
import type { HubRulesApi } from './hub-rules/hub-rules.ts';
import type { PreviewQuestion } from './sending/preview.ts';

/** Settings with the revision that a change must name, and where they live. */
export interface SettingsView {
  settings: Settings;
  revision: string;
  /** The file, or null where there is none yet. */
  location: string | null;
  /** False for a file that is only read, such as a predecessor's. */
  editable: boolean;
  /** What became of a predecessor's file; null for a file of our own. */
  translation: TranslationView | null;
  /** What is in force instead of what the settings say, because the environment says so. */
  overrides: Override[];
  /** What holds but should be looked at, such as keys of a newer Plimsoll. */
  warnings: Note[];
}

/** How this Plimsoll receives from other machines. */
export interface Receiving {
  isOn: boolean;
  /** Networks, such as `192.168.1.0/24`, whose old clients may send and read without a token. */
  allowAnonymousFrom: readonly string[];
}

export interface AlertFilter {
  state?: 'firing' | 'resolved';
  severity?: Severity;
  ruleId?: string;
  source?: string;
  host?: string;
  /** Those that fired from then on, and before then; epoch milliseconds. */
  from?: number;
  to?: number;
  /** Words that must all be in what it is called, where it is from or what was noted, in capitals or not. */
  text?: string;
  /** Alerts that fired before this time, epoch milliseconds: the next page begins at the last one's `firedAt`. */
  before?: number;
  /** With `before`: also those that fired at that time and are listed after the alert with this id, the last one's. */
  beforeId?: string;
  limit: number;
}

export interface DeliveryFilter {
  destination?: string;
  state?: DeliveryState;
  limit: number;
}

export interface AlertDetail {
  alert: Alert;
  transitions: Transition[];
  deliveries: Delivery[];
  /** What was going on when it fired and whenever it became critical, oldest first. */
  contexts: AlertContext[];
}

/**
 * Everything a door can ask of the engine and tell it. The HTTP API is written against this; so is the desktop.
 * Methods that can not do what they are asked throw a `PlimsollError`.
 */
export interface MonitorApi {
  readonly version: string;
  status(): Status;
  kinds(): Kinds;
  /** What is fresh of this machine, and Plimsoll's own samples, as a page that Prometheus fetches. */
  metricsPage(): string;
  history(query: HistoryQuery): Promise<SeriesHistory>;
  historySize(): Promise<HistorySize>;
  /** Compares every checksum in the history; nothing else is answered of it meanwhile. */
  checkHistory(): Promise<HistoryCheck>;
  /** Writes a copy of the history into a new file of this machine. Throws `conflict` where one is. */
  backUpHistory(path: string): Promise<{ bytes: number }>;
  /** The samples of a stretch as text, piece by piece. */
  exportHistory(query: HistoryExport): AsyncIterable<string>;
  /**
   * When a rule, saved or not, would have fired over a stretch of history. Gives up when `signal` says that nobody waits.
   * Throws `invalid_settings` for a rule that does not hold, and `too_many_requests` while many are asked for.
   */
  backtest(question: BacktestQuestion, signal: AbortSignal): Promise<Backtest>;
  /** A threshold and a time at which a rule would fire about as often as wanted. Throws what `backtest` throws. */
  suggest(question: SuggestQuestion, signal: AbortSignal): Promise<Suggestion>;
  alerts(filter: AlertFilter): Alert[];
  alert(id: string): AlertDetail;
  /** The text of a file with the alerts that a filter finds, newest first, piece by piece. */
  exportAlerts(filter: Omit<AlertFilter, 'limit'>, format: ExportFormat): Iterable<string>;
  /**
   * Tries the alarm: an alert that is marked as a drill goes to every enabled destination and is over by itself. Returns it;
   * where one runs already, that one.
   */
  drill(): AlertDetail;
  /**
   * Someone knows of a firing alert and takes care of it: `by` is the name of their token, null the owner. Ends reminders.
   * Throws `not_found` for one that is not firing.
   */
  acknowledge(id: string, note: string | null, by?: string | null): AlertDetail;
  /** Nobody takes care of it after all. Throws `not_found` for one that is not firing. */
  unacknowledge(id: string): AlertDetail;
  /**
   * A firing alert is not mentioned until then (epoch milliseconds, at most 30 days ahead), and announced again if it still
   * fires; null: not until it is over.
   */
  snooze(id: string, until: number | null): AlertDetail;
  /**
   * Announces nothing until then (epoch milliseconds, at most 30 days ahead); null ends a pause. Sampling, judging and
   * recording go on. What still fires at the end is announced then, and so is a recovery of what had been announced.
   */
  pause(until: number | null): void;
  /** Newest first. */
  deliveries(filter: DeliveryFilter): Delivery[];
  /** How it stands with each destination. */
  destinations(): DestinationHealth[];
  /**
   * Has what was given up tried again: one delivery with all that goes in the same message, or all to a destination. Returns them.
   * Throws `not_found`, and `conflict` for a delivery that was not given up.
   */
  retryDeliveries(which: { id: string } | { destination: string }): Delivery[];
  /**
   * How many of the alerts of the last seven days a route lets through to a destination of that kind. Throws `invalid_settings`
   * with every problem of the route, and `unsupported` for a kind that is not there.
   */
  reach(kind: string, route: unknown): Reach;
  settings(): SettingsView;
  /**
   * Replaces the settings as a whole. `revision` is the one the change was made on: when the settings have moved on
   * meanwhile it throws `conflict` and changes nothing. Problems throw `invalid_settings` with every problem listed.
   */
  changeSettings(settings: unknown, revision: string): Promise<SettingsView>;
  /**
   * What the text of a file, ours or a predecessor's, would change: nothing is removed, and what could act arrives
   * disabled. With a revision it is applied, as a whole or not at all. Throws what `changeSettings` throws.
   */
  importSettings(text: string, revision: string | null): Promise<ImportView>;
  /** The settings as the text of a plimsoll.yaml; secrets are references. */
  exportSettings(): string;
  /** Writes a predecessor's file that is in force as plimsoll.yaml beside it and returns its path. Throws `conflict` where one is. */
  convertSettings(): Promise<string>;
  /** Samples a source as its form has it, once, and twice where rates need it. What goes wrong is in the answer. */
  sampleSource(source: unknown): Promise<SampleTrial>;
  /** Sends a test message to a destination as its form has it. What goes wrong is in the answer. */
  testDestination(destination: unknown): Promise<DeliveryTrial>;
  /**
   * What a destination with these words would say of the newest alert, or of an invented one where there was none. Throws
   * `invalid_settings` with what is wrong with the words, and `unsupported` for a kind that is not there.
   */
  previewDestination(question: PreviewQuestion): Preview;
  /**
   * Takes numbers by metric, in this unit where one is told, that were sent to a source, or, without any, a sign of life. Throws `not_found` where no enabled
   * source of that name waits for something, `usage` and `invalid_request` for what it does not wait for, and
   * `too_many_requests` when it would become too many series.
   */
  push(source: string, values: ReadonlyMap<string, number>, unit?: string): void;
  /** Takes what another machine sent; see `Ingest.take` for what it says and throws. */
  receive(post: Post): Promise<Receipt>;
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
  readonly downtimes: DowntimesApi;
  readonly reports: ReportsApi;
  readonly series: SeriesApi;
}
