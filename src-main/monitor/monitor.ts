import { randomBytes } from 'node:crypto';
import { availableParallelism, loadavg, uptime } from 'node:os';
import type { Clock } from '../base/clock.ts';
import { secretResolver } from '../base/secrets.ts';
import type { Log, LogLevel } from '../base/log.ts';
import type { Alert } from '../contract/alert.ts';
import type { LiveEvent, TimeLost } from '../contract/event.ts';
import type { Kinds } from '../contract/kind.ts';
import type { Unit } from '../contract/metric.ts';
import type { Reading, Series } from '../contract/sample.ts';
import type { Notifier } from '../contract/notifier.ts';
import type { Spawn } from '../contract/port.ts';
import type { ResolveSecret, SecretStore } from '../contract/secret.ts';
import type { DestinationSettings, Settings } from '../contract/settings.ts';
import type { Level, StageHealth, StageName, Status } from '../contract/status.ts';
import type { RunProgram } from '../deliveries/destination-kind.ts';
import { Backtests } from './replay/backtests.ts';
import { AlertCharts } from './evidence/alert-charts.ts';
import { Board } from './board.ts';
import { Bulletin } from './bulletin.ts';
import { CollectorsLink } from './stages/collectors-link.ts';
import { CollectorsPlan } from './stages/collectors-plan.ts';
import { Downtimes, isAboutEverything } from './judging/downtimes.ts';
import { FedSources } from './fed-sources.ts';
import { FireDrill } from './judging/fire-drill.ts';
import { agentsAwayNotice } from './hub-rules/agents-away.ts';
import { askHub, ruleHubIn } from './hub-rules/ask-hub.ts';
import { HandedRules } from './hub-rules/handed-rules.ts';
import { RulesFromHub } from './hub-rules/hub-rules.ts';
import { HistoryLink, retentionOf } from './stages/history-link.ts';
import { HostWatch } from './evidence/host-watch.ts';
import { Hosts } from './hosts/hosts.ts';
import { Ingest } from './hosts/ingest.ts';
import type { HandedOver, Post, PostHead, PostedColumns, Receipt } from './hosts/ingest.ts';
import { lastMessageIn } from './sending/last-message.ts';
import { Judge } from './judging/judge.ts';
import { Deliveries } from './sending/deliveries.ts';
import { HostFleet } from './hosts/fleet.ts';
import { databaseAccess, spawnOnDatabase } from './stages/history-spawn.ts';
import { describeKinds } from './kinds.ts';
import { endLeftRuns } from './stages/left-runs.ts';
import type { MonitorApi, Receiving } from './monitor-api.ts';
import { networkNotice } from './sending/network-notice.ts';
import { machinePage } from './records/machine-page.ts';
import { lostTimeReading, ownSource } from './own-source.ts';
import { PastReader } from './judging/past-reader.ts';
import { Pipeline, unitOf } from './pipeline.ts';
import type { Environment } from './settings/read.ts';
import { RecordLogs, recordLogsIn } from './records/record-logs.ts';
import { SecretKeeper } from './settings/secret-keeper.ts';
import { Reports } from './reports/reports.ts';
import { SelfWatch } from './self-watch.ts';
import { programsOf } from './scripts/script-uses.ts';
import { Scripts } from './scripts/scripts.ts';
import type { NewScriptSource } from './scripts/scripts.ts';
import { SettingsEditor } from './settings/editor.ts';
import { SettingsKeeper } from './settings/keeper.ts';
import { SettingsDesk } from './settings/settings-api.ts';
import type { SettingsStore } from './settings/store.ts';
import { violationsRule } from './settings/violations-rule.ts';
import type { AccessStore } from './state/access-store.ts';
import { openState } from './state/state.ts';
import type { State } from './state/state.ts';
import { AlertDesk } from './records/alerts-api.ts';
import { RunningHistory } from './records/history-api.ts';
import { StoredSeries } from './records/series-api.ts';
import { applyMark, sharedHosts, sharedMarks } from './sharing/shared-stores.ts';
import { Sharing } from './sharing/sharing.ts';
import { Silences } from './judging/silences.ts';
import { TimeWatch } from './time-watch.ts';
import { noChange } from './judging/track.ts';
import { Trials } from './trials.ts';
import type { Moment } from './judging/verdict.ts';
import { Witness } from './evidence/witness.ts';

