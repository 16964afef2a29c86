import type * as Electron from 'electron';
import { EventEmitter } from 'node:events';
import { answer } from './display-line.ts';
import type { Like } from './like.ts';
import type { Sender } from './questions.ts';
import { StandInFrame } from './web-frame-main.ts';
import { webContentsOf } from './web-contents.ts';
import type { StandInWebContents } from './web-contents.ts';

interface InvokeEvent {
  type: 'frame';
  frameId: number;
  processId: number;
  sender: StandInWebContents;
  senderFrame: StandInFrame;
}
type Handler = (event: InvokeEvent, ...args: unknown[]) => unknown;

class StandInIpcMain extends EventEmitter {
  /** Electron calls it the same; specs take a handler from here to call it with a sender of their own. */
  readonly _invokeHandlers = new Map<string, Handler>();

  handle(channel: string, handler: (event: never, ...args: never[]) => unknown): void {
    if (this._invokeHandlers.has(channel)) {
      throw new Error(`Attempted to register a second handler for '${channel}'`);
    }
    this._invokeHandlers.set(channel, handler as Handler);
  }

  handleOnce(channel: string, handler: (event: never, ...args: never[]) => unknown): void {
    this.handle(channel, (event: never, ...args: never[]) => {
      this.removeHandler(channel);
      return handler(event, ...args);
    });
  }

  removeHandler(channel: string): void {
    this._invokeHandlers.delete(channel);
  }
}

export const ipcMain = new StandInIpcMain();
ipcMain satisfies Like<Electron.IpcMain>;

answer({
  async invoke(from, channel, args) {
    const handler = ipcMain._invokeHandlers.get(channel);
    if (handler === undefined) return { error: `Error: No handler registered for '${channel}'` };
    try {
      return { value: structuredClone(await handler(eventFrom(from), ...args)) };
    } catch (thrown) {
      return { error: String(thrown) };
    }
  },
  post: (from, channel, args) => void ipcMain.emit(channel, eventFrom(from), ...args),
});

function eventFrom(from: Sender): InvokeEvent {
  const sender = webContentsOf(from.window);
  const { mainFrame } = sender;
  mainFrame.url = from.isMainFrame ? from.url : mainFrame.url;
  const senderFrame = from.isMainFrame ? mainFrame : new StandInFrame(from.window, from.url, mainFrame);
  return { type: 'frame', frameId: 1, processId: from.window, sender, senderFrame };
}
