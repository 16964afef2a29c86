import { writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { messageOf } from '../contract/error.ts';
import type { ParentPort } from '../contract/port.ts';
import { settleOnceStarted } from './settle.ts';

/** The channel to the main process, with a way to end this process. */
export interface OpenParentPort<ToParent, FromParent> extends ParentPort<ToParent, FromParent> {
  /**
   * Like `send`, at two thirds of its cost, for what is sent every second. `leave` does not wait for it, only for what is sent
   * after it, and messages arrive in order.
   */
  sendOften(message: ToParent): void;
  /**
   * Exits with code 0 as soon as all sent messages are handed over. `abruptly` uses SIGKILL: an orderly exit waits for
   * all threads, even one that is blocked on a file system that is gone.
   */
  leave(options?: { abruptly: boolean }): void;
}

/**
 * Makes this process a child of the main process, with Electron's `utilityProcess` or Node's `fork`, and opens the
 * channel.
 *
 * An uncaught error ends the process with code 1 and one line on stderr: main sees a crash and restarts it.
 * (`utilityProcess` would only warn.) Ctrl-C reaches every process of a terminal, and a service's SIGTERM every process
 * of the service. Children ignore both: main handles them and then asks its children to stop.
 */
export function openParentPort<ToParent, FromParent>(name: string): OpenParentPort<ToParent, FromParent> {
  // The garbage of one second fits into V8's smallest young generation; a larger one would stay resident for no
  // benefit.
  setFlagsFromString('--semi-space-growth-factor=1');
  // Optimizing code that runs only a few times a second costs more than it saves. Electron has its own V8.
  if (process.versions['electron'] === undefined) {
    setFlagsFromString('--invocation-count-for-turbofan=100000');
    settleOnceStarted();
  }
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (thrown: unknown) => fail(name, thrown));
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
  const electron = (process as { parentPort?: ElectronParentPort }).parentPort;
  return electron === undefined ? forkedPort() : utilityPort(electron);
}

/** The part of Electron's `ParentPort` used here. */
interface ElectronParentPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  on(event: 'close', listener: () => void): void;
  postMessage(message: unknown): void;
}

function utilityPort<ToParent, FromParent>(port: ElectronParentPort): OpenParentPort<ToParent, FromParent> {
  const send = (message: ToParent) => port.postMessage(message);
  return {
    send,
    sendOften: send,
    onMessage: (listener) => port.on('message', ({ data }) => listener(data as FromParent)),
    onCut: (listener) => port.on('close', listener),
    leave: ({ abruptly } = orderly) => void setImmediate(() => end(abruptly)),
  };
}

function forkedPort<ToParent, FromParent>(): OpenParentPort<ToParent, FromParent> {
  let underWay = 0;
  let leaving: { abruptly: boolean } | undefined;
  const handedOver = () => {
    underWay--;
    if (leaving !== undefined && underWay === 0) end(leaving.abruptly);
  };
  // A failed write means that main has ended; `disconnect` reports that as well.
  process.on('error', () => undefined);
  return {
    send(message) {
      if (!process.connected) return;
      underWay++;
      process.send?.(message, undefined, undefined, handedOver);
    },
    sendOften(message) {
      if (process.connected) process.send?.(message);
    },
    onMessage: (listener) => void process.on('message', (message) => listener(message as FromParent)),
    onCut(listener) {
      process.on('disconnect', listener);
      if (!process.connected) setImmediate(listener);
    },
    leave(options = orderly) {
      leaving = options;
      if (underWay === 0) end(options.abruptly);
    },
  };
}

const orderly = { abruptly: false };

function end(abruptly: boolean): void {
  if (abruptly) process.kill(process.pid, 'SIGKILL');
  else process.exit(0);
}

function fail(name: string, thrown: unknown): never {
  const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : messageOf(thrown);
  try {
    writeSync(2, `plimsoll ${name}: ended by an unexpected error: ${detail}\n`);
  } catch {
    // Nobody reads stderr any more, so only the exit code is left.
  }
  process.exit(1);
}
