import { randomBytes } from 'node:crypto';
import { isPaused } from '../alerts/announce.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { ScheduledSource } from '../collectors/messages.ts';
import { PlimsollError, messageOf } from '../contract/error.ts';
import type { LiveEvent } from '../contract/event.ts';
import type { Spawn } from '../contract/port.ts';
import type { Reading } from '../contract/sample.ts';
import type { Settings } from '../contract/settings.ts';
import type { Level, OwnCost, StageHealth, Status } from '../contract/status.ts';
import { destinationKind } from '../deliveries/destination-kinds.ts';
import { Outbox } from '../deliveries/outbox.ts';
import { Board, intervalOf } from './board.ts';
import { CollectorsLink } from './collectors-link.ts';
import { HistoryLink } from './history-link.ts';
import { Judge } from './judge.ts';
import type { Moment } from './judge.ts';
import { describeKinds } from './kinds.ts';
import type { AlertDetail, MonitorApi } from './monitor-api.ts';
import { OwnCostMeter } from './own-cost.ts';
import { ownReading } from './own-source.ts';
import { Pipeline } from './pipeline.ts';
import { SettingsKeeper } from './settings-keeper.ts';
import type { SettingsStore } from './settings-store.ts';
import { openState } from './state.ts';

const ownIntervalMs = 10_000;

export interface MonitorOptions {
  version: string;
  /** The name under which this machine's samples are kept. */
  host: string;
  /** The data directory. Opening the monitor takes its lock. */
  directory: string;
  settingsStore: SettingsStore;
  /** Whether settings that do not hold are a reason not to start, even where an older copy does. */
  settingsMustHold: boolean;
  spawn: Spawn;
  clock: Clock;
  log: Log;
}

export interface Monitor extends MonitorApi {
  /** Reads the settings again, as after an edit by hand. Throws when they do not hold; the ones before stay in force. */
  reload(): Promise<void>;
  /** Ends all stages, commits what is owed and gives the lock back. Nothing is left running. */
  stop(): Promise<void>;
}

/**
 * Opens everything and starts sampling. Throws `already_running`, `invalid_settings` and what `openState` throws;
 * whatever had been started by then is ended again.
 */
