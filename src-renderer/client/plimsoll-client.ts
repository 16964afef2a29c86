import { hc } from 'hono/client';
import type { ClientResponse, InferResponseType } from 'hono/client';
import type { Api } from '../../src-main/api/app.ts';
import type { Alert } from '../../src-main/contract/alert.ts';
import type { Backtest, Suggestion } from '../../src-main/contract/backtest.ts';
import type { Delivery, DeliveryState, DestinationHealth } from '../../src-main/contract/delivery.ts';
import type { Downtime, DowntimeView, PastOccurrence } from '../../src-main/contract/downtime.ts';
import type { Enrolment } from '../../src-main/contract/enrolment.ts';
import type { Fleet, FleetQuery, SentMetricsPage } from '../../src-main/contract/fleet.ts';
import type { HubRules } from '../../src-main/contract/hub-rules.ts';
import type { Host, HostDetail } from '../../src-main/contract/host.ts';
import type {
  HistoryQuery,
  Interruption,
  RangesQuery,
  SamplesPage,
  SeriesHistory,
  SeriesPage,
  SeriesRange,
} from '../../src-main/contract/history.ts';
import type { HistorySize } from '../../src-main/contract/history-size.ts';
import type { ImportView } from '../../src-main/contract/import.ts';
import type { Kinds } from '../../src-main/contract/kind.ts';
import type { ListeningView } from '../../src-main/contract/listening.ts';
import type {
  KeptReport,
  ReportFile,
  ReportLanguage,
  ReportStanding,
} from '../../src-main/contract/report.ts';
import type { Reach, Route } from '../../src-main/contract/route.ts';
import type { Rule, Severity } from '../../src-main/contract/rule.ts';
import type { ScriptApproval, ScriptsView, ScriptText } from '../../src-main/contract/script.ts';
import type { StageName, Status } from '../../src-main/contract/status.ts';
import type { TokenView } from '../../src-main/contract/token.ts';
import type { DeliveryTrial, Preview, SampleTrial } from '../../src-main/contract/trial.ts';
import { ApiError, errorOf } from './api-error.ts';
import type { Carrier, EventSink } from './carrier.ts';

type Http = ReturnType<typeof hc<Api>>;
type V1 = Http['api']['v1'];

/** Settings with their revision and location. */
export type SettingsView = InferResponseType<V1['settings']['$get'], 200>;
/** One alert with its transitions and deliveries. */
export type AlertDetail = InferResponseType<V1['alerts'][':id']['$get'], 200>;
type StoredRule = InferResponseType<V1['rules'][':id']['$put'], 200>;

/** The settings as sent: in the same format as the answer. */
export type SettingsDocument = SettingsView['settings'];

export interface AlertsFilterQuery {
  state?: 'firing' | 'resolved';
  severity?: Severity;
  rule?: string;
  source?: string;
  /** Words that must all occur in its name, its series or its note. */
  text?: string;
  /** Only alerts that fired at or after this time, epoch milliseconds. */
  from?: number;
  /** Only alerts that fired before this time, epoch milliseconds. */
  to?: number;
}

export interface AlertsQuery extends AlertsFilterQuery {
  /** Alerts that fired before this time, epoch milliseconds. */
  before?: number;
  /** Of several alerts that fired at that time, only those after this one in the list. */
  beforeId?: string;
  limit: number;
}

/** A rule, which need be neither saved nor named, and the time range to replay it over, epoch milliseconds. */
export interface BacktestQuestion {
  rule: Partial<Rule>;
  from: number;
  to: number;
}

export interface SuggestQuestion extends BacktestQuestion {
  everyDays: number;
}

