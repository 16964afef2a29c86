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
import type { DeliveryTrial, Preview, SampleTrial } from '../../src-main/contract/trial.ts';
import { ApiError, errorOf } from './api-error.ts';
import type { Carrier, EventSink } from './carrier.ts';

type Http = ReturnType<typeof hc<Api>>;
type V1 = Http['api']['v1'];

/** Settings with their revision and where they live. */
export type SettingsView = InferResponseType<V1['settings']['$get'], 200>;
/** One alert with how it moved and who was told. */
export type AlertDetail = InferResponseType<V1['alerts'][':id']['$get'], 200>;
/** A token as it is listed, without its secret. */
export type TokenView = InferResponseType<V1['tokens']['$get'], 200>[number];
type StoredRule = InferResponseType<V1['rules'][':id']['$put'], 200>;

/** The settings as they are sent: the answer's own shape, changed. */
export type SettingsDocument = SettingsView['settings'];

export interface AlertsFilterQuery {
  state?: 'firing' | 'resolved';
  severity?: Severity;
  rule?: string;
  source?: string;
  /** Words that must all be in its name, its series or its note. */
  text?: string;
  /** Those that fired from then on, epoch milliseconds. */
  from?: number;
  /** Those that fired before then. */
  to?: number;
}

export interface AlertsQuery extends AlertsFilterQuery {
  /** Alerts that fired before this time, epoch milliseconds. */
  before?: number;
  /** Of several that fired at that time, those that the list has after this one. */
  beforeId?: string;
  limit: number;
}

/** A rule that need be neither saved nor named, and the stretch it is replayed over, epoch milliseconds. */
export interface BacktestQuestion {
  rule: Partial<Rule>;
  from: number;
  to: number;
}

export interface SuggestQuestion extends BacktestQuestion {
  everyDays: number;
}

