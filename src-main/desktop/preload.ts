import { contextBridge, ipcRenderer } from 'electron';
import { channels } from '../contract/desktop-bridge.ts';
import type { DesktopBridge } from '../contract/desktop-bridge.ts';
import type { LiveEvent } from '../contract/event.ts';
import { unwrapShell } from './shell-answer.ts';
import type { ShellAnswer } from './shell-answer.ts';

/*
 * Runs in a window's sandbox before its page: one bundled CommonJS file that can require only Electron. It exposes
 * three functions to the page, and nothing of Electron itself.
 */

/** The part of the page's `window` used here. */
interface Page {
  addEventListener(
    event: 'keydown',
    listener: (event: { key: string; defaultPrevented: boolean }) => void,
  ): void;
}

const isPopover = process.argv.includes('--plimsoll-window=popover');

const bridge: DesktopBridge = {
  window: isPopover ? 'popover' : 'main',
  api: (request) => ipcRenderer.invoke(channels.api, request) as ReturnType<DesktopBridge['api']>,
  listen(listener) {
    const hear = (_event: unknown, live: LiveEvent) => listener(live);
    ipcRenderer.on(channels.events, hear);
    return () => void ipcRenderer.off(channels.events, hear);
  },
  shell: async (action) => unwrapShell((await ipcRenderer.invoke(channels.shell, action)) as ShellAnswer),
};

contextBridge.exposeInMainWorld('plimsoll', bridge);

if (isPopover) {
  // Elements inside the popover handle Escape first and then prevent or stop the event.
  (globalThis as unknown as Page).addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented) {
      void ipcRenderer.invoke(channels.shell, { action: 'hide-popover' });
    }
  });
}
