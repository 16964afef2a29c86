import { Readable } from 'node:stream';
import { PlimsollError } from '../contract/error.ts';
import type { LiveEvent } from '../contract/event.ts';
import { monitoringSchema } from '../contract/settings.ts';
import type { Settings } from '../contract/settings.ts';
import type { StageName, Status } from '../contract/status.ts';
import type { TokenView } from '../contract/token.ts';
import type { AccessStore } from '../monitor/state/access-store.ts';
import type { HostsApi } from '../monitor/hosts/hosts.ts';
import type { Post, PostHead, PostedColumns, Receipt } from '../monitor/hosts/ingest.ts';
import type { FleetApi } from '../monitor/hosts/fleet.ts';
import { HandedRules } from '../monitor/hub-rules/handed-rules.ts';
import type { HandedRulesApi } from '../monitor/hub-rules/handed-rules.ts';
import type { HubRulesApi } from '../monitor/hub-rules/hub-rules.ts';
import type { AlertsApi } from '../monitor/records/alerts-api.ts';
import type { HistoryApi } from '../monitor/records/history-api.ts';
import type { MonitorApi, Receiving } from '../monitor/monitor-api.ts';
import type { SettingsApi } from '../monitor/settings/settings-api.ts';
import { Downtimes } from '../monitor/judging/downtimes.ts';
import type { SeriesApi } from '../monitor/records/series-api.ts';
import type { ReportsApi } from '../monitor/reports/reports.ts';
import type { ScriptsApi } from '../monitor/scripts/scripts.ts';
import { HandClock } from './hand-clock.ts';
import { parseSettings } from '../monitor/settings/schema.ts';
import { systemClock } from '../base/clock.ts';
import type { HistoryQuestion } from '../history/messages.ts';
import { Backtests } from '../monitor/replay/backtests.ts';
import type { BacktestsApi } from '../monitor/replay/backtests.ts';
import type { DeliveriesApi } from '../monitor/sending/deliveries.ts';
import type { TrialsApi } from '../monitor/trials.ts';
import type { AskHistory } from '../monitor/replay/recording.ts';

/** Sessions and tokens in memory. */
export class MemoryAccessStore implements AccessStore {
  readonly sessions = new Map<string, number>();
  readonly #tokens = new Map<string, TokenView>();

  putSession(hash: string, expiresAt: number): void {
    this.sessions.set(hash, expiresAt);
  }

  hasSession(hash: string, now: number): boolean {
    return (this.sessions.get(hash) ?? 0) > now;
  }

  removeSession(hash: string): void {
    this.sessions.delete(hash);
  }

  putToken(token: TokenView, hash: string): void {
    this.#tokens.set(hash, token);
  }

  findToken(hash: string): TokenView | undefined {
    return this.#tokens.get(hash);
  }

  rotateToken(id: string, goodUntil: number, token: TokenView, hash: string): boolean {
    const old = this.tokens().find((one) => one.id === id);
    if (old === undefined) return false;
    old.expiresAt = Math.min(old.expiresAt ?? goodUntil, goodUntil);
    this.putToken(token, hash);
    return true;
  }