export interface MonitorOptions {
  version: string;
  /** The name under which this machine's samples are kept. */
  host: string;
  /** The data directory. Opening the monitor takes its lock. */
  directory: string;
  settingsStore: SettingsStore;
  /** Where scripts are found: the folder `metrics` beside the settings. */
  scriptFolder: string;
  /** Whether settings that do not hold are a reason not to start, even where an older copy does. */
  settingsMustHold: boolean;
  /** Where secrets are kept that the window is given. */
  secretStore: SecretStore;
  /** The environment, `.env` included: what it says goes before the settings, and `{ env: NAME }` refers to it. */
  env: Environment;
  /** It was started as a hub: it receives whatever the settings say. */
  isHub?: boolean;
  spawn: Spawn;
  /** The notifications of this desktop, where there is one. */
  notifier?: Notifier;
  /** Where samples go besides what the settings say: the hub of an agent. */
  uplink?: DestinationSettings;
  clock: Clock;
  /** Milliseconds since the machine was started, sleep included; the system's where it is not given. */
  uptime?: () => number;
  log: Log;
  /** Where alerts and measurements are logged beside what `log` is told; nowhere without it. */
  logDirectory?: string;
  /** Is told how much to log whenever the settings say so; left out where a flag has the last word. */
  setLogLevel?: (level: LogLevel) => void;
}

export interface Monitor extends MonitorApi {
  /** Reads the settings again, as after an edit by hand. Throws when they do not hold; the ones before stay in force. */
  reload(): Promise<void>;
  /** It listens elsewhere now; the notice says what keeps it from listening as the settings say, null that nothing does. */
  listeningChanged(notice: string | null): void;
  /** Ends all stages, commits what is owed and gives the lock back. Nothing is left running. */
  stop(): Promise<void>;
}

/**
 * Opens everything and starts sampling. Throws `already_running`, `invalid_settings` and what `openState` throws;
 * whatever had been started by then is ended again.
 */
export async function openMonitor(options: MonitorOptions): Promise<Monitor> {
  const { directory, settingsStore, settingsMustHold } = options;
  const state = openState(directory);
  let monitor: RunningMonitor | undefined;
  try {
    const keeper = await SettingsKeeper.open(
      { store: settingsStore, environment: options.env, directory },
      settingsMustHold,
    );
    monitor = new RunningMonitor(options, state, keeper);
    monitor.start();
    return monitor;
  } catch (thrown) {
    if (monitor === undefined) state.close();
    else await monitor.stop();
    throw thrown;
  }
}

/** The stages, joined; every method of a door ends up here. */
class RunningMonitor implements Monitor {
  readonly version: string;
  readonly access: AccessStore;
  readonly scripts: Scripts;
  readonly downtimes: Downtimes;
  readonly reports: Reports;
  readonly trials: Trials;
  readonly backtests: Backtests;
  readonly hosts: Hosts;
  readonly fleet: HostFleet;
  readonly hubRules: RulesFromHub;
  readonly handedRules: HandedRules;
  readonly #ingest: Ingest;
  readonly #isHub: boolean;
  /** Divides the hosts that send among hubs over one database; null where there is none. */
  readonly #sharing: Sharing | null;
  readonly #host: string;
  /** Where the data are. */
  readonly #dataDirectory: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #startedAt: number;
  readonly #state: State;
  readonly #keeper: SettingsKeeper;
  readonly #bulletin: Bulletin;
  readonly #board = new Board();
  readonly #silences: Silences;
  readonly #judge: Judge;
  readonly #charts: AlertCharts;
  readonly deliveries: Deliveries;
  readonly #uplinks: readonly DestinationSettings[];
  readonly #past: PastReader;
  readonly #hostWatch: HostWatch;
  readonly #witness: Witness;
  readonly #drill: FireDrill;
  readonly #pipeline: Pipeline;
  readonly #history: HistoryLink;
  readonly history: RunningHistory;
  readonly series: StoredSeries;
  readonly alerts: AlertDesk;
  readonly settings: SettingsDesk;
  readonly #collectors: CollectorsLink;
  readonly #collectorsPlan: CollectorsPlan;
  readonly #fed: FedSources;
  readonly #selfWatch: SelfWatch;
  /** What Plimsoll sampled of itself last. */
  #own: Reading | null = null;
  readonly #secrets: SecretKeeper;
  readonly #secret: ResolveSecret;
  readonly #timeWatch: TimeWatch;
  readonly #run: RunProgram = async (task, signal) =>
    this.#collectors.run({ ...task, approval: await this.scripts.approvalFor({ file: task.file }) }, signal);
  /** Those that are open. */
  readonly #windows = new Set<symbol>();
  readonly #recordLogs: RecordLogs | null;
  readonly #setLogLevel: (level: LogLevel) => void;
  #stopped: Promise<void> | undefined;

