import type { WebPreferences } from 'electron';
import type { DesktopBridge } from '../contract/desktop-bridge.ts';

export type WindowKind = DesktopBridge['window'];

/** The argument by which the preload script learns in which window it is. */
const windowArgument = '--plimsoll-window=';

/** What every window is made with: a page without Node, in a sandbox, that can reach the application over the bridge only. */
export function webPreferences(kind: WindowKind, preload: string, isPackaged: boolean): WebPreferences {
  return {
    preload,
    additionalArguments: [`${windowArgument}${kind}`],
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    safeDialogs: true,
    spellcheck: false,
    devTools: !isPackaged,
  };
}

/** What the interface links to: how GNOME is taught to show tray icons. */
const outside = ['https://extensions.gnome.org/extension/615/appindicator-support/'];

/**
 * Whether an address may be opened in the owner's browser. Only pages that the interface itself links to: whatever
 * else a page asks for may have come from what is monitored.
 */
export function mayOpenOutside(address: string): boolean {
  return outside.includes(address);
}