  touchToken(id: string, at: number): void {
    for (const token of this.#tokens.values()) if (token.id === id) token.lastUsedAt = at;
  }

  tokens(): TokenView[] {
    return [...this.#tokens.values()];
  }

  /** Everything that was given to be kept, to look for secrets in. */
  dump(): string {
    return JSON.stringify([[...this.sessions], [...this.#tokens]]);
  }

  removeToken(id: string): boolean {
    for (const [hash, token] of this.#tokens) if (token.id === id) return this.#tokens.delete(hash);
    return false;
  }
}

/** A history in which there is nothing. */
const withoutSamples = ((question: HistoryQuestion, { to }: { to: number }) =>
  Promise.resolve(
    question === 'recorded' ? { at: new Float64Array(), values: new Float64Array(), to } : [],
  )) as AskHistory;

function unknownAlert(id: string): never {
  throw new PlimsollError('not_found', `there is no alert with the id ${JSON.stringify(id)}`);
}

function unknownHost(host: string): never {
  throw new PlimsollError('not_found', `No host ${JSON.stringify(host)} sends to this hub.`);
}

/** A monitor without an engine, for tests of what stands in front of one. Settings are kept and rules checked. */
export class FakeMonitor implements MonitorApi {
  readonly version = '0.0.0-test';
  readonly access = new MemoryAccessStore();
  readonly scripts: ScriptsApi = {
    list: () => Promise.resolve({ folder: '/somewhere/metrics', scripts: [], problem: null }),
    text: (path) => Promise.reject(new PlimsollError('not_found', `There is no script ${path}.`)),
    approve: ({ path }) => Promise.reject(new PlimsollError('not_found', `There is no file ${path}.`)),
    revoke: (path) => Promise.reject(new PlimsollError('not_found', `${path} is not approved.`)),
  };
  readonly downtimes = new Downtimes({
    clock: new HandClock(),
    store: { downtimes: () => [], putDowntime: () => undefined, removeDowntime: () => undefined },
    write: () => Promise.reject(new PlimsollError('forbidden', 'The settings are only read.')),
    onChange: () => this.emit({ type: 'downtimes' }),
  });
  readonly series: SeriesApi = {
    search: (search) => this.#asked('search', search, { series: [], total: 0, next: null }),
    latest: (search) => this.#asked('latest', search, { samples: [], total: 0, next: null }),
    ranges: (query) => this.#asked('ranges', query, []),
    samples: ({ from, to, ...query }) =>
      this.#asked('samples', { from, to, ...query }, { from, to, series: [], next: null }),
    top: (query) => this.#asked('top', query, { entries: [], total: 0 }),
    interruptions: (query) => this.#asked('interruptions', query, []),
  };
  readonly reports: ReportsApi = {
    standing: () =>
      Promise.resolve({
        directory: '/reports',
        keep: 14,
        nextAt: null,
        language: null,
        isBeingMade: false,
        reports: [],
      }),
    content: () => Promise.reject(new PlimsollError('stage_down', 'there is no history')),
    make: () => Promise.reject(new PlimsollError('stage_down', 'there is no history')),
    file: (id, name) => Promise.reject(new PlimsollError('not_found', `there is no ${name} of ${id}`)),
  };
  readonly history: HistoryApi = {
    range: ({ host, source, metric, labels, from, to }) =>
      Promise.resolve({
        series: { host, source, metric, labels },
        from,
        to,
        bucketMs: 0,
        at: [from],
        min: [1],
        avg: [1],
        max: [1],
      }),
    size: () => Promise.resolve({ bytes: 4096, mostBytes: 2 ** 31, samples: 2, oldestAt: 0, kept: [] }),
    check: () => Promise.resolve({ ok: true, findings: [], checked: 3, damagedCount: 0, damaged: [] }),
    backUp: (path) =>
      path.endsWith('there')
        ? Promise.reject(new PlimsollError('conflict', `${path} is there already.`))
        : Promise.resolve({ bytes: 4096 }),
    export: ({ format, source }) =>
      source === 'away'
        ? new Readable({
            read() {
              this.destroy(new PlimsollError('stage_down', 'History is not running at the moment.'));
            },
          })
        : Readable.from([format === 'csv' ? 'time\r\n' : '{}\n']),
  };
  readonly alerts: AlertsApi = {
    list: () => [],
    one: unknownAlert,
    export: (filter, format) => {
      this.asked.push(['export', filter, format]);
      return ['first ', 'second'];
    },
    drill: () => {
      this.asked.push(['drill']);
      return unknownAlert('drill');
    },
    acknowledge: (id, note) => {
      this.asked.push(['acknowledge', id, note]);
      return unknownAlert(id);
    },
    unacknowledge: (id) => {
      this.asked.push(['unacknowledge', id]);
      throw new PlimsollError('not_found', `No alert ${id} is firing.`);
    },
    snooze: (id, until) => {
      this.asked.push(['snooze', id, until]);
      return unknownAlert(id);
    },
    unsnooze: (id) => {
      this.asked.push(['unsnooze', id]);
      return unknownAlert(id);
    },
    pause: (until) => {
      this.asked.push(['pause', until]);
    },
  };
  readonly settings: SettingsApi = {
    view: () => ({
      settings: this.#settings,
      revision: String(this.#revision),
      location: null,
      editable: true,
      translation: null,
      overrides: [],
      warnings: [],
    }),
    change: (settings, revision) =>
      Promise.try(() => {
        if (revision !== String(this.#revision)) {
          throw new PlimsollError('conflict', 'the settings have changed meanwhile');
        }
        this.#settings = parseSettings(settings);
        this.#revision++;
        return this.settings.view();
      }),
    import: (text, revision) => {
      this.asked.push(['import', text, revision]);
      return Promise.resolve({
        translation: null,
        differences: [],
        warnings: [],
        applied: revision !== null,
      });
    },
    export: () => 'version: 1\n',
    convert: () => Promise.resolve('/somewhere/plimsoll.yaml'),
  };
  readonly restarted: StageName[] = [];
  readonly listeners = new Set<(event: LiveEvent) => void>();
  /** What `status` throws, for tests of bugs. */
  bug: Error | undefined;
  readonly #backtests = new Backtests({
    host: 'here',
    clock: systemClock,
    settings: () => this.#settings,
    ask: withoutSamples,
    tagsOfHost: () => [],
  });
  #revision = 1;
  #settings: Settings;

  constructor(settings: Partial<Settings> = {}) {
    this.#settings = {
      version: 1,
      sources: [{ name: 'cpu', kind: 'cpu', enabled: true }],
      rules: [],
      destinations: [],
      monitoring: monitoringSchema.parse({}),
      ...settings,
    };
  }

  status(): Status {
    if (this.bug !== undefined) throw this.bug;
    return {
      version: this.version,
      host: 'here',
      at: 2,
      startedAt: 1,
      level: 'ok',
      sources: [],
      latest: [],
      rules: [],
      alerts: [],
      stages: [],
      ownCost: null,
      pausedUntil: null,
      downtimes: [],
      quietUntil: null,
      notices: [],
    };
  }

  metricsPage(): string {
    return '# TYPE plimsoll_cpu_percent gauge\nplimsoll_cpu_percent{host="box",source="cpu"} 7\n';
  }

  kinds() {
    return {
      sources: [],
      destinations: [],
      own: {},
      rule: {},
      monitoring: {},
      listen: {},
      hub: {},
      database: {},
      downtime: {},
      reports: {},
    };
  }

  /** The rules that were to be replayed, each with what says that nobody waits any more. */
  readonly replayed: { rule: unknown; signal: AbortSignal }[] = [];

  /** Checks the rule and knows no samples. */
  readonly backtests: BacktestsApi = {
    backtest: (question, signal) => {
      this.replayed.push({ rule: question.rule, signal });
      return this.#backtests.backtest(question, signal);
    },
    suggest: (question, signal) => {
      this.replayed.push({ rule: question.rule, signal });
      return this.#backtests.suggest(question, signal);
    },
  };

  /** What was asked for of alerts, deliveries and series, in order. */
  readonly asked: unknown[][] = [];

  #asked<Answer>(name: string, query: object, answer: Answer): Promise<Answer> {
    this.asked.push([name, query]);
    return Promise.resolve(answer);
  }

  readonly deliveries: DeliveriesApi = {
    list: () => [],
    destinations: () => [],
    retry: (which) => {
      this.asked.push(['retry', which]);
      return [];
    },
    reach: (kind, route) => {
      this.asked.push(['reach', { kind, route }]);
      return { from: 0, to: 1, alerts: 0, fitting: 0 };
    },
  };
  readonly trials: TrialsApi = {
    sample: (source) => {
      this.asked.push(['sample', source]);
      return Promise.resolve({ at: 1, durationMs: 2, samples: [], error: null });
    },
    deliver: (destination) => {
      this.asked.push(['test', destination]);
      return Promise.resolve({ arrived: true, said: 'taken', transcript: [], durationMs: 3 });
    },
    preview: (question) => {
      this.asked.push(['preview', question]);
      return { of: null, parts: [] };
    },
  };

  push(source: string, values: ReadonlyMap<string, number>, unit?: string): void {
    this.asked.push(['push', source, Object.fromEntries(values), ...(unit === undefined ? [] : [unit])]);
  }

  receiving: Receiving = {
    isOn: true,
    allowAnonymousFrom: [],
    assumedZone: () => undefined,
    historyRecords: 1000,
  };
  readonly hosts: HostsApi = {
    list: () => [],
    detail: (host) => unknownHost(host),
    remove: (host) => unknownHost(host),
    setTags: (host) => unknownHost(host),
    sent: () => ({ metrics: [], total: 0 }),
    expect: (host, tags) => void this.asked.push(['expect', host, tags]),
  };
  readonly fleet: FleetApi = {
    page: () => ({
      ...{ receives: true, known: 0, sending: 0, firing: 0, tags: [], fitting: 0, hosts: [] },
      standings: { online: 0, stale: 0, offline: 0, may_sleep: 0 },
    }),
  };
  readonly hubRules: HubRulesApi = {
    view: () => ({ hub: null, heardAt: null, problem: null, rules: [] }),
    switch: (id) => Promise.reject(new PlimsollError('not_found', `The hub has no rule ${id}.`)),
  };
  readonly handedRules: HandedRulesApi = new HandedRules(
    () => this.#settings.rules,
    () => [],
  );
  /** What was received, in order. */
  readonly posts: Post[] = [];

  receive(post: Post): Promise<Receipt> {
    this.posts.push(post);
    return Promise.resolve({ receivedAt: 1, accepted: post.samples.length, duplicate: 0, items: [] });
  }

  receiveColumns(post: PostHead, { series, values, ats }: PostedColumns): Promise<Receipt> {
    const samples = series.map((one, place) => ({
      ...one,
      value: values[place] ?? NaN,
      at: ats[place] ?? NaN,
    }));
    return this.receive({ ...post, samples });
  }

  restartStage(stage: StageName): void {
    this.restarted.push(stage);
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells everybody who listens. */
  emit(event: LiveEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
