import { writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { messageOf } from '../contract/error.ts';
import type { ParentPort } from '../contract/port.ts';
import { settleOnceStarted } from './settle.ts';

/** The line to main, and the ways in which a child process leaves. */
export interface OpenParentPort<ToParent, FromParent> extends ParentPort<ToParent, FromParent> {
  /**
   * Ends this process, with code 0, as soon as everything that was sent has been handed over. `abruptly` is by SIGKILL: an orderly
   * end waits for every thread, also for one that waits for a file system that is gone.
   */
  leave(options?: { abruptly: boolean }): void;
}

/**
 * Makes this process a child of main, under Electron's `utilityProcess` as well as under Node's `fork`, and opens the line.
 *
 * What nobody caught ends the process with code 1 and one line on stderr: main sees a crash and starts it anew.
 * (`utilityProcess` would only warn.) Ctrl-C reaches every process of a terminal, and a service's SIGTERM every process of
 * the service; main alone answers them and then asks its children to stop.
 */
export function openParentPort<ToParent, FromParent>(name: string): OpenParentPort<ToParent, FromParent> {
  // Garbage of one second fits into the smallest space for what is new; a larger one would stay resident for nothing.
  setFlagsFromString('--semi-space-growth-factor=1');
  // Compiling to the last degree what runs a few times a second costs more than it brings. Electron has a V8 of its own.
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

/** The part of Electron's `ParentPort` that is used. */
interface ElectronParentPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  on(event: 'close', listener: () => void): void;
  postMessage(message: unknown): void;
}

function utilityPort<ToParent, FromParent>(port: ElectronParentPort): OpenParentPort<ToParent, FromParent> {
  return {
    send: (message) => port.postMessage(message),
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
  return {
    send(message) {
      if (!process.connected) return;
      underWay++;
      // A failed write means that main is gone: `disconnect` says so as well.
      process.send?.(message, undefined, undefined, handedOver);
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
    // Nobody reads stderr any more; the exit code remains.
  }
  process.exit(1);
}