  constructor(options: MonitorOptions, state: State, keeper: SettingsKeeper) {
    const { version, host, settingsStore, secretStore, env, spawn, notifier, clock, log } = options;
    this.version = version;
    this.access = state.access;
    this.#host = host;
    this.#isHub = options.isHub ?? false;
    this.#uplinks = options.uplink === undefined ? [] : [options.uplink];
    this.#dataDirectory = options.directory;
    this.#clock = clock;
    this.#log = log;
    this.#startedAt = clock.now();
    this.#state = state;
    this.#keeper = keeper;
    const bulletin = new Bulletin(clock, log);
    this.#bulletin = bulletin;
    this.#secrets = new SecretKeeper(secretStore, clock);
    this.#secrets.holdInMemory(keeper.secrets);
    this.#secret = secretResolver({ env, directory: settingsStore.directory, store: this.#secrets });
    const newId = () => randomBytes(8).toString('hex');
    const onHealth = (health: StageHealth) => {
      log.info('stage', { ...health });
      bulletin.publish({ type: 'stage', stage: health });
    };

    this.#selfWatch = new SelfWatch({
      host,
      clock,
      stages: () => this.#stages(),
      destinations: () => this.deliveries.health(),
      lostAfterMs: () => keeper.inForce.settings.monitoring.destinationAlertSeconds * 1000,
      networkUp: () => this.#collectors.networkUp,
      onCost: (ownCost) => bulletin.publish({ type: 'own-cost', ownCost }),
      onReading: (reading) => {
        this.#own = reading;
        this.#timeWatch.look();
        this.#pipeline.settle();
        this.#pipeline.takeOwn(reading, this.#moment());
        for (const one of this.hosts.passTime()) this.#pipeline.takeOwn(one, this.#moment());
        this.#recordLogs?.noteOwn(reading);
        this.downtimes.passTime(this.#clock.now());
        this.#pipeline.passTime(this.#moment());
        this.deliveries.look();
        this.reports.passTime(this.#clock.now());
        this.#bulletin.notice('agents-away', this.#agentsAway());
        this.#bulletin.notice('network', networkNotice(this.#collectors.networkUp, this.#board.health()));
        this.#past.read().catch((error: unknown) => log.error('the past could not be learned', { error }));
      },
    });
    const { database } = keeper.inForce.settings;
    const where = { secret: this.#secret, directory: settingsStore.directory, clock };
    this.#history = new HistoryLink(
      {
        spawn: database === undefined ? spawn : spawnOnDatabase(spawn, { database, ...where }),
        clock,
        onHealth,
        onNotice: (id, message) => bulletin.notice(id, message),
        onCost: (cpuMs) => this.#selfWatch.report('history', cpuMs),
      },
      retentionOf(keeper.inForce.settings.monitoring),
    );
    this.#sharing =
      database === undefined
        ? null
        : new Sharing({
            host,
            clock,
            log,
            access: () => databaseAccess({ database, ...where }),
            commit: (change) => state.commit(change),
            deliver: () => this.deliveries.poke(),
            adopt: ({ tracks, alerts, deliveries, hosts }) => {
              this.hosts.adopt(hosts);
              state.commit({ ...noChange, tracks, alerts, deliveries });
              this.#judge.adopt(tracks, alerts, this.#moment());
              this.deliveries.poke();
              bulletin.publish({ type: 'refresh' });
            },
            leave: (isLeft) => {
              this.#judge.leave(isLeft);
              state.leave(isLeft);
              bulletin.publish({ type: 'refresh' });
            },
            takeOver: (handed) => this.#ingest.takeOver(handed as HandedOver),
            mark: (mark) => applyMark(this.#pipeline, mark, this.#moment()),
            show: (alerts, isOld) => {
              state.commit({ ...noChange, alerts });
              if (isOld) return;
              for (const alert of alerts) bulletin.publish({ type: 'alert', alert, transition: null });
            },
            caughtUp: () => bulletin.publish({ type: 'refresh' }),
            tag: (name, tags) => this.hosts.expect(name, tags),
            remove: (name, at) => {
              this.hosts.removeBefore(name, at);
              for (const token of state.access.tokens())
                if (token.host === name && token.createdAt <= at) state.access.removeToken(token.id);
            },
            tags: () => state.hosts.hostTags(),
            store: state.hosts,
            notice: (message) => bulletin.notice('sharing', message),
          });
    const sharing = this.#sharing;
    // Another hub may have gone on with them; what is known of them lies in the database.
    if (sharing !== null && this.receiving.isOn) state.leave((other) => other !== host);
    this.hosts = new Hosts({
      clock,
      store: sharedHosts(state.hosts, sharing),
      isMine: (name) => sharing?.isMine(name) ?? true,
      onChange: () => bulletin.publish({ type: 'hosts' }),
      onProblem: (message) => bulletin.notice('hosts', message),
    });
    this.hosts.onChoiceChanged = () => {
      this.#pipeline.configure(this.#judgedSettings(), this.#moment());
      bulletin.publish({ type: 'refresh' });
    };
    this.handedRules = new HandedRules(
      () => (this.receiving.isOn ? keeper.inForce.settings.rules : []),
      (name) => this.hosts.tagsOf(name),
    );
    this.hubRules = new RulesFromHub({
      ...{ host, directory: options.directory, clock, log },
      ask: (hub, asked, signal) =>
        askHub(hub, asked, { directory: settingsStore.directory, secret: this.#secret }, signal),
      onChange: () => {
        this.downtimes.configure(this.#judgedSettings());
        this.#pipeline.configure(this.#judgedSettings(), this.#moment());
        bulletin.publish({ type: 'settings', revision: keeper.view().revision });
        bulletin.publish({ type: 'refresh' });
      },
      notice: (message) => bulletin.notice('hub-rules', message),
    });
    this.fleet = new HostFleet({
      hosts: this.hosts,
      own: {
        ...{ host, version, now: () => clock.now() },
        newest: (metric) =>
          this.#board
            .latest()
            .find((sample) => sample.metric === metric && Object.keys(sample.labels).length === 0)?.value ??
          null,
      },
      firing: () => this.#firing(),
      receives: () => this.receiving.isOn,
    });
    this.#ingest = new Ingest({
      clock,
      hosts: this.hosts,
      isOn: () => this.receiving.isOn,
      commit: (readings) => this.#history.take(readings),
      judge: (reading) => {
        this.#timeWatch.look();
        this.#pipeline.takeSent(reading, this.#moment());
      },
      ...(sharing !== null && {
        handOver: (handed: HandedOver) => sharing.handOver(handed.post.host, handed),
      }),
    });
    this.history = new RunningHistory(this.#history);
    this.series = new StoredSeries((question, ask, signal) => this.#history.ask(question, ask, signal), host);
    this.#silences = new Silences(state.pausedUntil, (subject, now) => this.downtimes.holdFor(subject, now));
    this.#judge = new Judge({
      host,
      tracks: state.alerts.tracks(),
      open: state.alerts.open(),
      silenceFor: this.#silences.for,
      newId,
      others: this.hosts,
    });
    this.#charts = new AlertCharts({
      ...{ spawn, clock, log },
      ask: (query, signal) => this.#history.ask('ranges', query, signal),
    });
    this.deliveries = new Deliveries({
      ...{ host, version, dataDirectory: options.directory, clock, log, newId },
      ...{ directory: settingsStore.directory, secret: this.#secret, state },
      settings: () => keeper.inForce.settings,
      uplinks: this.#uplinks,
      judged: () => this.hubRules.judged,
      run: this.#run,
      draw: this.#charts.draw,
      readReport: (report, file) => this.reports.file(report, file),
      ...(notifier === undefined ? {} : { notifier }),
      onChange: (delivery) => {
        this.#sharing?.mark(delivery);
        bulletin.publish({ type: 'delivery', delivery });
      },
      notice: (id, message) => bulletin.notice(id, message),
    });
    this.downtimes = new Downtimes({
      clock,
      store: state,
      tagsOfHost: (name) => this.hosts.tagsOf(name),
      write: async (downtimes) => {
        const { settings, revision } = keeper.view();
        await this.settings.change({ ...settings, downtimes }, revision);
      },
      onChange: () => {
        // What a downtime held that is over is told now.
        this.#pipeline.passTime(this.#moment());
        bulletin.publish({ type: 'downtimes' });
        bulletin.publish({ type: 'refresh' });
      },
    });
    this.#past = new PastReader({
      questions: this.#judge.past,
      ask: (query) => this.#history.ask('range', query),
      moment: () => this.#moment(),
    });
    this.#hostWatch = new HostWatch({
      startedAt: this.#startedAt,
      uptime: options.uptime ?? (() => uptime() * 1000),
      load: () => ({ averages: loadavg(), processors: availableParallelism() }),
      latest: () => this.#board.latest(),
      isBattery: (source) =>
        keeper.inForce.settings.sources.some(({ name, kind }) => name === source && kind === 'battery'),
    });
    this.#witness = new Witness({
      host,
      clock,
      latest: () => this.#board.latest(),
      unitOf: (series) => this.#unitOf(series),
      hostState: ({ now }) => this.#hostWatch.state(now),
      programs: () => this.#collectors.topPrograms(),
      usual: (series, from, to) => this.#history.ask('usual', { series, from, to }),
      remembered: (alertId) => state.alerts.contexts(alertId),
      keep: (kept) => this.#pipeline.keepContexts(kept),
    });
    this.#pipeline = new Pipeline(
      {
        host,
        board: this.#board,
        judge: this.#judge,
        deliveries: state.deliveries,
        silenceFor: this.#silences.for,
        witness: this.#witness,
        commit: (change) => (sharing ?? state).commit(change),
        keep: (reading) => {
          this.#history.append(reading);
          this.deliveries.take(reading);
        },
        deliver: () => this.deliveries.poke(),
        publish: (event) => bulletin.publish(event),
        notice: (id, message) => bulletin.notice(id, message),
        newId,
        unitOf: (series) => this.#unitOf(series),
        log,
      },
      keeper.inForce.settings,
    );
    this.#drill = new FireDrill({
      host,
      clock,
      settings: () => keeper.inForce.settings,
      silenceFor: this.#silences.for,
      newId,
      conclude: (verdict, reading, moment) => this.#pipeline.conclude(verdict, reading, moment),
    });
    this.alerts = new AlertDesk({
      state,
      book: this.#judge.alerts,
      pipeline: sharedMarks(this.#pipeline, sharing),
      silences: this.#silences,
      drill: this.#drill,
      moment: () => this.#moment(),
      onPause: () => bulletin.publish({ type: 'refresh' }),
    });
    this.#collectors = new CollectorsLink({
      host,
      spawn,
      clock,
      onReading: (reading, missedRuns) => this.#take(reading, missedRuns),
      onHealth,
      onCost: (cpuMs) => this.#selfWatch.report('collectors', cpuMs),
    });
    this.#timeWatch = new TimeWatch({
      clock,
      uptime: options.uptime ?? (() => uptime() * 1000),
      onLost: (lost) => this.#loseTime(lost),
    });
    this.#fed = new FedSources({
      host,
      clock,
      store: state,
      onReading: (reading) => this.#take(reading, 0),
      onUnits: (source, units) => this.#board.enterUnits(source, units),
    });
    this.scripts = new Scripts({
      directory: options.directory,
      folder: options.scriptFolder,
      clock,
      sources: () => keeper.settings.sources,
      programs: () => programsOf(keeper.settings, settingsStore.directory),
      addSource: (source, checks) => this.#addSource(source, checks),
      onChange: () => this.#scriptsChanged(),
    });
    this.#collectorsPlan = new CollectorsPlan({
      collectors: this.#collectors,
      directory: settingsStore.directory,
      secret: this.#secret,
      scripts: this.scripts,
    });
    const { logDirectory } = options;
    this.#setLogLevel = options.setLogLevel ?? (() => undefined);
    this.#recordLogs =
      logDirectory === undefined
        ? null
        : new RecordLogs({
            host,
            clock,
            settings: () => keeper.inForce.settings,
            contextOf: (alertId) => state.alerts.contexts(alertId).at(-1),
            open: recordLogsIn(logDirectory),
          });
    bulletin.subscribe((event) => this.#recordLogs?.hear(event));
    const { directory } = settingsStore;
    this.settings = new SettingsDesk({
      keeper,
      editor: new SettingsEditor({ keeper, secrets: this.#secrets, secret: this.#secret, env, directory }),
      onChange: () => this.#takeOver(),
      notice: (id, message) => bulletin.notice(id, message),
    });
    this.backtests = new Backtests({
      host,
      clock,
      settings: () => keeper.inForce.settings,
      ask: (question, ask) => this.#history.ask(question, ask),
      tagsOfHost: (name) => this.hosts.tagsOf(name),
    });
    this.reports = new Reports({
      dataDirectory: options.directory,
      settingsDirectory: directory,
      ...{ env, clock, log, spawn },
      settings: () => keeper.inForce.settings,
      sources: () => ({
        ...{ host, version, now: clock.now(), settings: keeper.inForce.settings },
        ask: (question, ask, signal) => this.#history.ask(question, ask, signal),
        alerts: (filter) => this.alerts.list(filter),
        deliveries: (filter) => this.deliveries.list(filter),
      }),
      notice: (id, message) => bulletin.notice(id, message),
      send: (delivery, note) => this.deliveries.sendReport(delivery, note),
    });
    this.trials = new Trials({
      host,
      version,
      clock,
      env,
      directory: settingsStore.directory,
      store: this.#secrets,
      notifier: notifier ?? null,
      run: this.#run,
      draw: this.#charts.draw,
      settings: () => keeper.inForce.settings,
      latest: () => this.#board.latest(),
      lastMessage: () => lastMessageIn(state.alerts, keeper.inForce.settings),
      sample: async (source) => this.#collectors.sample(await this.#collectorsPlan.withApproval(source)),
    });
  }

  start(): void {
    this.#bulletin.notice('state-start', this.#state.notice);
    this.#bulletin.notice('settings-start', this.#keeper.noticeAtStart);
    this.settings.notice();
    // Before anything has something to say.
    this.#setLogLevel(this.#keeper.inForce.settings.monitoring.logLevel);
    this.#history.start();
    this.#collectors.start();
    this.#bulletin.notice('scripts', this.scripts.problem);
    this.#bulletin.notice('downtimes', this.downtimes.problem);
    this.#apply();
    this.#drill.endLeft(this.#state.alerts.openDrills());
    this.#adoptScripts();
    this.scripts.start();
    void this.reports.start();
    this.#selfWatch.start();
    void this.#restoreHosts();
    this.#share();
  }

  /** From when on it receives. */
  #share(): void {
    if (this.receiving.isOn) this.#sharing?.start();
  }

  /** Here, and at the hubs that share the database. */
  #firing(): Alert[] {
    return [...this.#judge.alerts.firing(), ...(this.#sharing?.othersFiring() ?? [])];
  }

  status(): Status {
    const alerts = this.#firing();
    const latest = this.#board.latest();
    return {
      version: this.version,
      host: this.#host,
      at: this.#clock.now(),
      startedAt: this.#startedAt,
      level: levelOf(alerts, latest.length > 0, this.#collectors.health),
      sources: this.#board.health(),
      latest,
      // Of other machines what is calm is left out: there may be thousands.
      rules: this.#judge.statuses().filter(({ host, phase }) => host === this.#host || phase !== 'ok'),
      alerts,
      stages: this.#stages(),
      ownCost: this.#selfWatch.cost,
      pausedUntil: this.#silences.pausedUntil(this.#clock.now()),
      downtimes: this.downtimes.active(this.#clock.now()).map(({ downtime, occurrence }) => ({
        id: downtime.id,
        name: downtime.name,
        to: occurrence.to,
        everything: isAboutEverything(downtime),
      })),
      quietUntil: this.downtimes.quietUntil(this.#clock.now()),
      notices: this.#bulletin.notices(),
    };
  }

  kinds(): Kinds {
    return describeKinds();
  }

  metricsPage(): string {
    const { settings } = this.#keeper.inForce;
    return machinePage({ board: this.#board, settings, own: this.#own, now: this.#clock.now() });
  }

  reload(): Promise<void> {
    return this.settings.reload();
  }

  listeningChanged(notice: string | null): void {
    this.#bulletin.notice('listening', notice);
    this.#bulletin.publish({ type: 'listening' });
  }

  push(source: string, values: ReadonlyMap<string, number>, unit?: string): void {
    this.#fed.push(source, values, unit);
  }

  get receiving(): Receiving {
    const { hub } = this.#keeper.inForce.settings;
    const isOn = this.#isHub || hub?.enabled === true;
    return { isOn, allowAnonymousFrom: isOn ? (hub?.allowAnonymousFrom ?? []) : [] };
  }

  receive(post: Post): Promise<Receipt> {
    return this.#ingest.take(post);
  }

  receiveColumns(post: PostHead, columns: PostedColumns): Promise<Receipt> {
    return this.#ingest.takeColumns(post, columns);
  }

  restartStage(stage: StageName): void {
    if (stage === 'collectors') this.#collectors.retry();
    else this.#history.retry();
  }

  subscribe(listener: (event: LiveEvent) => void, listens?: 'window'): () => void {
    const end = this.#bulletin.subscribe(listener);
    if (listens === undefined) return end;
    const window = Symbol('window');
    this.#windows.add(window);
    this.#collectors.watched(true);
    return () => {
      end();
      if (this.#windows.delete(window) && this.#windows.size === 0) this.#collectors.watched(false);
    };
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    this.#selfWatch.stop();
    this.#collectorsPlan.stop();
    this.#drill.stop();
    this.#fed.stop();
    this.scripts.stop();
    await this.deliveries.stop(this.#collectors.stop());
    await this.hubRules.stop();
    // Collectors that were killed shortly before could not end what they had started.
    if (this.scripts.areUsed) endLeftRuns(this.#dataDirectory);
    await this.#history.stop();
    await this.#secrets.close();
    this.#witness.stop();
    this.#pipeline.settle();
    this.hosts.save();
    await this.#sharing?.stop();
    await this.#recordLogs?.stop();
    this.#bulletin.close();
    this.#state.close();
  }

  /** On the monotonic clock, and with what the machine slept: see `TimeWatch`. */
  #moment(): Moment {
    return { now: this.#clock.now(), monotonic: this.#clock.monotonic() + this.#timeWatch.sleptMs };
  }

  /** With the rules that are from a hub. */
  #judgedSettings(): Settings {
    return this.hubRules.joinedTo(this.#keeper.inForce.settings);
  }

  #take(reading: Reading, missedRuns: number): void {
    this.#timeWatch.look();
    this.#pipeline.take(reading, missedRuns, this.#moment());
  }

  #unitOf({ host, source, metric }: Pick<Series, 'host' | 'source' | 'metric'>): Unit {
    const isOwn = host === this.#host || source === ownSource;
    const found = this.#keeper.inForce.settings.sources.find(({ name }) => name === source);
    return isOwn ? unitOf(found, metric) : this.hosts.unitOf({ host, source, metric });
  }

  /** What hosts sent last before a restart is known again as soon as history answers. */
  async #restoreHosts(): Promise<void> {
    if (this.hosts.list().length === 0) return;
    try {
      this.hosts.restore(await this.#history.ask('latest', { from: this.#clock.now() - restoredMs }));
    } catch {
      // History is only just starting, or away: what hosts send is shown meanwhile.
      if (this.#stopped === undefined) this.#clock.after(restoreAgainMs, () => void this.#restoreHosts());
    }
  }

  #agentsAway(): string | null {
    const { rules } = this.#keeper.inForce.settings;
    return agentsAwayNotice(this.hosts.judgesAway(), rules, (name) => this.hosts.tagsOf(name));
  }

  #stages(): StageHealth[] {
    return [this.#collectors.health, this.#history.health];
  }

  /** Every stage hears of it: rates begin anew, and the sample of it is kept, judged and shown like all others. */
  #loseTime(lost: TimeLost): void {
    this.#log.info('time was lost', { ...lost });
    if (lost.cause !== 'clock_set') this.#collectors.timeLost();
    this.#hostWatch.noteLost(lost);
    this.#pipeline.takeOwn(lostTimeReading(this.#host, lost), this.#moment());
    this.#bulletin.publish({ type: 'time-lost', lost });
  }

  /** Puts what the keeper holds in force and says so. Settings that were saved while it stops wait for the next start. */
  #takeOver(): void {
    if (this.#stopped !== undefined) return;
    this.#apply();
    this.#share();
    this.#adoptScripts();
    this.settings.notice();
    const { revision } = this.#keeper.view();
    this.#log.info('settings', { revision });
    this.#bulletin.publish({ type: 'settings', revision });
    this.#bulletin.publish({ type: 'refresh' });
  }

  #apply(): void {
    const { settings } = this.#keeper.inForce;
    this.#setLogLevel(settings.monitoring.logLevel);
    this.#secrets.holdInMemory(this.#keeper.secrets);
    this.#secrets.keep(this.#keeper.settings);
    this.hubRules.configure(settings, ruleHubIn([...this.#uplinks, ...settings.destinations]));
    this.downtimes.configure(this.#judgedSettings());
    this.#pipeline.configure(this.#judgedSettings(), this.#moment());
    this.deliveries.configure(settings);
    this.#history.retain(retentionOf(settings.monitoring));
    this.#fed.configure(settings);
    void this.#collectorsPlan.configure(settings);
  }

  async #addSource(source: NewScriptSource, checks: boolean): Promise<void> {
    const { settings, revision } = this.#keeper.view();
    const rules = checks ? [...settings.rules, violationsRule(source.name, settings.rules)] : settings.rules;
    await this.settings.change({ ...settings, sources: [...settings.sources, source], rules }, revision);
  }

  /** What was approved may still wait to become a source, as while a predecessor's file was in force: says so until it is one. */
  #adoptScripts(): void {
    this.scripts
      .adoptApproved()
      .then((problem) => {
        if (this.#stopped === undefined) this.#bulletin.notice('scripts', this.scripts.problem ?? problem);
      })
      .catch((thrown: unknown) =>
        this.#log.error('approved scripts could not be looked at', { error: thrown }),
      );
  }

  #scriptsChanged(): void {
    if (this.#stopped !== undefined) return;
    this.#bulletin.publish({ type: 'scripts' });
    const { settings } = this.#keeper.inForce;
    this.deliveries.hurryCommands();
    this.#adoptScripts();
    void this.#collectorsPlan.configure(settings);
  }
}

/** What a host sent before it is not shown as its newest. */
const restoredMs = 86_400_000;
const restoreAgainMs = 1000;
function levelOf(alerts: Status['alerts'], sampled: boolean, collectors: StageHealth): Level {
  if (alerts.some((alert) => alert.severity === 'critical')) return 'critical';
  if (alerts.length > 0) return 'warning';
  return sampled && collectors.state !== 'degraded' ? 'ok' : 'unknown';
}