/** All calls of the interface to the engine. Every method throws `ApiError` on failure. */
export class PlimsollClient {
  readonly #carrier: Carrier;
  readonly #v1: V1;

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
    this.#v1 = hc<Api>(carrier.base, { fetch: carrier.fetch }).api.v1;
  }

  /** Address at which other programs reach the API over HTTP; null if no port is open. */
  get address(): string | null {
    return /^https?:/.test(this.#carrier.base) ? this.#carrier.base : null;
  }

  status(): Promise<Status> {
    return take(this.#v1.status.$get());
  }

  kinds(): Promise<Kinds> {
    return take(this.#v1.kinds.$get());
  }

  historySize(): Promise<HistorySize> {
    return take(this.#v1.history.size.$get());
  }

  history(query: HistoryQuery): Promise<SeriesHistory> {
    const { host, source, metric, labels, from, to, points } = query;
    return take(
      this.#v1.history.$get({
        query: {
          host,
          source,
          metric,
          labels: JSON.stringify(labels),
          from: String(Math.round(from)),
          to: String(Math.round(to)),
          points: String(points),
        },
      }),
    );
  }

  /** A page of the series in history that contain all words of `text`. */
  findSeries(text: string, limit: number, signal: AbortSignal): Promise<SeriesPage> {
    const query = { limit: String(limit), ...(text !== '' && { text: text.slice(0, 200) }) };
    return take(this.#v1.history.series.$get({ query }, { init: { signal } }));
  }

  /** A time range of several series at once. Aborting the signal cancels it here and in the engine. */
  ranges(query: RangesQuery, signal: AbortSignal): Promise<SeriesRange[]> {
    const { series, points } = query;
    const json = { series, from: Math.round(query.from), to: Math.round(query.to), points };
    return take(this.#v1.history.ranges.$post({ json }, { init: { signal } }));
  }

  /** Raw samples, page by page: while `next` is not null, ask again from there. */
  samples(query: Omit<RangesQuery, 'points'>, signal: AbortSignal): Promise<SamplesPage> {
    const { series } = query;
    const json = { series, from: Math.round(query.from), to: Math.round(query.to) };
    return take(this.#v1.history.samples.$post({ json }, { init: { signal } }));
  }

  /** Times in which a host took no samples because it was asleep or Plimsoll was off. */
  interruptions(host: string, from: number, to: number, signal: AbortSignal): Promise<Interruption[]> {
    const query = { host, from: String(Math.round(from)), to: String(Math.round(to)) };
    return take(this.#v1.history.interruptions.$get({ query }, { init: { signal } }));
  }

  alerts(query: AlertsQuery): Promise<Alert[]> {
    return take(
      this.#v1.alerts.$get({
        query: {
          limit: String(query.limit),
          ...filterOf(query),
          ...(query.before === undefined ? {} : { before: String(query.before) }),
          ...(query.beforeId === undefined ? {} : { beforeId: query.beforeId }),
        },
      }),
    );
  }

  alert(id: string): Promise<AlertDetail> {
    return take(this.#v1.alerts[':id'].$get({ param: { id } }));
  }

  /** The text of a file with all matching alerts. */
  async exportAlerts(filter: AlertsFilterQuery, format: 'json' | 'csv'): Promise<string> {
    const response = await reach(this.#v1.alerts.export.$get({ query: { ...filterOf(filter), format } }));
    return response.text();
  }

  /** Starts a fire drill. Returns its alert. */
  drill(): Promise<AlertDetail> {
    return take(this.#v1.drill.$post());
  }

  acknowledge(id: string): Promise<AlertDetail> {
    return take(this.#v1.alerts[':id'].acknowledge.$post({ param: { id }, json: {} }));
  }

  unacknowledge(id: string): Promise<AlertDetail> {
    return take(this.#v1.alerts[':id'].acknowledge.$delete({ param: { id } }));
  }

  /** `until` is epoch milliseconds, at most 30 days ahead; null snoozes until the alert resolves. */
  snooze(id: string, until: number | null): Promise<AlertDetail> {
    return take(this.#v1.alerts[':id'].snooze.$post({ param: { id }, json: { until } }));
  }

  unsnooze(id: string): Promise<AlertDetail> {
    return take(this.#v1.alerts[':id'].snooze.$delete({ param: { id } }));
  }

  /** Deliveries, newest first, optionally of one destination or in one state. */
  deliveries(query: { destination?: string; state?: DeliveryState; limit: number }): Promise<Delivery[]> {
    const { limit, ...filter } = query;
    return take(this.#v1.deliveries.$get({ query: { limit: String(limit), ...filter } }));
  }

  /** Retries a delivery that was given up, together with all deliveries in the same message. */
  retryDelivery(id: string): Promise<Delivery[]> {
    return take(this.#v1.deliveries[':id'].retry.$post({ param: { id } }));
  }

  /** The health of each destination. */
  destinations(): Promise<DestinationHealth[]> {
    return take(this.#v1.destinations.$get());
  }

  /** The message a destination with these options would send about the newest alert; nothing is sent. */
  preview(words: { kind: string } & Record<string, unknown>): Promise<Preview> {
    return take(this.#v1.destinations.preview.$post({ json: words }));
  }

  /** How many alerts of the last seven days match a route to a destination of that kind. */
  reach(kind: string, route: Partial<Route>): Promise<Reach> {
    return take(this.#v1.destinations.reach.$post({ json: { kind, route } }));
  }

  /** Retries all deliveries to a destination that were given up. */
  retryDestination(destination: string): Promise<Delivery[]> {
    return take(this.#v1.destinations.retry.$post({ json: { destination } }));
  }

  /** Pauses all announcements until this time, epoch milliseconds; null ends the pause. */
  async pause(until: number | null): Promise<void> {
    await reach(this.#v1.pause.$post({ json: { until } }));
  }

  /** The kept reports, newest first, and the time of the next scheduled one. */
  reports(): Promise<ReportStanding> {
    return take(this.#v1.reports.$get());
  }

  /** Makes a report of a time span, epoch milliseconds, in a language, and keeps it. */
  makeReport(from: number, to: number, language: ReportLanguage): Promise<KeptReport> {
    return take(this.#v1.reports.$post({ json: { from, to, language } }));
  }

  /** A file of a kept report, as base64. */
  async reportFile(id: string, name: ReportFile): Promise<string> {
    const answer = await reach(
      this.#v1.reports[':id'][':name'].$get({ param: { id, name }, query: { as: 'base64' } }),
    );
    return answer.text();
  }

  /** Active ones first, each with its next five occurrences. */
  downtimes(): Promise<DowntimeView[]> {
    return take(this.#v1.downtimes.$get());
  }

  /** Occurrences of downtimes, as planned now, between two times. `more` tells that one has further occurrences. */
  occurrences(from: number, to: number): Promise<{ occurrences: PastOccurrence[]; more: boolean }> {
    const query = { from: String(Math.round(from)), to: String(Math.round(to)) };
    return take(this.#v1.downtimes.occurrences.$get({ query }));
  }

  /** With the origin `settings` it is written to the settings. */
  addDowntime(downtime: Partial<Downtime>, origin?: DowntimeView['origin']): Promise<DowntimeView> {
    return take(
      this.#v1.downtimes.$post({ json: { downtime, ...(origin === undefined ? {} : { origin }) } }),
    );
  }

  changeDowntime(downtime: Partial<Downtime> & { id: string }): Promise<DowntimeView> {
    return take(this.#v1.downtimes[':id'].$put({ param: { id: downtime.id }, json: { downtime } }));
  }

  async removeDowntime(id: string): Promise<void> {
    await reach(this.#v1.downtimes[':id'].$delete({ param: { id } }));
  }

  /** Ends the current occurrence. */
  async endDowntime(id: string): Promise<void> {
    await reach(this.#v1.downtimes[':id'].end.$post({ param: { id } }));
  }

  /** The state a draft would have, or null if it is invalid; nothing is stored. */
  async previewDowntime(downtime: Partial<Downtime>): Promise<DowntimeView | null> {
    return (await take(this.#v1.downtimes.preview.$post({ json: { downtime } }))).view;
  }

  /** A page of the machines that send to this hub, worst first. */
  fleet({ text = '', tag, standing, firing = false, offset, limit }: FleetQuery): Promise<Fleet> {
    return take(
      this.#v1.fleet.$get({
        query: {
          offset: String(offset),
          limit: String(limit),
          ...(text === '' ? {} : { text: text.slice(0, 200) }),
          ...(tag === undefined ? {} : { tag }),
          ...(standing === undefined ? {} : { standing }),
          ...(firing ? { firing: 'true' as const } : {}),
        },
      }),
    );
  }

  /** Metrics that hosts have sent and that match the words: the first fifty, and the total number. */
  sentMetrics(text: string): Promise<SentMetricsPage> {
    return take(this.#v1.fleet.metrics.$get({ query: { text: text.slice(0, 200) } }));
  }

  /** The rules that this machine received from a hub. */
  hubRules(): Promise<HubRules> {
    return take(this.#v1['hub-rules'].$get());
  }

  /** Switches one of these rules off or on for this machine. */
  switchHubRule(id: string, on: boolean): Promise<HubRules> {
    return take(this.#v1['hub-rules'][':id'].$put({ param: { id }, json: { on } }));
  }

  /** One host with the newest sample of each series. */
  host(host: string): Promise<HostDetail> {
    return take(this.#v1.hosts[':host'].$get({ param: { host } }));
  }

  /** Replaces the tags that the owner gave to a host. */
  setHostTags(host: string, tags: string[]): Promise<Host> {
    return take(this.#v1.hosts[':host'].tags.$put({ param: { host }, json: { tags } }));
  }

  /** Forgets a host. Resolves to the number of revoked tokens that were bound to it. */
  async removeHost(host: string): Promise<number> {
    return (await take(this.#v1.hosts[':host'].$delete({ param: { host } }))).tokens;
  }

  /** Enrols a machine that reaches this hub at `url`. Only this answer contains the token. */
  enrol(host: string, url: string, tags: string[]): Promise<Enrolment> {
    return take(this.#v1.enrolments.$post({ json: { host, url, ...(tags.length > 0 && { tags }) } }));
  }

  /** Number of tokens that are bound to this host. */
  async tokensOf(host: string): Promise<number> {
    return (await this.tokens()).filter((token) => token.host === host).length;
  }

  /** Current listening addresses, and any error that prevents those in the settings. */
  listening(): Promise<ListeningView> {
    return take(this.#v1.listening.$get());
  }

  /** All tokens, without their secrets. */
  tokens(): Promise<TokenView[]> {
    return take(this.#v1.tokens.$get());
  }

  /** Creates a token. Only this answer contains it. `expiresAt` is epoch milliseconds; null for none. */
  async makeToken(token: Pick<TokenView, 'name' | 'scope' | 'host' | 'expiresAt'>): Promise<string> {
    return (await take(this.#v1.tokens.$post({ json: token }))).token;
  }

  /** Creates a replacement for a token; the old one stays valid for `overlapSeconds`. Only this answer contains it. */
  async rotateToken(id: string, overlapSeconds: number): Promise<string> {
    return (await take(this.#v1.tokens[':id'].rotate.$post({ param: { id }, json: { overlapSeconds } })))
      .token;
  }

  async revokeToken(id: string): Promise<void> {
    await reach(this.#v1.tokens[':id'].$delete({ param: { id } }));
  }

  /** A one-time code to sign in a browser, valid for ten minutes. */
  async signInCode(): Promise<string> {
    return (await take(this.#v1.codes.$post())).code;
  }

  settings(): Promise<SettingsView> {
    return take(this.#v1.settings.$get());
  }

  /** Replaces sections of the settings. Throws `conflict` if the settings changed since `revision`. */
  saveSections(sections: Partial<SettingsDocument>, revision: string): Promise<SettingsView> {
    return take(this.#v1.settings.$patch({ json: { sections, revision } }));
  }

  /** What the text of a file would change. If a revision is given, the changes are applied. */
  importSettings(text: string, revision?: string): Promise<ImportView> {
    return take(
      this.#v1.settings.import.$post({ json: { text, ...(revision === undefined ? {} : { revision }) } }),
    );
  }

  /** The settings as the text of a plimsoll.yaml. */
  async exportSettings(): Promise<string> {
    return (await take(this.#v1.settings.export.$get())).text;
  }

  /** Writes the predecessor's file that is in force as plimsoll.yaml beside it, and returns the new path. */
  async convertSettings(): Promise<string> {
    return (await take(this.#v1.settings.convert.$post())).location;
  }

  /** Samples a source with the options in its form; a secret may be given as `{ plain }`. */
  sampleSource(source: Record<string, unknown>): Promise<SampleTrial> {
    return take(this.#v1.sources.sample.$post({ json: { source } }));
  }

  /** Sends a test message to a destination with the options in its form; a secret may be given as `{ plain }`. */
  testDestination(destination: Record<string, unknown>): Promise<DeliveryTrial> {
    return take(this.#v1.destinations.test.$post({ json: { destination } }));
  }

  /** The existing scripts, and which of them may run. */
  scripts(): Promise<ScriptsView> {
    return take(this.#v1.scripts.$get());
  }

  /** The first 64 KiB of a script. */
  scriptText(path: string): Promise<ScriptText> {
    return take(this.#v1.scripts.text.$get({ query: { path } }));
  }

  /** Approves a script in the version that was viewed. Throws `conflict` if it has changed since. */
  async approveScript(approval: ScriptApproval): Promise<void> {
    await reach(this.#v1.scripts.approve.$post({ json: approval }));
  }

  async revokeScript(path: string): Promise<void> {
    await reach(this.#v1.scripts.revoke.$post({ json: { path } }));
  }

  addRule(rule: Partial<Rule>, revision: string): Promise<StoredRule> {
    return take(this.#v1.rules.$post({ header: {}, json: { rule, revision } }));
  }

  saveRule(rule: Rule, revision: string): Promise<StoredRule> {
    return take(this.#v1.rules[':id'].$put({ param: { id: rule.id }, header: {}, json: { rule, revision } }));
  }

  deleteRule(id: string, revision: string): Promise<{ revision: string }> {
    return take(this.#v1.rules[':id'].$delete({ param: { id }, header: {}, query: { revision } }));
  }

  /** When a rule, saved or not, would have fired. Aborting the signal cancels it here and in the engine. */
  backtest({ rule, from, to }: BacktestQuestion, signal: AbortSignal): Promise<Backtest> {
    return take(this.#v1.rules.backtest.$post({ json: { rule, from, to } }, { init: { signal } }));
  }

  /** A threshold and a duration with which the rule would fire once in `everyDays` days. */
  suggest(question: SuggestQuestion, signal: AbortSignal): Promise<Suggestion> {
    return take(this.#v1.rules.suggest.$post({ json: { ...question, times: 1 } }, { init: { signal } }));
  }

  async restartStage(stage: StageName): Promise<void> {
    await reach(this.#v1.stages[':stage'].restart.$post({ param: { stage } }));
  }

  /** Exchanges a one-time code for a session; the session is a cookie that scripts cannot read. */
  async signIn(code: string): Promise<void> {
    await reach(this.#v1.session.$post({ json: { code } }));
  }

  async signOut(): Promise<void> {
    await reach(this.#v1.session.$delete());
  }

  listen(sink: EventSink): () => void {
    return this.#carrier.listen(sink);
  }
}

function filterOf({ state, severity, rule, source, text, from, to }: AlertsFilterQuery) {
  return {
    ...(state === undefined ? {} : { state }),
    ...(severity === undefined ? {} : { severity }),
    ...(rule === undefined ? {} : { rule }),
    ...(source === undefined ? {} : { source }),
    ...(text === undefined ? {} : { text }),
    ...(from === undefined ? {} : { from: String(Math.round(from)) }),
    ...(to === undefined ? {} : { to: String(Math.round(to)) }),
  };
}

type Answer<R> = R extends { ok: true; json(): Promise<infer T> } ? T : never;
type AnyResponse = ClientResponse<unknown, number>;

async function reach<R extends AnyResponse>(call: Promise<R>): Promise<R> {
  let response: R;
  try {
    response = await call;
  } catch (thrown) {
    throw new ApiError(0, 'unreachable', thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function take<R extends AnyResponse>(call: Promise<R>): Promise<Answer<R>> {
  const response = await reach(call);
  return (await response.json()) as Answer<R>;
}
