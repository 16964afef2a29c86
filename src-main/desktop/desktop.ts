import { app, safeStorage } from 'electron';
import ElectronStore from 'electron-store';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Access } from '../api/access.ts';
import { createApi } from '../api/app.ts';
import { shortIngest } from '../api/short-ingest.ts';
import { childArguments } from '../base/child-arguments.ts';
import { entryPath, ownVersion } from '../base/built.ts';
import type { Clock } from '../base/clock.ts';
import type { Log, OpenLog } from '../base/log.ts';
import type { DesktopFacts } from '../contract/desktop-bridge.ts';
import { removeOwner, writeOwner } from '../hub/owner.ts';
import { listenOnSocket } from '../hub/socket.ts';
import { StaticFiles } from '../hub/static-files.ts';
import { endLeftRuns } from '../monitor/stages/left-runs.ts';
import { openMonitor } from '../monitor/monitor.ts';
import type { Monitor } from '../monitor/monitor-api.ts';
import { describeAlert } from './alert-words.ts';
import { Bridge } from './bridge.ts';
import { denyByDefault } from './hardening.ts';
import { LoginItem } from './login-item.ts';
import { MainWindow } from './main-window.ts';
import { setMenuBar } from './menu-bar.ts';
import { menuChoices } from './menu-choices.ts';
import { DesktopNotifier } from './notifications.ts';
import { PanelWatch } from './panel-watch.ts';
import { Popover } from './popover.ts';
import { watchPower } from './power.ts';
import { serveInterface } from './protocol.ts';
import { Receiving } from './receiving.ts';
import { Secrets, whenOpen } from './secrets.ts';
import { electronStoreOptions, SettingsGuard } from './settings-guard.ts';
import { spawnAsUtility } from './spawn.ts';
import { TrayDoor } from './tray-door.ts';
import { isWayland } from './tray-host.ts';
import { wordsFor } from './words.ts';

export interface DesktopOptions {
  /** Directory of settings, data and logs. */
  directory: string;
  /** Opens no window, as for a start at login. */
  hidden: boolean;
  clock: Clock;
  log: OpenLog;
  logDirectory: string;
  onQuit(): void;
}

/** The running application. */
export interface Desktop {
  /** Shows the main window, after a second start or a click on the dock. */
  show(): void;
  /** Closes everything, ends all children and releases the directory. No process keeps running. */
  stop(): Promise<void>;
  /** Kills the children at once, when this process is about to end without an orderly stop. */
  killChildren(): void;
}

/**
 * Assembles the application: the engine with its children, the bridge, windows, tray and notifications. Only after
 * Electron is ready. Throws what `openMonitor` throws, after stopping everything it had started.
 */
