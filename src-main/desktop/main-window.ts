import { app, BrowserWindow, nativeTheme, screen } from 'electron';
import { join } from 'node:path';
import { readPlainFile, writeFileDurably } from '../base/durable-file.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { addressOf } from './interface-pages.ts';
import { keepPage, loadPage } from './page-keeper.ts';
import { webPreferences } from './page-rules.ts';
import { smallestSize, windowPlace } from './place.ts';
import type { WindowPlace } from './place.ts';

/** Moving a window saves its place only after this pause, in milliseconds. */
const restMs = 500;

export interface MainWindowParts {
  /** Directory of the file with the window's place. */
  directory: string;
  preload: string;
  /** The window's icon, for systems that take it from a file. */
  icon: string;
  clock: Clock;
  log: Log;
  /** Whether a hidden window can be reopened from the tray; if not, closing only minimises it. */
  canHide: () => boolean;
}

/** The main window. It is created on first use. Closing only hides it, so that unsaved edits are kept. */
export class MainWindow {
  readonly #parts: MainWindowParts;
  readonly #placeFile: string;
  #window: BrowserWindow | undefined;
  #undo: (() => void)[] = [];
  #cancelRemember: (() => void) | undefined;

  constructor(parts: MainWindowParts) {
    this.#parts = parts;
    this.#placeFile = join(parts.directory, 'window.json');
  }

  get window(): BrowserWindow | undefined {
    return this.#window;
  }

  /** Brings the window to the front, at a route such as `#/alerts` if given. */
  show(route: string | null): void {
    const window = this.#window;
    if (window === undefined) {
      this.#open(route ?? '');
      return;
    }
    if (route !== null && window.webContents.getURL() !== addressOf(route)) {
      loadPage(window, addressOf(route), this.#parts.log);
    }
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }

  destroy(): void {
    this.#remember();
    this.#cancelRemember?.();
    for (const undo of this.#undo.splice(0)) undo();
    this.#window?.destroy();
    this.#window = undefined;
  }

  #open(route: string): void {
    const { preload, icon, clock, log } = this.#parts;
    const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
    const { bounds, isMaximized } = windowPlace(this.#readPlace(), areas);
    const window = new BrowserWindow({
      ...bounds,
      minWidth: smallestSize.width,
      minHeight: smallestSize.height,
      show: false,
      title: 'Plimsoll',
      icon,
      autoHideMenuBar: true,
      // Shown until the page has loaded: the background colours of the page.
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#11161c' : '#f8fafc',
      webPreferences: webPreferences('main', preload, app.isPackaged),
    });
    this.#window = window;
    window.on('close', (event) => {
      event.preventDefault();
      if (this.#parts.canHide()) window.hide();
      else window.minimize();
    });
    const rememberSoon = () => {
      this.#cancelRemember?.();
      this.#cancelRemember = clock.after(restMs, () => this.#remember());
    };
    window.on('resize', rememberSoon);
    window.on('move', rememberSoon);
    window.once('ready-to-show', () => {
      if (isMaximized) window.maximize();
      window.show();
      window.focus();
    });
    this.#undo.push(keepPage(window, { kind: 'main', clock, log, address: () => addressOf(route) }));
  }

  #readPlace(): unknown {
    try {
      return JSON.parse(readPlainFile(this.#placeFile).toString());
    } catch {
      // The file does not exist or is damaged: use the default place.
      return undefined;
    }
  }

  #remember(): void {
    const window = this.#window;
    if (window === undefined || window.isDestroyed() || this.#cancelRemember === undefined) return;
    this.#cancelRemember();
    this.#cancelRemember = undefined;
    const place: WindowPlace = { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() };
    writeFileDurably(this.#placeFile, Buffer.from(JSON.stringify(place)), { mode: 0o600 }).catch(
      (error: unknown) => this.#parts.log.warn('the window will not be found where it was', { error }),
    );
  }
}