/** Everything the interface asks of the engine and tells it. Every method throws `ApiError` when it can not. */
export class PlimsollClient {
  readonly #carrier: Carrier;
  readonly #v1: V1;

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
    this.#v1 = hc<Api>(carrier.base, { fetch: carrier.fetch }).api.v1;
  }

  /** Where other programs reach the same API over HTTP; null where no port is open. */
  get address(): string | null {
    return /^https?:/.test(this.#carrier.base) ? this.#carrier.base : null;
  }

  status(): Promise<Status> {
    return take(this.#v1.status.$get());
  }

  kinds(): Promise<Kinds> {
    return take(this.#v1.kinds.$get());
  }

  /** How large history is, and how far back it reaches. */
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

  /** A page of the series that history knows, of those in which all words of `text` stand. */
  findSeries(text: string, limit: number, signal: AbortSignal): Promise<SeriesPage> {
    const query = { limit: String(limit), ...(text !== '' && { text: text.slice(0, 200) }) };
    return take(this.#v1.history.series.$get({ query }, { init: { signal } }));
  }

  /** A stretch of several series at once. A signal that is aborted gives it up, here and in the engine. */
  ranges(query: RangesQuery, signal: AbortSignal): Promise<SeriesRange[]> {
    const { series, points } = query;
    const json = { series, from: Math.round(query.from), to: Math.round(query.to), points };
    return take(this.#v1.history.ranges.$post({ json }, { init: { signal } }));
  }

  /** Every single sample, page by page: where `next` is not null, ask again from there. */
  samples(query: Omit<RangesQuery, 'points'>, signal: AbortSignal): Promise<SamplesPage> {
    const { series } = query;
    const json = { series, from: Math.round(query.from), to: Math.round(query.to) };
    return take(this.#v1.history.samples.$post({ json }, { init: { signal } }));
  }

  /** When a host sampled nothing because it was asleep or Plimsoll was off. */
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

  /** The text of a file with all alerts that match. */
  async exportAlerts(filter: AlertsFilterQuery, format: 'json' | 'csv'): Promise<string> {
    const response = await reach(this.#v1.alerts.export.$get({ query: { ...filterOf(filter), format } }));
    return response.text();
  }

  /** Tries the alarm. Returns the alert of the drill. */
  drill(): Promise<AlertDetail> {
    return take(this.#v1.drill.$post());
  }

  acknowledge(id: string): Promise<AlertDetail> {
    return take(this.#v1.alerts[':id'].acknowledge.$post({ param: { id }, json: {} }));
  }

  unacknowledge(id: string): Promise<AlertDetail> {
    return take(this.#v1.alerts[':id'].acknowledge.$delete({ param: { id } }));
  }

  /** `until` is epoch milliseconds, at most 30 days ahead; null: until it is over. */
  snooze(id: string, until: number | null): Promise<AlertDetail> {
    return take(this.#v1.alerts[':id'].snooze.$post({ param: { id }, json: { until } }));
  }

  /** Deliveries, newest first, of one destination or of all, in one state or in any. */
  deliveries(query: { destination?: string; state?: DeliveryState; limit: number }): Promise<Delivery[]> {
    const { limit, ...filter } = query;
    return take(this.#v1.deliveries.$get({ query: { limit: String(limit), ...filter } }));
  }

  /** Tries again what was given up, with all that goes in the same message. */
  retryDelivery(id: string): Promise<Delivery[]> {
    return take(this.#v1.deliveries[':id'].retry.$post({ param: { id } }));
  }

  /** How it stands with each destination. */
  destinations(): Promise<DestinationHealth[]> {
    return take(this.#v1.destinations.$get());
  }

  /** What a destination with these words would say of the newest alert; nothing is sent. */
  preview(words: { kind: string } & Record<string, unknown>): Promise<Preview> {
    return take(this.#v1.destinations.preview.$post({ json: words }));
  }

  /** How many of the alerts of the last seven days a route lets through to a destination of that kind. */
  reach(kind: string, route: Partial<Route>): Promise<Reach> {
    return take(this.#v1.destinations.reach.$post({ json: { kind, route } }));
  }

  /** Tries again all that was given up to a destination. */
  retryDestination(destination: string): Promise<Delivery[]> {
    return take(this.#v1.destinations.retry.$post({ json: { destination } }));
  }

  /** Holds all announcements until then, epoch milliseconds; null ends it. */
  async pause(until: number | null): Promise<void> {
    await reach(this.#v1.pause.$post({ json: { until } }));
  }

  /** The reports that are kept, newest first, and when the next one comes by itself. */
  reports(): Promise<ReportStanding> {
    return take(this.#v1.reports.$get());
  }

  /** Makes one of a span, epoch milliseconds, in a language, and keeps it. */
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

  /** Active ones first, each with the next five times that it comes. */
  downtimes(): Promise<DowntimeView[]> {
    return take(this.#v1.downtimes.$get());
  }

  /** When downtimes, as they are planned now, are between two times; `more` says that there are more of one. */
  occurrences(from: number, to: number): Promise<{ occurrences: PastOccurrence[]; more: boolean }> {
    const query = { from: String(Math.round(from)), to: String(Math.round(to)) };
    return take(this.#v1.downtimes.occurrences.$get({ query }));
  }

  /** With the origin `settings` it is written there. */
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

  /** Ends the occurrence that is going on. */
  async endDowntime(id: string): Promise<void> {
    await reach(this.#v1.downtimes[':id'].end.$post({ param: { id } }));
  }

  /** How a draft would stand, null where something is wrong with it; nothing is stored. */
  async previewDowntime(downtime: Partial<Downtime>): Promise<DowntimeView | null> {
    return (await take(this.#v1.downtimes.preview.$post({ json: { downtime } }))).view;
  }

  /** A page of the machines that send to this hub, worst off first. */
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

  /** Metrics that hosts have sent, by words: the first fifty, and how many there are. */
  sentMetrics(text: string): Promise<SentMetricsPage> {
    return take(this.#v1.fleet.metrics.$get({ query: { text: text.slice(0, 200) } }));
  }

  /** The rules that this machine has from a hub. */
  hubRules(): Promise<HubRules> {
    return take(this.#v1['hub-rules'].$get());
  }

  /** Switches one of them off here, or on again. */
  switchHubRule(id: string, on: boolean): Promise<HubRules> {
    return take(this.#v1['hub-rules'][':id'].$put({ param: { id }, json: { on } }));
  }

  /** One of them with the newest sample of every series. */
  host(host: string): Promise<HostDetail> {
    return take(this.#v1.hosts[':host'].$get({ param: { host } }));
  }

  /** Gives a host these tags, and takes all others that were given it here. */
  setHostTags(host: string, tags: string[]): Promise<Host> {
    return take(this.#v1.hosts[':host'].tags.$put({ param: { host }, json: { tags } }));
  }

  /** Forgets a host. Resolves to how many tokens were its own and are revoked. */
  async removeHost(host: string): Promise<number> {
    return (await take(this.#v1.hosts[':host'].$delete({ param: { host } }))).tokens;
  }

  /** Lets a machine send that finds this hub at `url`. The answer alone has the token. */
  enrol(host: string, url: string, tags: string[]): Promise<Enrolment> {
    return take(this.#v1.enrolments.$post({ json: { host, url, ...(tags.length > 0 && { tags }) } }));
  }

  /** How many tokens send for this host alone. */
  async tokensOf(host: string): Promise<number> {
    return (await this.tokens()).filter((token) => token.host === host).length;
  }

  /** Where it listens right now, and what keeps it from listening as the settings say. */
  listening(): Promise<ListeningView> {
    return take(this.#v1.listening.$get());
  }

  /** All tokens, without their secrets. */
  tokens(): Promise<TokenView[]> {
    return take(this.#v1.tokens.$get());
  }

  /** Makes a token. The answer alone has it. `expiresAt` is epoch milliseconds; null for never. */
  async makeToken(token: Pick<TokenView, 'name' | 'scope' | 'host' | 'expiresAt'>): Promise<string> {
    return (await take(this.#v1.tokens.$post({ json: token }))).token;
  }

  /** Makes a token in the place of another one, which is good for so long beside it. The answer alone has it. */
  async rotateToken(id: string, overlapSeconds: number): Promise<string> {
    return (await take(this.#v1.tokens[':id'].rotate.$post({ param: { id }, json: { overlapSeconds } })))
      .token;
  }

  async revokeToken(id: string): Promise<void> {
    await reach(this.#v1.tokens[':id'].$delete({ param: { id } }));
  }

  /** A one-time code that signs a browser in within ten minutes. */
  async signInCode(): Promise<string> {
    return (await take(this.#v1.codes.$post())).code;
  }

  settings(): Promise<SettingsView> {
    return take(this.#v1.settings.$get());
  }

  /** Replaces sections and leaves the others. Throws `conflict` when the settings have moved on since `revision`. */
  saveSections(sections: Partial<SettingsDocument>, revision: string): Promise<SettingsView> {
    return take(this.#v1.settings.$patch({ json: { sections, revision } }));
  }

  /** What the text of a file would change; with a revision it is applied. */
  importSettings(text: string, revision?: string): Promise<ImportView> {
    return take(
      this.#v1.settings.import.$post({ json: { text, ...(revision === undefined ? {} : { revision }) } }),
    );
  }

  /** The settings as the text of a plimsoll.yaml. */
  async exportSettings(): Promise<string> {
    return (await take(this.#v1.settings.export.$get())).text;
  }

  /** Writes a predecessor's file that is in force as plimsoll.yaml beside it and returns where. */
  async convertSettings(): Promise<string> {
    return (await take(this.#v1.settings.convert.$post())).location;
  }

  /** Samples a source as its form has it; a secret may stand in it as `{ plain }`. */
  sampleSource(source: Record<string, unknown>): Promise<SampleTrial> {
    return take(this.#v1.sources.sample.$post({ json: { source } }));
  }

  /** Sends a test message to a destination as its form has it; a secret may stand in it as `{ plain }`. */
  testDestination(destination: Record<string, unknown>): Promise<DeliveryTrial> {
    return take(this.#v1.destinations.test.$post({ json: { destination } }));
  }

  /** The scripts that are there, and which of them may run. */
  scripts(): Promise<ScriptsView> {
    return take(this.#v1.scripts.$get());
  }

  /** What is in a script, its first 64 KiB. */
  scriptText(path: string): Promise<ScriptText> {
    return take(this.#v1.scripts.text.$get({ query: { path } }));
  }

  /** Lets a script run as it was looked at. Throws `conflict` when it is another one by now. */
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

  /** When a rule, saved or not, would have fired. A signal that is aborted gives it up, here and in the engine. */
  backtest({ rule, from, to }: BacktestQuestion, signal: AbortSignal): Promise<Backtest> {
    return take(this.#v1.rules.backtest.$post({ json: { rule, from, to } }, { init: { signal } }));
  }

  /** A threshold and a time at which it would fire once in so many days. */
  suggest(question: SuggestQuestion, signal: AbortSignal): Promise<Suggestion> {
    return take(this.#v1.rules.suggest.$post({ json: { ...question, times: 1 } }, { init: { signal } }));
  }

  async restartStage(stage: StageName): Promise<void> {
    await reach(this.#v1.stages[':stage'].restart.$post({ param: { stage } }));
  }

  /** Swaps a one-time code for a session; the session itself is a cookie that no script can read. */
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
