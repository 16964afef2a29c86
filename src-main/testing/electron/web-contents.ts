import type * as Electron from 'electron';
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { app } from './app.ts';
import { Cancellable } from './cancellable.ts';
import { answer, display } from './display-line.ts';
import type { Like } from './like.ts';
import type { Size } from './questions.ts';
import { grantedPermissions, session } from './session.ts';
import { StandInFrame } from './web-frame-main.ts';

const all = new Map<number, StandInWebContents>();

/** The contents of a window that is open. Throws for one that is not. */
export function webContentsOf(id: number): StandInWebContents {
  const found = all.get(id);
  if (found === undefined) throw new Error(`there is no window ${id}`);
  return found;
}

export class StandInWebContents extends EventEmitter {
  readonly id: number;
  readonly session = session.defaultSession;
  readonly mainFrame: StandInFrame;
  /** What the window was opened with; Electron shows its own through `getLastWebPreferences`. */
  readonly #preferences: Electron.WebPreferences;
  #opened: Promise<void>;
  #openHandler: ((details: Electron.HandlerDetails) => { action: string }) | undefined;
  #isDestroyed = false;
  #isCrashed = false;
  #isLoading = false;

  constructor(id: number, preferences: Electron.WebPreferences, size: Size, visible: boolean) {
    super();
    this.id = id;
    this.mainFrame = new StandInFrame(id, '', null);
    this.#preferences = preferences;
    all.set(id, this);
    const preload = this.#readPreload(preferences.preload);
    const args = preferences.additionalArguments ?? [];
    this.#opened = display.open(id, { ...size, preload, args, visible });
    this.#opened.catch(() => undefined);
    app.emit('web-contents-created', new Cancellable(), this);
  }

  /** Electron shows a window whose preload script is missing all the same, and says so. */
  #readPreload(path: string | undefined): string | null {
    if (path === undefined) return null;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      console.error(`Unable to load preload script: ${path}\n${String(error)}`);
      setImmediate(() => this.emit('preload-error', new Cancellable(), path, error));
      return null;
    }
  }

  getLastWebPreferences(): Electron.WebPreferences {
    return this.#preferences;
  }

  getURL(): string {
    return this.mainFrame.url;
  }

  getTitle(): string {
    return '';
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  isCrashed(): boolean {
    return this.#isCrashed;
  }

  isLoading(): boolean {
    return this.#isLoading;
  }

  isLoadingMainFrame(): boolean {
    return this.#isLoading;
  }

  getOSProcessId(): number {
    return this.#isCrashed ? 0 : process.pid;
  }

  async loadURL(url: string): Promise<void> {
    this.mainFrame.url = url;
    this.#isLoading = true;
    this.#isCrashed = false;
    this.emit('did-start-loading');
    await this.#opened;
    try {
      await display.load(this.id, url, grantedPermissions(this, url));
      this.#isLoading = false;
    } catch (thrown) {
      this.#isLoading = false;
      if (this.#isDestroyed) return;
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      this.emit('did-fail-load', new Cancellable(), -2, message, url, true, 1, 1);
      throw thrown;
    }
  }

  reload(): void {
    this.#isLoading = true;
    this.#isCrashed = false;
    display.reload(this.id).catch(() => undefined);
  }

  reloadIgnoringCache(): void {
    this.reload();
  }

  send(channel: string, ...args: unknown[]): void {
    if (this.#isDestroyed) throw new TypeError('Object has been destroyed');
    // Electron throws here too when something cannot be cloned.
    const plain = structuredClone(args);
    if (!this.#isCrashed) display.send(this.id, channel, plain).catch(() => undefined);
  }

  executeJavaScript(code: string): Promise<unknown> {
    return display.run(this.id, code);
  }

  forcefullyCrashRenderer(): void {
    display.crash(this.id).catch(() => undefined);
  }

  setWindowOpenHandler(
    handler: (details: Electron.HandlerDetails) => Electron.WindowOpenHandlerResponse,
  ): void {
    this.#openHandler = handler;
  }

  focus(): void {}
  openDevTools(): void {}
  closeDevTools(): void {}
  isDevToolsOpened(): boolean {
    return false;
  }
  setZoomFactor(): void {}
  setZoomLevel(): void {}
  setVisualZoomLevelLimits(): Promise<void> {
    return Promise.resolve();
  }
  setBackgroundThrottling(): void {}
  setUserAgent(): void {}
  invalidate(): void {}
  stop(): void {}

  /** The page wants to go elsewhere. */
  mayNavigate(url: string): boolean {
    const details = Object.assign(new Cancellable(), {
      url,
      isMainFrame: true,
      isSameDocument: false,
      frame: this.mainFrame,
      initiator: this.mainFrame,
    });
    this.emit('will-frame-navigate', details);
    if (!details.defaultPrevented) this.emit('will-navigate', details, url, false, true, 1, 1);
    return !details.defaultPrevented;
  }

  /** The page wants a window. Without a handler Electron opens one. */
  mayOpen(url: string): boolean {
    const response = this.#openHandler?.({
      url,
      frameName: '',
      features: '',
      disposition: 'foreground-tab',
      referrer: { url: this.mainFrame.url, policy: 'no-referrer' },
    });
    return response === undefined || response.action !== 'deny';
  }

  loaded(url: string): void {
    this.mainFrame.url = url;
    this.#isLoading = false;
    this.emit('did-navigate', new Cancellable(), url, 200, 'OK');
    this.emit('dom-ready', new Cancellable());
    this.emit('did-frame-finish-load', new Cancellable(), true, 1, 1);
    this.emit('did-finish-load');
    this.emit('did-stop-loading');
  }

  moved(url: string): void {
    this.mainFrame.url = url;
    this.emit('did-navigate-in-page', new Cancellable(), url, true, 1, 1);
  }

  crashed(): void {
    this.#isCrashed = true;
    const details = { reason: 'crashed', exitCode: 5 };
    this.emit('render-process-gone', new Cancellable(), details);
    app.emit('render-process-gone', new Cancellable(), this, details);
  }

  destroyed(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    all.delete(this.id);
    display.close(this.id).catch(() => undefined);
    this.emit('destroyed');
  }
}

export type WebContentsLike = Like<
  Electron.WebContents,
  'mainFrame' | 'session' | 'send' | 'getLastWebPreferences' | 'executeJavaScript'
>;
null as unknown as StandInWebContents satisfies WebContentsLike;

answer({
  navigate: (window, url) => webContentsOf(window).mayNavigate(url),
  popup: (window, url) => webContentsOf(window).mayOpen(url),
  loaded: (window, url) => all.get(window)?.loaded(url),
  moved: (window, url) => all.get(window)?.moved(url),
  crashed: (window) => all.get(window)?.crashed(),
  said: (window, level, message) =>
    void all.get(window)?.emit('console-message', Object.assign(new Cancellable(), { level, message })),
});
