import type { BrowserWindow } from 'electron';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { WindowKind } from './page-rules.ts';

/** Delays before a crashed page is reloaded, in milliseconds. The first is hardly noticed; repeated crashes wait longer. */
const delaysMs = [200, 1000, 5000, 30_000];
/** After this time without a crash the delays start again, in milliseconds. */
const calmMs = 5 * 60_000;

export interface PageKeeperParts {
  kind: WindowKind;
  clock: Clock;
  log: Log;
  /** Address to reload. */
  address: () => string;
}

/** Loads a window's page and reloads it after its process crashed. The returned function stops that. */
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

/** Loads an address, or navigates within the page if only the part after `#` differs. */
export function loadPage(window: BrowserWindow, address: string, log: Log): void {
  window.loadURL(address).catch((error: unknown) => {
    // Superseded by the next load, or the window was closed.
    if (window.isDestroyed() || String(error).includes('ERR_ABORTED')) return;
    log.error('a window could not load its page', { error });
  });
}
