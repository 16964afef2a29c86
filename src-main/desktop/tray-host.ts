import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DesktopFacts } from '../contract/desktop-bridge.ts';

const askMs = 2000;

/** Facts that tell whether a tray icon is visible. */
export interface TrayHints {
  platform: NodeJS.Platform;
  isWayland: boolean;
  /** Whether a status notifier watcher is on the session bus; null if unknown. */
  hasWatcher: boolean | null;
}

/**
 * Whether a tray icon is visible. Linux desktops differ: most have a status notifier watcher on the session bus. An X11
 * panel may show the older XEmbed icons without one; on Wayland nothing else can.
 */
export function trayCertainty({ platform, isWayland, hasWatcher }: TrayHints): DesktopFacts['tray'] {
  if (platform === 'darwin' || platform === 'win32') return 'shown';
  if (hasWatcher === true) return 'shown';
  return hasWatcher === false && isWayland ? 'none' : 'uncertain';
}

/** Whether windows use Wayland: then they can be neither positioned nor kept on top. */
export function isWayland(env: NodeJS.ProcessEnv): boolean {
  const { WAYLAND_DISPLAY: display = '', XDG_SESSION_TYPE: session = '' } = env;
  return display !== '' && session !== 'x11';
}

/** Looks for a status notifier watcher on the session bus; null if there is no bus, or no program to query it. */
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
  // Without an address the program would start a bus of its own, on which there is nobody else.
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
