import { contextBridge, ipcRenderer } from 'electron';
import { channels } from '../contract/desktop-bridge.ts';
import type { DesktopBridge } from '../contract/desktop-bridge.ts';
import type { LiveEvent } from '../contract/event.ts';
import { unwrapShell } from './shell-answer.ts';
import type { ShellAnswer } from './shell-answer.ts';

/*
 * Runs in the sandbox of a window, before its page: one bundled CommonJS file that may require only Electron. It hands
 * the page three functions and nothing of Electron itself.
 */

/** The little of the page that is needed here. */
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
  // What is open inside the popover takes Escape first, by preventing or stopping it.
  (globalThis as unknown as Page).addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented) {
      void ipcRenderer.invoke(channels.shell, { action: 'hide-popover' });
    }
  });
}