export async function openMonitor(options: MonitorOptions): Promise<Monitor> {
  const { version, host, directory, settingsStore, clock, log } = options;
  const state = openState(directory);
  let keeper: SettingsKeeper;
  try {
    keeper = await SettingsKeeper.open(settingsStore, directory, options.settingsMustHold);
  } catch (thrown) {
    state.close();
    throw thrown;
  }

  const startedAt = clock.now();
  const moment = (): Moment => ({ now: clock.now(), monotonic: clock.monotonic() });
  const newId = () => randomBytes(8).toString('hex');
  const listeners = new Set<(event: LiveEvent) => void>();
  const notices = new Map<string, { id: string; at: number; message: string }>();
  const meter = new OwnCostMeter();
  let ownCost: OwnCost | null = null;

  const publish = (event: LiveEvent) => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (thrown) {
        log.error('a listener of live events failed', { error: thrown });
      }
    }
  };
  const notice = (id: string, message: string | null) => {
    if (message === null ? !notices.delete(id) : notices.get(id)?.message === message) return;
    if (message !== null) {
      notices.set(id, { id, at: clock.now(), message });
      log.warn(message, { notice: id });
    }
    publish({ type: 'refresh' });
  };
  if (state.notice !== null) notice('state-start', state.notice);
  if (keeper.problem !== null) notice('settings', settingsNotice(keeper.problem, settingsStore.location));

  const onHealth = (health: StageHealth) => {
    log.info('stage', { ...health });
    publish({ type: 'stage', stage: health });
  };
  const history = new HistoryLink(
    {
      spawn: options.spawn,
      clock,
      onHealth,
      onNotice: (message) => notice('history', message),
      onCost: (cpuMs) => meter.report('history', cpuMs),
    },
    keeper.settings.monitoring.rawRetentionHours,
  );
  const board = new Board();
  const judge = new Judge(state.tracks(), state.openAlerts(), state.pausedUntil, newId);
  const outbox = new Outbox({
    store: state,
    clock,
    log,
    directory: settingsStore.directory,
    findKind: destinationKind,
    onChange: (delivery) => publish({ type: 'delivery', delivery }),
  });
  const pipeline = new Pipeline(
    {
      board,
      judge,
      state,
      keep: (reading) => history.append(reading),
      deliver: () => outbox.poke(),
      publish,
      notice,
      newId,
      log,
    },
    keeper.settings,
  );
  const collectors = new CollectorsLink({
    host,
    spawn: options.spawn,
    clock,
    onReading: (reading, missedRuns) => pipeline.take(reading, missedRuns, moment()),
    onHealth,
    onCost: (cpuMs) => meter.report('collectors', cpuMs),
  });

  const apply = (settings: Settings) => {
    pipeline.configure(settings, moment());
    outbox.configure(settings.destinations);
    history.retain(settings.monitoring.rawRetentionHours);
    collectors.configure(scheduled(settings), settings.monitoring.maxWorkers);
  };
  const noticeOfCopy = () => {
    notice('settings-copy', keeper.copyProblem === null ? null : copyNotice(keeper.copyProblem));
  };
  noticeOfCopy();
  const changed = () => {
    apply(keeper.settings);
    notice('settings', null);
    noticeOfCopy();
    publish({ type: 'settings', revision: keeper.view().revision });
    publish({ type: 'refresh' });
  };

  const reload = async () => {
    const before = keeper.view().revision;
    try {
      await keeper.reload();
    } catch (thrown) {
      notice('settings', settingsNotice(thrown, settingsStore.location));
      throw thrown;
    }
    if (keeper.view().revision !== before) changed();
    else notice('settings', null);
  };

  const alert = (id: string): AlertDetail => {
    const found = judge.firing().find((firing) => firing.id === id) ?? state.alert(id);
    if (found === undefined) throw new PlimsollError('not_found', `There is no alert ${id}.`);
    return { alert: found, transitions: state.transitions(id), deliveries: state.deliveriesOf(id) };
  };

  let cancelOwn: () => void = () => undefined;
  const watchItself = () => {
    pipeline.settle();
    const pids = [process.pid, collectors.health.pid, history.health.pid].filter((pid) => pid !== null);
    const { now, monotonic } = moment();
    ownCost = meter.measure(pids, now, monotonic);
    publish({ type: 'own-cost', ownCost });
    const reading: Reading = ownReading(host, ownCost, [collectors.health, history.health]);
    pipeline.takeOwn(reading, { now, monotonic });
    cancelOwn = clock.after(ownIntervalMs, watchItself);
  };

  history.start();
  collectors.start();
  apply(keeper.settings);
  watchItself();

  return {
    version,
    access: state,
    kinds: describeKinds,
    status(): Status {
      const alerts = judge.firing();
      const stages = [collectors.health, history.health];
      return {
        version,
        host,
        at: clock.now(),
        startedAt,
        level: levelOf(alerts, board.latest().length > 0, collectors.health),
        sources: board.health(),
        latest: board.latest(),
        rules: judge.statuses(),
        alerts,
        stages,
        ownCost,
        pausedUntil: isPaused(judge.pausedUntil, clock.now()) ? judge.pausedUntil : null,
        notices: [...notices.values()],
      };
    },
    history: (query) => history.ask('range', query),
    alerts: (filter) => state.alerts(filter),
    alert,
    acknowledge(id, note) {
      pipeline.acknowledge(id, note, moment());
      return alert(id);
    },
    snooze(id, until) {
      checkAhead(until, clock.now());
      pipeline.snooze(id, until, moment());
      return alert(id);
    },
    pause(until) {
      if (until !== null) checkAhead(until, clock.now());
      state.pausedUntil = until;
      judge.pause(until);
      publish({ type: 'refresh' });
    },
    deliveries: (filter) => state.deliveries(filter),
    settings: () => keeper.view(),
    async changeSettings(content, revision) {
      try {
        await keeper.change(content, revision);
      } catch (thrown) {
        // The document was edited meanwhile: what is in it now is what the next change must start from.
        if (thrown instanceof PlimsollError && thrown.code === 'conflict')
          await reload().catch(() => undefined);
        throw thrown;
      }
      changed();
      return keeper.view();
    },
    restartStage(stage) {
      if (stage === 'collectors') collectors.retry();
      else history.retry();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reload,
    async stop() {
      cancelOwn();
      await Promise.all([collectors.stop(), outbox.stop()]);
      await history.stop();
      pipeline.settle();
      listeners.clear();
      state.close();
    },
  };
}

const farthestAheadMs = 30 * 86_400_000;

function checkAhead(until: number, now: number): void {
  if (until > now && until <= now + farthestAheadMs) return;
  throw new PlimsollError('invalid_request', 'The time must lie ahead, by 30 days at most.', {
    problems: [{ path: 'until', message: 'must lie ahead, by 30 days at most' }],
  });
}

function scheduled(settings: Settings): ScheduledSource[] {
  return settings.sources
    .filter((source) => source.enabled)
    .map((source) => {
      const { name, kind, enabled: _enabled, intervalSeconds: _interval, ...options } = source;
      return { name, kind, intervalSeconds: intervalOf(source, settings), options };
    });
}

function levelOf(alerts: Status['alerts'], sampled: boolean, collectors: StageHealth): Level {
  if (alerts.some((alert) => alert.severity === 'critical')) return 'critical';
  if (alerts.length > 0) return 'warning';
  return sampled && collectors.state !== 'degraded' ? 'ok' : 'unknown';
}

/** Says what is wrong with the settings, and where, as far as that is known. */
function copyNotice(problem: PlimsollError): string {
  return `The settings are in force, but no copy could be kept for a start when their file is bad: ${problem.message}`;
}

function settingsNotice(problem: unknown, location: string | null): string {
  const [first] = problem instanceof PlimsollError ? problem.problems : [];
  const place = first?.line === undefined ? '' : `:${first.line}:${first.column ?? 1}`;
  return `The settings are not in force, the last good ones are. ${location ?? 'Settings'}${place}: ${messageOf(problem)}`;
}
