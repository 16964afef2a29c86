import type { WebPreferences } from 'electron';
import type { DesktopBridge } from '../contract/desktop-bridge.ts';

export type WindowKind = DesktopBridge['window'];

/** Argument that tells the preload script in which window it runs. */
const windowArgument = '--plimsoll-window=';

/** Preferences of every window: a sandboxed page without Node, which can reach the application only over the bridge. */
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

/** External links of the interface: how to make GNOME show tray icons. */
const outside = ['https://extensions.gnome.org/extension/615/appindicator-support/'];

/**
 * Whether an address may be opened in the owner's browser. Only links of the interface itself may: any other address
 * could come from monitored data.
 */
export function mayOpenOutside(address: string): boolean {
  return outside.includes(address);
}