export async function openDesktop(options: DesktopOptions): Promise<Desktop> {
  const { directory, clock, log, logDirectory, onQuit } = options;
  const platform = process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux';
  const words = () => wordsFor(app.getPreferredSystemLanguages());
  const scriptFolder = join(directory, 'metrics');
  const children = spawnAsUtility({
    entryPath,
    env: process.env,
    clock,
    log,
    argumentsFor: (entry) => childArguments(entry, { dataDirectory: directory, scriptFolder }),
  });
  const opened = new AsyncDisposableStack();
  const killChildren = () => {
    children.killAll();
    endLeftRuns(directory);
  };
  opened.defer(killChildren);
  try {
    denyByDefault(log);
    const files = new StaticFiles(entryPath('renderer'));
    serveInterface(files);
    setMenuBar(words(), onQuit);

    const settingsStore = await SettingsGuard.open({
      path: join(directory, 'settings.json'),
      openStore: () => new ElectronStore<Record<string, unknown>>(electronStoreOptions(directory)),
      directory,
      now: () => clock.now(),
    });
    if (settingsStore.recovery !== null)
      log.warn('the settings were restored', { ...settingsStore.recovery });
    const isFirstStart = settingsStore.recovery === null && settingsStore.read() === null;
    let secretsKind: DesktopFacts['secrets'] = 'none';
    // The key ring may wait for its owner to unlock it; monitoring must not wait.
    const secrets = Secrets.open({ safeStorage, platform, path: join(directory, 'secrets.json'), clock });
    secrets.then(
      ({ kind }) => (secretsKind = kind),
      (error: unknown) => log.error('secrets cannot be read', { error }),
    );

    const host = hostname();
    const notifier: DesktopNotifier = new DesktopNotifier({
      words,
      clock,
      log,
      describe: (alertId) => describeAlert({ engine, host }, alertId, words()),
      onOpen: (route) => mainWindow.show(route),
      onAcknowledge: (alertId) => act({ do: 'acknowledge', alertId }),
      onSnooze: (alertId, minutes) => act({ do: 'snooze', alertId, until: minutes }),
    });
    opened.defer(() => notifier.close());
    const engine: Monitor = await openMonitor({
      version: ownVersion(),
      host,
      directory,
      settingsStore,
      scriptFolder,
      settingsMustHold: false,
      secretStore: whenOpen(secrets),
      env: process.env,
      spawn: children.spawn,
      notifier,
      clock,
      log,
      logDirectory,
      setLogLevel: log.setLevel,
    });
    opened.defer(() => engine.stop());
    if (isFirstStart) await tellOnThisDesktop(engine, log);

    const access = new Access(engine.access, clock);
    const onUnexpected = (error: unknown): void => log.error('a request failed unexpectedly', { error });
    const api = createApi(engine, access, {
      clock,
      onUnexpected,
      onDenied: (denial) => log.warn('a request was denied', { ...denial }),
      listening: () => receiving.view(),
    });
    const startedAt = clock.now();
    const sayWhere = (address: string | null): Promise<void> =>
      writeOwner(directory, { pid: process.pid, address, socket: socket.path, startedAt }, log);
    const receiving: Receiving = new Receiving({
      ...{ engine, directory, clock, log },
      answer: files.before((request, env) => api.fetch(request, env)),
      ...{ short: shortIngest(engine, access, onUnexpected), onUnexpected },
      onMove: (address) => void sayWhere(address),
    });
    opened.defer(() => receiving.close());
    const socket = await listenOnSocket(
      directory,
      (request, env) => api.fetch(request, env),
      () => void sayWhere(receiving.view().open[0]?.url ?? null),
    );
    opened.defer(() => socket.close());
    opened.defer(() => removeOwner(directory));
    await sayWhere(null);
    void receiving.follow();

    const loginItem = new LoginItem();
    const panel = new PanelWatch({
      ...{ platform, env: process.env, clock, log },
      hasIcon: () => tray.isThere,
    });
    const common = {
      preload: entryPath('preload'),
      icon: join(entryPath('trayImages'), 'window.png'),
      clock,
      log,
    };
    const mainWindow = new MainWindow({ ...common, directory, canHide: () => panel.certainty !== 'none' });
    opened.defer(() => mainWindow.destroy());

    const act = menuChoices({
      ...{ alerts: engine.alerts, loginItem, clock, log },
      showWindow: (route) => mainWindow.show(route),
      showPopover: () => popover.show(),
      quit: onQuit,
      onDone: () => tray.update(),
    });
    const tray = new TrayDoor({
      engine,
      images: entryPath('trayImages'),
      words,
      startsAtLogin: () => loginItem.isOn(),
      clock,
      log,
      onClick: () => popover.toggle(),
      onAction: act,
    });
    opened.defer(() => tray.destroy());
    const wayland = platform === 'linux' && isWayland(process.env);
    const popover = new Popover({ ...common, isAnchored: !wayland, trayBounds: () => tray.bounds });
    opened.defer(() => popover.destroy());

    const facts = (): DesktopFacts => ({
      platform,
      tray: panel.certainty,
      secrets: secretsKind,
      startsAtLogin: loginItem.isOn(),
    });
    const bridge = new Bridge({
      api,
      windows: () => ({ main: mainWindow.window, popover: popover.window }),
      log,
      onAction(action) {
        switch (action.action) {
          case 'open-window':
            popover.hide();
            mainWindow.show(action.route);
            return null;
          case 'hide-popover':
            popover.hide();
            return null;
          case 'facts':
            return facts();
        }
      },
    });
    opened.defer(() => bridge.close());
    opened.defer(
      engine.subscribe((event) => {
        bridge.publish(event);
        tray.hear(event);
      }),
    );
    const catchUp = () => {
      bridge.publish({ type: 'refresh' });
      tray.update();
    };
    opened.defer(watchPower(log, { onAwake: catchUp, onShutdown: onQuit }));

    opened.defer(() => panel.close());
    await panel.look();
    if (!options.hidden) mainWindow.show(null);
    else if (panel.certainty !== 'shown')
      // Where no panel comes, the window is the way in.
      void panel.neverComes().then((isMissing) => {
        if (isMissing) mainWindow.show(null);
      });

    return {
      show: () => mainWindow.show(null),
      stop: () => opened.disposeAsync(),
      killChildren,
    };
  } catch (thrown) {
    await opened.disposeAsync();
    throw thrown;
  }
}

/** Adds desktop notifications at the first start, so that alerts are shown without further setup. */
async function tellOnThisDesktop(engine: Monitor, log: Log): Promise<void> {
  const { settings, revision } = engine.settings.view();
  const desktop = { name: 'desktop', kind: 'desktop', enabled: true };
  const destinations = [desktop, ...settings.destinations];
  await engine.settings.change({ ...settings, destinations }, revision).catch((error: unknown) => {
    log.warn('desktop notifications could not be set up', { error });
  });
}
