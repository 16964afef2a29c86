import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DesktopFacts } from '../contract/desktop-bridge.ts';

const askMs = 2000;

/** What is known of whether a tray icon can be seen. */
export interface TrayHints {
  platform: NodeJS.Platform;
  isWayland: boolean;
  /** Whether somebody shows status icons on the session's bus; null when that can not be told. */
  hasWatcher: boolean | null;
}

/**
 * Whether a tray icon can be relied on. Linux desktops differ: most have a watcher for status icons on the session's bus;
 * an X11 panel may show the older kind of icon without one; on Wayland nobody else can.
 */
export function trayCertainty({ platform, isWayland, hasWatcher }: TrayHints): DesktopFacts['tray'] {
  if (platform === 'darwin' || platform === 'win32') return 'shown';
  if (hasWatcher === true) return 'shown';
  return hasWatcher === false && isWayland ? 'none' : 'uncertain';
}

/** Whether windows are Wayland's: they can not be placed, nor kept on top. */
export function isWayland(env: NodeJS.ProcessEnv): boolean {
  const { WAYLAND_DISPLAY: display = '', XDG_SESSION_TYPE: session = '' } = env;
  return display !== '' && session !== 'x11';
}

/** Asks the session's bus for a watcher of status icons; null where there is no bus, or no program to ask with. */
export function findStatusWatcher(env: NodeJS.ProcessEnv): Promise<boolean | null> {
  const words = [
    '--session',
    '--print-reply=literal',
    `--reply-timeout=${askMs}`,
    '--dest=org.freedesktop.DBus',
    '/org/freedesktop/DBus',
    'org.freedesktop.DBus.NameHasOwner',
    'string:org.kde.StatusNotifierWatcher',
  ];
  // Without an address the program would start a bus of its own, which nobody else is on.
  const { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime } = env;
  if (address === undefined && (runtime === undefined || !existsSync(join(runtime, 'bus')))) {
    return Promise.resolve(null);
  }
  return new Promise((resolve) => {
    execFile('dbus-send', words, { env, timeout: askMs, killSignal: 'SIGKILL' }, (error, stdout) => {
      const answer = /\bboolean (true|false)\b/.exec(stdout)?.[1];
      resolve(error !== null || answer === undefined ? null : answer === 'true');
    });
  });
}
