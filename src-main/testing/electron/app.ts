import type * as Electron from 'electron';
import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Cancellable } from './cancellable.ts';
import type { Like } from './like.ts';
import { packageFacts } from './package-facts.ts';
import { takeInstanceLock } from './single-instance.ts';

/** A window as `app.quit` sees it. */
interface Closable {
  close(): void;
  destroy(): void;
}

const { name, version } = packageFacts(process.argv[1] ?? '.');

class StandInApp extends EventEmitter {
  readonly isPackaged = false;
  readonly windows = new Set<Closable>();
  name = name;
  userAgentFallback = `${name}/${version}`;
  applicationMenu = null;
  readonly commandLine = {
    appendSwitch: () => undefined,
    appendArgument: () => undefined,
    removeSwitch: () => undefined,
    hasSwitch: (wanted: string) => switchValue(wanted) !== undefined,
    getSwitchValue: (wanted: string) => switchValue(wanted) ?? '',
  };
  readonly #paths = new Map<string, string>();
  #loginItem: Electron.Settings = {};
  #isReady = false;
  #isQuitting = false;
  #hasLock = false;

  constructor() {
    super();
    this.setMaxListeners(0);
    setTimeout(() => {
      this.#isReady = true;
      this.emit('will-finish-launching');
      this.emit('ready', new Cancellable(), {});
    }, 20);
    // An application that listens for a signal itself takes it out of Electron's hands.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (process.listenerCount(signal) === 1) this.quit();
      });
    }
  }

  isReady(): boolean {
    return this.#isReady;
  }

  whenReady(): Promise<void> {
    return this.#isReady
      ? Promise.resolve()
      : new Promise((done) => {
          this.once('ready', () => done());
        });
  }

  getName(): string {
    return this.name;
  }

  setName(to: string): void {
    this.name = to;
  }

  getVersion(): string {
    return version;
  }

  getAppPath(): string {
    return dirname(resolve(process.argv[1] ?? '.'));
  }

  getLocale(): string {
    return 'en-US';
  }

  getSystemLocale(): string {
    return 'en-US';
  }

  getPreferredSystemLanguages(): string[] {
    return ['en-US'];
  }

  getPath(wanted: string): string {
    const home = process.env['HOME'] ?? homedir();
    const appData = process.env['XDG_CONFIG_HOME'] ?? join(home, '.config');
    const userData = () => switchValue('user-data-dir') ?? join(this.getPath('appData'), this.name);
    const usual: Record<string, () => string> = {
      home: () => home,
      appData: () => appData,
      userData,
      sessionData: () => this.getPath('userData'),
      temp: () => tmpdir(),
      exe: () => process.execPath,
      logs: () => join(this.getPath('userData'), 'logs'),
      crashDumps: () => join(this.getPath('userData'), 'Crashpad'),
    };
    const path = this.#paths.get(wanted) ?? usual[wanted]?.();
    if (path === undefined) throw new Error(`Failed to get '${wanted}' path`);
    return path;
  }

  setPath(what: string, path: string): void {
    this.#paths.set(what, path);
  }

  setAppLogsPath(path?: string): void {
    if (path !== undefined) this.#paths.set('logs', path);
  }

  requestSingleInstanceLock(data?: Parameters<Electron.App['requestSingleInstanceLock']>[0]): boolean {
    const folder = this.getPath('userData');
    mkdirSync(folder, { recursive: true });
    const note = { argv: process.argv, workingDirectory: process.cwd(), data: data ?? null };
    this.#hasLock ||= takeInstanceLock(folder, note, (second) =>
      this.emit('second-instance', new Cancellable(), second.argv, second.workingDirectory, second.data),
    );
    return this.#hasLock;
  }

  hasSingleInstanceLock(): boolean {
    return this.#hasLock;
  }

  quit(): void {
    if (this.#isQuitting) return;
    const before = new Cancellable();
    this.emit('before-quit', before);
    if (before.defaultPrevented) return;
    this.#isQuitting = true;
    if (this.windows.size === 0) this.#willQuit();
    for (const window of [...this.windows]) window.close();
  }

  exit(code = 0): void {
    this.#isQuitting = true;
    for (const window of [...this.windows]) window.destroy();
    this.emit('quit', new Cancellable(), code);
    process.exit(code);
  }

  /** Called by a window whose `close` was prevented: it stays, and so does the application. */
  keepRunning(): void {
    this.#isQuitting = false;
  }

  /** Called by a window that is gone. */
  windowGone(window: Closable): void {
    if (!this.windows.delete(window) || this.windows.size > 0) return;
    if (this.#isQuitting) this.#willQuit();
    else if (!this.emit('window-all-closed')) this.quit();
  }

  #willQuit(): void {
    const event = new Cancellable();
    this.emit('will-quit', event);
    if (event.defaultPrevented) {
      this.#isQuitting = false;
      return;
    }
    this.emit('quit', new Cancellable(), 0);
    process.exit(0);
  }

  setLoginItemSettings(settings: Electron.Settings): void {
    this.#loginItem = settings;
  }

  getLoginItemSettings(): Electron.LoginItemSettings {
    const opens = this.#loginItem.openAtLogin ?? false;
    return {
      openAtLogin: opens,
      wasOpenedAtLogin: false,
      status: opens ? 'enabled' : 'not-registered',
      executableWillLaunchAtLogin: opens,
      launchItems: [],
    };
  }

  getAppMetrics(): Electron.ProcessMetric[] {
    return [];
  }

  relaunch(): void {}
  focus(): void {}
  hide(): void {}
  show(): void {}
  enableSandbox(): void {}
  disableHardwareAcceleration(): void {}
  setAppUserModelId(): void {}
  setAboutPanelOptions(): void {}
  setBadgeCount(): boolean {
    return false;
  }
}

function switchValue(wanted: string): string | undefined {
  const found = process.argv.find((word) => word === `--${wanted}` || word.startsWith(`--${wanted}=`));
  return found?.slice(wanted.length + 3);
}

export const app = new StandInApp();
app satisfies Like<Electron.App, 'getPath' | 'setPath' | 'applicationMenu'>;
