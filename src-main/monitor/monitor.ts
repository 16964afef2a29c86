import { randomBytes } from 'node:crypto';
import { uptime } from 'node:os';
import { secretResolver } from '../base/secrets.ts';
import type { LiveEvent, TimeLost } from '../contract/event.ts';
import type { Kinds } from '../contract/kind.ts';
import type { Reading } from '../contract/sample.ts';
import type { DestinationSettings, Settings } from '../contract/settings.ts';
import type { StageHealth, StageName, Status } from '../contract/status.ts';
import { Backtests } from './replay/backtests.ts';
import { AlertCharts } from './evidence/alert-charts.ts';
import { Board } from './board.ts';
import { Bulletin } from './bulletin.ts';
import type { Downtimes } from './judging/downtimes.ts';
import { Judging } from './judging/judging.ts';
import { askHub, ruleHubIn } from './hub-rules/ask-hub.ts';
import type { HandedRules } from './hub-rules/handed-rules.ts';
import { RulesFromHub } from './hub-rules/hub-rules.ts';
import { HistoryLink, retentionOf } from './stages/history-link.ts';
import type { HostFleet } from './hosts/fleet.ts';
import type { Hosts } from './hosts/hosts.ts';
import type { Post, PostHead, PostedColumns, Receipt } from './hosts/ingest.ts';
import { Reception } from './hosts/reception.ts';
import { lastMessageIn } from './sending/last-message.ts';
import { Deliveries } from './sending/deliveries.ts';
import { databaseAccess, spawnOnDatabase } from './stages/history-spawn.ts';
import { describeKinds } from './kinds.ts';
import type { Monitor, Receiving } from './monitor-api.ts';
import type { MonitorOptions } from './monitor-options.ts';
import { networkNotice } from './sending/network-notice.ts';
import { Overview } from './overview.ts';
import { RecordLogs, recordLogsIn } from './records/record-logs.ts';
import { SecretKeeper } from './settings/secret-keeper.ts';
import { Reports } from './reports/reports.ts';
import { SelfWatch } from './self-watch.ts';
import { Sampling } from './sampling.ts';
import type { Scripts } from './scripts/scripts.ts';
import { SettingsEditor } from './settings/editor.ts';
import { SettingsKeeper } from './settings/keeper.ts';
import { SettingsDesk } from './settings/settings-api.ts';
import type { AccessStore } from './state/access-store.ts';
import { openState } from './state/state.ts';
import type { State } from './state/state.ts';
import type { AlertDesk } from './records/alerts-api.ts';
import { RunningHistory } from './records/history-api.ts';
import { StoredSeries } from './records/series-api.ts';
import { shareEvaluation } from './sharing/share-evaluation.ts';
import type { Sharing } from './sharing/sharing.ts';
import { TimeWatch } from './time-watch.ts';
import { Trials } from './trials.ts';

/**
 * Opens everything and starts sampling. Throws `already_running`, `invalid_settings` and the errors of `openState`,
 * after ending whatever was started.
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

/** All stages, connected; every method of an interface ends here. */
class RunningMonitor implements Monitor {
  readonly version: string;
  readonly access: AccessStore;
  readonly settings: SettingsDesk;
  readonly scripts: Scripts;
  readonly hosts: Hosts;
  readonly fleet: HostFleet;
  readonly handedRules: HandedRules;
  readonly hubRules: RulesFromHub;
  readonly downtimes: Downtimes;
  readonly alerts: AlertDesk;
  readonly deliveries: Deliveries;
  readonly history: RunningHistory;
  readonly series: StoredSeries;
  readonly backtests: Backtests;
  readonly reports: Reports;
  readonly trials: Trials;
  readonly #options: MonitorOptions;
  readonly #uplinks: readonly DestinationSettings[];
  readonly #state: State;
  readonly #keeper: SettingsKeeper;
  readonly #secrets: SecretKeeper;
  readonly #bulletin: Bulletin;
  readonly #board = new Board();
  readonly #timeWatch: TimeWatch;
  readonly #history: HistoryLink;
  readonly #sampling: Sampling;
  readonly #selfWatch: SelfWatch;
  /** Divides the sending hosts among hubs with the same database; null if there is none. */
  readonly #sharing: Sharing | null;
  readonly #reception: Reception;
  readonly #judging: Judging;
  readonly #overview: Overview;
  readonly #recordLogs: RecordLogs | null;
  #stopped: Promise<void> | undefined;

