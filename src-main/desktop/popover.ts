import { app, BrowserWindow, screen } from 'electron';
import type { Rectangle } from 'electron';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { addressOf } from './interface-pages.ts';
import { keepPage } from './page-keeper.ts';
import { webPreferences } from './page-rules.ts';
import { popoverPlace, popoverSize } from './place.ts';

/**
 * A click on the tray icon first takes the focus, which closes the popover. Within this time, in milliseconds, the same
 * click must not reopen it.
 */
const sameClickMs = 250;

export interface PopoverParts {
  preload: string;
  icon: string;
  clock: Clock;
  log: Log;
  /** Whether windows can be positioned. If not, the popover is an ordinary small window. */
  isAnchored: boolean;
  /** Bounds of the tray icon. */
  trayBounds: () => Rectangle;
}

/** The small window at the tray icon. Created at start and kept, so that it opens at once. */
export class Popover {
  readonly #parts: PopoverParts;
  readonly #window: BrowserWindow;
  readonly #stopKeeping: () => void;
  #blurredAt = -Infinity;

  constructor(parts: PopoverParts) {
    this.#parts = parts;
    const { isAnchored, preload, icon, clock, log } = parts;
    this.#window = new BrowserWindow({
      ...popoverSize,
      show: false,
      title: 'Plimsoll',
      icon,
      useContentSize: true,
      fullscreenable: false,
      maximizable: false,
      minimizable: !isAnchored,
      resizable: !isAnchored,
      frame: !isAnchored,
      skipTaskbar: isAnchored,
      alwaysOnTop: isAnchored,
      autoHideMenuBar: true,
      webPreferences: webPreferences('popover', preload, app.isPackaged),
    });
    this.#window.on('close', (event) => {
      event.preventDefault();
      this.hide();
    });
    this.#window.on('blur', () => {
      // An ordinary window must not disappear when it loses the focus.
      if (!isAnchored || !this.#window.isVisible()) return;
      this.#blurredAt = clock.monotonic();
      this.hide();
    });
    this.#stopKeeping = keepPage(this.#window, {
      kind: 'popover',
      clock,
      log,
      address: () => addressOf('#/popover'),
    });
  }

  get window(): BrowserWindow {
    return this.#window;
  }

  /** Handles a click on the tray icon. */
  toggle(): void {
    const isSameClick = this.#parts.clock.monotonic() - this.#blurredAt < sameClickMs;
    if (this.#window.isVisible()) this.hide();
    else if (!isSameClick) this.show();
  }

  show(): void {
    if (this.#parts.isAnchored) {
      const cursor = screen.getCursorScreenPoint();
      const tray = this.#parts.trayBounds();
      const near = tray.width > 0 ? { x: tray.x, y: tray.y } : cursor;
      const { workArea } = screen.getDisplayNearestPoint(near);
      this.#window.setBounds(popoverPlace({ platform: process.platform, tray, cursor, workArea }));
    }
    this.#window.show();
    this.#window.focus();
  }

  hide(): void {
    this.#window.hide();
  }

  destroy(): void {
    this.#stopKeeping();
    this.#window.destroy();
  }
}
