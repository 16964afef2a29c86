import type * as Electron from 'electron';
import { EventEmitter } from 'node:events';
import { pathToFileURL } from 'node:url';
import { app } from './app.ts';
import { Cancellable } from './cancellable.ts';
import { display } from './display-line.ts';
import type { Like } from './like.ts';
import { StandInWebContents } from './web-contents.ts';

const all = new Map<number, StandInBrowserWindow>();
let created = 0;
let focused: StandInBrowserWindow | null = null;

/** A window: its options and bounds are kept here, its page is in Chromium. */
export class StandInBrowserWindow extends EventEmitter {
  readonly id: number;
  readonly webContents: StandInWebContents;
  /** What it was made with, for tests that look at every option. */
  readonly madeWith: Electron.BrowserWindowConstructorOptions;
  title: string;
  autoHideMenuBar = false;
  #bounds: Electron.Rectangle;
  #isVisible: boolean;
  #isMinimized = false;
  #isMaximized = false;
  #isFullScreen = false;
  #isAlwaysOnTop: boolean;
  #isDestroyed = false;

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    super();
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready');
    created += 1;
    this.id = created;
    this.madeWith = options;
    this.title = options.title ?? app.name;
    this.#isVisible = options.show ?? true;
    this.#isAlwaysOnTop = options.alwaysOnTop ?? false;
    const { x = 0, y = 0, width = 800, height = 600 } = options;
    this.#bounds = { x, y, width, height };
    all.set(this.id, this);
    app.windows.add(this);
    const preferences = { ...usualPreferences, ...options.webPreferences };
    this.webContents = new StandInWebContents(this.id, preferences, { width, height }, this.#isVisible);
    this.webContents.once('did-finish-load', () => {
      if (!this.#isDestroyed) this.emit('ready-to-show', new Cancellable());
    });
    if (this.#isVisible) this.focus();
    app.emit('browser-window-created', new Cancellable(), this);
  }

  static getAllWindows(): StandInBrowserWindow[] {
    return [...all.values()];
  }

  static getFocusedWindow(): StandInBrowserWindow | null {
    return focused;
  }

  static fromId(id: number): StandInBrowserWindow | null {
    return all.get(id) ?? null;
  }

  static fromWebContents(contents: { id: number }): StandInBrowserWindow | null {
    return all.get(contents.id) ?? null;
  }

  loadURL(url: string): Promise<void> {
    return this.#living().webContents.loadURL(url);
  }

  loadFile(path: string): Promise<void> {
    return this.loadURL(pathToFileURL(path).href);
  }

  show(): void {
    this.showInactive();
    this.focus();
  }

  showInactive(): void {
    this.#living();
    this.#isMinimized = false;
    if (this.#isVisible) return;
    this.#isVisible = true;
    display.show(this.id, true).catch(() => undefined);
    this.emit('show', new Cancellable());
  }

  hide(): void {
    this.#living();
    if (!this.#isVisible) return;
    this.#isVisible = false;
    display.show(this.id, false).catch(() => undefined);
    this.blur();
    this.emit('hide', new Cancellable());
  }

  focus(): void {
    this.#living();
    if (focused === this || !this.#isVisible) return;
    focused?.blur();
    takeFocus(this);
    this.emit('focus', new Cancellable());
    app.emit('browser-window-focus', new Cancellable(), this);
  }

  blur(): void {
    if (focused !== this) return;
    focused = null;
    this.emit('blur', new Cancellable());
    app.emit('browser-window-blur', new Cancellable(), this);
  }

  /** As when its owner closes it: a listener may prevent it, and then an application that was quitting stays. */
  close(): void {
    if (this.#isDestroyed) return;
    const event = new Cancellable();
    this.emit('close', event);
    if (event.defaultPrevented) app.keepRunning();
    else this.destroy();
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    if (focused === this) focused = null;
    this.webContents.destroyed();
    this.#isDestroyed = true;
    all.delete(this.id);
    this.emit('closed');
    app.windowGone(this);
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  isVisible(): boolean {
    return this.#living().#isVisible && !this.#isMinimized;
  }

  isFocused(): boolean {
    return focused === this.#living();
  }

  minimize(): void {
    this.#isMinimized = true;
    this.blur();
    this.emit('minimize', new Cancellable());
  }

  restore(): void {
    this.#isMinimized = false;
    this.emit('restore', new Cancellable());
  }

  isMinimized(): boolean {
    return this.#living().#isMinimized;
  }

  maximize(): void {
    this.#isMaximized = true;
    this.emit('maximize', new Cancellable());
  }

  unmaximize(): void {
    this.#isMaximized = false;
    this.emit('unmaximize', new Cancellable());
  }

  isMaximized(): boolean {
    return this.#living().#isMaximized;
  }

  setFullScreen(on: boolean): void {
    this.#isFullScreen = on;
  }

  isFullScreen(): boolean {
    return this.#living().#isFullScreen;
  }

  getBounds(): Electron.Rectangle {
    return { ...this.#living().#bounds };
  }

  getNormalBounds(): Electron.Rectangle {
    return this.getBounds();
  }

  getContentBounds(): Electron.Rectangle {
    return this.getBounds();
  }

  setBounds(bounds: Partial<Electron.Rectangle>): void {
    this.#living();
    const { width, height } = this.#bounds;
    this.#bounds = { ...this.#bounds, ...bounds };
    if (width !== this.#bounds.width || height !== this.#bounds.height) {
      display
        .resize(this.id, { width: this.#bounds.width, height: this.#bounds.height })
        .catch(() => undefined);
      this.emit('resize', new Cancellable());
      this.emit('resized', new Cancellable());
    }
  }

  getPosition(): number[] {
    return [this.#bounds.x, this.#bounds.y];
  }

  setPosition(x: number, y: number): void {
    this.setBounds({ x, y });
    this.emit('move', new Cancellable());
  }

  getSize(): number[] {
    return [this.#bounds.width, this.#bounds.height];
  }

  setSize(width: number, height: number): void {
    this.setBounds({ width, height });
  }

  getContentSize(): number[] {
    return this.getSize();
  }

  setContentSize(width: number, height: number): void {
    this.setSize(width, height);
  }

  center(): void {}

  setAlwaysOnTop(on: boolean): void {
    this.#isAlwaysOnTop = on;
  }

  isAlwaysOnTop(): boolean {
    return this.#living().#isAlwaysOnTop;
  }

  getTitle(): string {
    return this.title;
  }

  setTitle(title: string): void {
    this.title = title;
  }

  setMenu(): void {}
  removeMenu(): void {}
  setMenuBarVisibility(): void {}
  setVisibleOnAllWorkspaces(): void {}
  setSkipTaskbar(): void {}
  setBackgroundColor(): void {}
  setIcon(): void {}
  setMinimumSize(): void {}
  setOverlayIcon(): void {}
  setOpacity(): void {}
  moveTop(): void {}
  flashFrame(): void {}
  setResizable(): void {}

  #living(): this {
    if (this.#isDestroyed) throw new TypeError('Object has been destroyed');
    return this;
  }
}

function takeFocus(window: StandInBrowserWindow): void {
  focused = window;
}

null as unknown as StandInBrowserWindow satisfies Like<Electron.BrowserWindow, 'webContents'>;

/** Electron's own, where a window says nothing. */
const usualPreferences: Electron.WebPreferences = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
};
