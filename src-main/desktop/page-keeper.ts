import type { BrowserWindow } from 'electron';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { WindowKind } from './page-rules.ts';

/** A page that has gone is loaded again at once to a person's eye; one that keeps going waits longer. */
const delaysMs = [200, 1000, 5000, 30_000];
/** After this long without a crash, counting starts over. */
const calmMs = 5 * 60_000;

export interface PageKeeperParts {
  kind: WindowKind;
  clock: Clock;
  log: Log;
  /** Where the page is loaded again. */
  address: () => string;
}

/** Loads a window's page, and loads it again when its process has died. Returns what ends the keeping. */
export function keepPage(window: BrowserWindow, parts: PageKeeperParts): () => void {
  const { kind, clock, log, address } = parts;
  let crashes = 0;
  let lastAt = -Infinity;
  let cancel: (() => void) | undefined;
  const load = () => {
    cancel = undefined;
    if (!window.isDestroyed()) loadPage(window, address(), log);
  };
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit' || cancel !== undefined) return;
    const now = clock.monotonic();
    crashes = now - lastAt > calmMs ? 0 : crashes + 1;
    lastAt = now;
    const delay = delaysMs[Math.min(crashes, delaysMs.length - 1)] ?? 0;
    log.error('a window lost its page', { window: kind, reason, exitCode, againInMs: delay });
    cancel = clock.after(delay, load);
  });
  window.webContents.on('unresponsive', () => log.warn('a window does not respond', { window: kind }));
  window.webContents.on('preload-error', (_event, _path, error) =>
    log.error('the bridge of a window could not be loaded', { window: kind, error }),
  );
  load();
  return () => cancel?.();
}

/** Loads an address, or goes there within the page where only the part behind `#` differs. */
export function loadPage(window: BrowserWindow, address: string, log: Log): void {
  window.loadURL(address).catch((error: unknown) => {
    // Replaced by the next load, or the window is gone.
    if (window.isDestroyed() || String(error).includes('ERR_ABORTED')) return;
    log.error('a window could not load its page', { error });
  });
}