  constructor(options: MonitorOptions, state: State, keeper: SettingsKeeper) {
    const { version, host, settingsStore, env, spawn, notifier, clock, log, logDirectory } = options;
    const { directory } = settingsStore;
    const uptimeMs = options.uptime ?? (() => uptime() * 1000);
    const bulletin = new Bulletin(clock, log);
    const { publish, notice } = bulletin;
    const refresh = () => publish({ type: 'refresh' });
    const settings = () => keeper.inForce.settings;
    const newId = () => randomBytes(8).toString('hex');
    this.version = version;
    this.access = state.access;
    this.#options = options;
    this.#uplinks = options.uplink === undefined ? [] : [options.uplink];
    this.#state = state;
    this.#keeper = keeper;
    this.#bulletin = bulletin;
    this.#secrets = new SecretKeeper(options.secretStore, clock);
    this.#secrets.holdInMemory(keeper.secrets);
    const secret = secretResolver({ env, directory, store: this.#secrets });
    this.settings = new SettingsDesk({
      keeper,
      editor: new SettingsEditor({ keeper, secrets: this.#secrets, secret, env, directory }),
      onChange: () => this.#takeOver(),
      notice,
    });
    this.#timeWatch = new TimeWatch({ clock, uptime: uptimeMs, onLost: (lost) => this.#loseTime(lost) });
    const moment = () => this.#timeWatch.moment();

    // --- where readings come from, and where they are stored ---

    const onHealth = (health: StageHealth) => {
      log.info('stage', { ...health });
      publish({ type: 'stage', stage: health });
    };
    const { database } = settings();
    const where = { secret, directory, clock };
    const history = new HistoryLink(
      {
        spawn: database === undefined ? spawn : spawnOnDatabase(spawn, { database, ...where }),
        ...{ clock, onHealth, onNotice: notice },
        onCost: (cpuMs) => this.#selfWatch.report('history', cpuMs),
      },
      retentionOf(settings().monitoring),
    );
    this.#history = history;
    this.history = new RunningHistory(history);
    this.series = new StoredSeries((question, ask, signal) => history.ask(question, ask, signal), host);
    this.#sampling = new Sampling({
      ...{ host, dataDirectory: options.directory, scriptFolder: options.scriptFolder, directory },
      ...{ spawn, clock, log, secret, keeper, settings: this.settings, state, board: this.#board },
      ...{ bulletin, onHealth },
      onReading: (reading, missedRuns) => {
        this.#timeWatch.look();
        this.#judging.pipeline.take(reading, missedRuns, moment());
      },
      onCost: (cpuMs) => this.#selfWatch.report('collectors', cpuMs),
      onScripts: () => this.deliveries.hurryCommands(),
    });
    const { collectors, run } = this.#sampling;
    this.scripts = this.#sampling.scripts;
    this.#selfWatch = new SelfWatch({
      ...{ host, clock },
      stages: () => [collectors.health, history.health],
      destinations: () => this.deliveries.health(),
      lostAfterMs: () => settings().monitoring.destinationAlertSeconds * 1000,
      networkUp: () => collectors.networkUp,
      onCost: (ownCost) => publish({ type: 'own-cost', ownCost }),
      onReading: (reading) => this.#lookAround(reading),
    });

    // --- other machines ---

    const sharing =
      database === undefined
        ? null
        : shareEvaluation({
            ...{ host, clock, log, state, bulletin, moment },
            access: () => databaseAccess({ database, ...where }),
            here: () => ({
              ...{ hosts: this.hosts, ingest: this.#reception.ingest },
              ...{ judging: this.#judging, deliveries: this.deliveries },
            }),
          });
    this.#sharing = sharing;
    this.#reception = new Reception({
      ...{ host, version, clock, settings, store: state.hosts, sharing, history, bulletin },
      isHub: options.isHub ?? false,
      newest: (metric) => this.#board.newest(metric),
      firing: () => this.#judging.firing(),
      judge: (reading) => {
        this.#timeWatch.look();
        this.#judging.pipeline.takeSent(reading, moment());
      },
      onChoiceChanged: () => {
        this.#judging.pipeline.configure(this.#judgedSettings(), moment());
        refresh();
      },
    });
    ({ hosts: this.hosts, fleet: this.fleet, handedRules: this.handedRules } = this.#reception);
    // Another hub may have taken them over; their state is in the database.
    if (sharing !== null && this.receiving.isOn) state.leave((other) => other !== host);
    this.hubRules = new RulesFromHub({
      ...{ host, directory: options.directory, clock, log },
      ask: (hub, asked, signal) => askHub(hub, asked, { directory, secret }, signal),
      onChange: () => {
        this.#judging.configure(this.#judgedSettings());
        publish({ type: 'settings', revision: keeper.view().revision });
        refresh();
      },
      notice: (message) => notice('hub-rules', message),
    });

    // --- evaluation ---

    this.#judging = new Judging({
      ...{ host, clock, log, uptime: uptimeMs, moment, settings, desk: this.settings, state, sharing },
      ...{ board: this.#board, hosts: this.hosts, history, collectors, bulletin, newId },
      keep: (reading) => {
        history.append(reading);
        this.deliveries.take(reading);
      },
      deliver: () => this.deliveries.poke(),
      destinations: () => this.deliveries.health(),
    });
    ({ downtimes: this.downtimes, alerts: this.alerts } = this.#judging);

    // --- announcements ---

    const { draw } = new AlertCharts({
      ...{ spawn, clock, log },
      ask: (query, signal) => history.ask('ranges', query, signal),
    });
    this.deliveries = new Deliveries({
      ...{ host, version, dataDirectory: options.directory, directory, clock, log, secret, state, settings },
      ...{ newId, notice, run, draw, uplinks: this.#uplinks },
      ...(notifier === undefined ? {} : { notifier }),
      judged: () => this.hubRules.judged,
      readReport: (report, file) => this.reports.file(report, file),
      onChange: (delivery) => {
        sharing?.mark(delivery);
        publish({ type: 'delivery', delivery });
      },
    });
    this.reports = new Reports({
      ...{ dataDirectory: options.directory, settingsDirectory: directory },
      ...{ env, clock, log, spawn, settings, notice },
      sources: () => ({
        ...{ host, version, now: clock.now(), settings: settings() },
        ask: (question, ask, signal) => history.ask(question, ask, signal),
        alerts: (filter) => this.alerts.list(filter),
        deliveries: (filter) => this.deliveries.list(filter),
      }),
      send: (delivery, note) => this.deliveries.sendReport(delivery, note),
    });
    this.#recordLogs =
      logDirectory === undefined
        ? null
        : new RecordLogs({
            ...{ host, clock, settings, open: recordLogsIn(logDirectory) },
            contextOf: (alertId) => state.alerts.contexts(alertId).at(-1),
          });
    bulletin.subscribe((event) => this.#recordLogs?.hear(event));

    // --- queries and commands ---

    this.#overview = new Overview({
      ...{ host, version, clock, settings, board: this.#board, judging: this.#judging, bulletin },
      collectors: () => collectors.health,
      history: () => history.health,
      cost: () => this.#selfWatch.cost,
    });
    this.backtests = new Backtests({
      ...{ host, clock, settings },
      tagsOfHost: (name) => this.hosts.tagsOf(name),
      ask: (question, ask) => history.ask(question, ask),
    });
    this.trials = new Trials({
      ...{ host, version, clock, env, directory, store: this.#secrets, notifier: notifier ?? null },
      ...{ run, draw, settings, latest: () => this.#board.latest() },
      lastMessage: () => lastMessageIn(state.alerts, settings()),
      sample: (source) => this.#sampling.sample(source),
    });
  }

  start(): void {
    const { notice } = this.#bulletin;
    notice('state-start', this.#state.notice);
    notice('settings-start', this.#keeper.noticeAtStart);
    this.settings.notice();
    // First, so that nothing is logged at the wrong level.
    this.#setLogLevel();
    this.#history.start();
    this.#sampling.start();
    notice('downtimes', this.downtimes.problem);
    this.#apply();
    this.#judging.start();
    this.#sampling.adoptScripts();
    this.scripts.start();
    void this.reports.start();
    this.#selfWatch.start();
    void this.#reception.restore();
    this.#share();
  }

  status(): Status {
    return this.#overview.status();
  }

  metricsPage(): string {
    return this.#overview.metricsPage();
  }

  kinds(): Kinds {
    return describeKinds();
  }

  reload(): Promise<void> {
    return this.settings.reload();
  }

  listeningChanged(notice: string | null): void {
    this.#bulletin.notice('listening', notice);
    this.#bulletin.publish({ type: 'listening' });
  }

  notice(id: string, message: string | null): void {
    this.#bulletin.notice(id, message);
  }

  push(source: string, values: ReadonlyMap<string, number>, unit?: string): void {
    this.#sampling.push(source, values, unit);
  }

  get receiving(): Receiving {
    return this.#reception.receiving;
  }

  receive(post: Post): Promise<Receipt> {
    return this.#reception.ingest.take(post);
  }

  receiveColumns(post: PostHead, columns: PostedColumns): Promise<Receipt> {
    return this.#reception.ingest.takeColumns(post, columns);
  }

  restartStage(stage: StageName): void {
    if (stage === 'collectors') this.#sampling.collectors.retry();
    else this.#history.retry();
  }

  subscribe(listener: (event: LiveEvent) => void, listens?: 'window'): () => void {
    const end = this.#bulletin.subscribe(listener);
    if (listens === undefined) return end;
    const close = this.#sampling.collectors.watch();
    return () => {
      end();
      close();
    };
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    this.#selfWatch.stop();
    this.#judging.stop();
    this.#reception.stop();
    await this.deliveries.stop(this.#sampling.stop());
    await this.hubRules.stop();
    await this.#history.stop();
    await this.#secrets.close();
    this.#judging.close();
    this.hosts.save();
    await this.#sharing?.stop();
    await this.#recordLogs?.stop();
    this.#bulletin.close();
    this.#state.close();
  }

  /** Everything that is done every ten seconds, with Plimsoll's samples of itself. */
  #lookAround(reading: Reading): void {
    const { pipeline } = this.#judging;
    this.#overview.noteOwn(reading);
    this.#timeWatch.look();
    pipeline.settle();
    pipeline.takeOwn(reading, this.#timeWatch.moment());
    for (const one of this.hosts.passTime()) pipeline.takeOwn(one, this.#timeWatch.moment());
    this.#recordLogs?.noteOwn(reading);
    this.#judging.passTime();
    this.deliveries.look();
    this.reports.passTime(this.#options.clock.now());
    this.#reception.lookForAgents();
    const { networkUp } = this.#sampling.collectors;
    this.#bulletin.notice('state-file', this.#state.look(this.#options.clock.monotonic()));
    this.#bulletin.notice('network', networkNotice(networkUp, this.#board.health()));
  }

  /** Every stage is told, and rates start anew. */
  #loseTime(lost: TimeLost): void {
    this.#options.log.info('time was lost', { ...lost });
    if (lost.cause !== 'clock_set') this.#sampling.collectors.timeLost();
    this.#judging.timeLost(lost);
    this.#bulletin.publish({ type: 'time-lost', lost });
  }

  /**
   * Puts the keeper's settings in force and announces it. Settings that are saved during the shutdown wait for the next
   * start.
   */
  #takeOver(): void {
    if (this.#stopped !== undefined) return;
    this.#apply();
    this.#share();
    this.#sampling.adoptScripts();
    this.settings.notice();
    const { revision } = this.#keeper.view();
    this.#options.log.info('settings', { revision });
    this.#bulletin.publish({ type: 'settings', revision });
    this.#bulletin.publish({ type: 'refresh' });
  }

  #apply(): void {
    const { settings } = this.#keeper.inForce;
    this.#setLogLevel();
    this.#secrets.holdInMemory(this.#keeper.secrets);
    this.#secrets.keep(this.#keeper.settings);
    this.hubRules.configure(settings, ruleHubIn([...this.#uplinks, ...settings.destinations]));
    this.#judging.configure(this.#judgedSettings());
    this.deliveries.configure(settings);
    this.#history.retain(retentionOf(settings.monitoring));
    this.#sampling.configure(settings);
  }

  #setLogLevel(): void {
    this.#options.setLogLevel?.(this.#keeper.inForce.settings.monitoring.logLevel);
  }

  /** Including a hub's rules. */
  #judgedSettings(): Settings {
    return this.hubRules.joinedTo(this.#keeper.inForce.settings);
  }

  /** Called when it starts to receive. */
  #share(): void {
    if (this.receiving.isOn) this.#sharing?.start();
  }
}
