import { ipcMain } from 'electron';
import type { BrowserWindow, IpcMainInvokeEvent } from 'electron';
import type { createApi } from '../api/app.ts';
import type { Log } from '../base/log.ts';
import { channels } from '../contract/desktop-bridge.ts';
import type { DesktopFacts, ShellAction } from '../contract/desktop-bridge.ts';
import { codeAndMessage } from '../contract/error.ts';
import type { LiveEvent } from '../contract/event.ts';
import { answerCall, readAction } from './carrier.ts';
import type { Sender } from './carrier.ts';
import type { WindowKind } from './page-rules.ts';
import type { ShellAnswer } from './shell-answer.ts';

export interface BridgeParts {
  api: Pick<ReturnType<typeof createApi>, 'fetch'>;
  windows: () => Readonly<Record<WindowKind, BrowserWindow | undefined>>;
  onAction(action: ShellAction): DesktopFacts | null;
  log: Log;
}

/** Main's end of the bridge to the windows: three channels; all others are ignored. */
export class Bridge {
  readonly #parts: BridgeParts;

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    ipcMain.handle(channels.api, async (event, call: unknown) => {
      const response = await answerCall(this.#senderOf(event), call, (request, env) =>
        parts.api.fetch(request, env),
      );
      if (response.status === 403 || response.status >= 500) {
        parts.log.warn('a window was refused', {
          status: response.status,
          body: response.body.slice(0, 500),
        });
      }
      return response;
    });
    ipcMain.handle(channels.shell, (event, action: unknown): ShellAnswer => {
      try {
        return { value: parts.onAction(readAction(this.#senderOf(event), action)) };
      } catch (thrown) {
        const { code, message } = codeAndMessage(thrown);
        parts.log.warn('a window was refused', { code, reason: message });
        return {
          error: { code, message: code === 'internal' ? 'Something went wrong inside.' : message },
        };
      }
    });
  }

  /** Sends an event to every window. */
  publish(event: LiveEvent): void {
    for (const window of Object.values(this.#parts.windows())) {
      if (window !== undefined && !window.isDestroyed()) window.webContents.send(channels.events, event);
    }
  }

  close(): void {
    ipcMain.removeHandler(channels.api);
    ipcMain.removeHandler(channels.shell);
  }

  #senderOf({ sender, senderFrame }: IpcMainInvokeEvent): Sender {
    const kinds = ['main', 'popover'] as const;
    const windows = this.#parts.windows();
    const window = kinds.find((kind) => {
      const known = windows[kind];
      return known !== undefined && !known.isDestroyed() && known.webContents === sender;
    });
    return {
      window,
      frame: senderFrame === null ? null : { url: senderFrame.url, isTop: senderFrame.parent === null },
    };
  }
}
