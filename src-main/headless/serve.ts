import { unwatchFile, watchFile, type Stats } from 'node:fs';
import { join } from 'node:path';
import { Access } from '../api/access.ts';
import { createApi } from '../api/app.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { messageOf } from '../contract/error.ts';
import type { Spawn } from '../contract/port.ts';
import { listen, refuseExposure } from '../hub/listener.ts';
import { listenOnSocket } from '../hub/socket.ts';
import { StaticFiles } from '../hub/static-files.ts';
import { openMonitor, type Monitor } from '../monitor/monitor.ts';
import { removeOwner, writeOwner } from './owner.ts';
import { YamlSettings } from './yaml-settings.ts';

const watchIntervalMs = 2000;

export interface ServeOptions {
  version: string;
  /** The name under which this machine's samples are kept. */
  hostName: string;
  settingsFile: string;
  /** Whether the file was named on the command line: then it has to hold. */
  settingsMustHold: boolean;
  dataDirectory: string;
  /** The folder of the built interface. */
  rendererDirectory: string;
  listenOn: { host: string; port: number; fallbackToFreePort: boolean };
  spawn: Spawn;
  clock: Clock;
  log: Log;
}

/** A running monitor with its doors open. */
export interface Serving {
  monitor: Monitor;
  /** Such as `http://127.0.0.1:8888`. */
  url: string;
  port: number;
  interfaceIsBuilt: boolean;
  /** An address that signs in whoever opens it: once, within ten minutes. */
  signInAddress(): string;
  /** Closes the doors, ends all stages and gives the directory back. Nothing is left running. */
  stop(): Promise<void>;
}

/**
 * The program behind `plimsoll run`: the engine, the socket for commands, the listener for browsers. Throws what
 * these throw, and then has ended again whatever was started.
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { clock, log, dataDirectory, listenOn } = options;
  const opened = new AsyncDisposableStack();
  try {
    const monitor = await openMonitor({
      version: options.version,
      host: options.hostName,
      directory: dataDirectory,
      settingsStore: options.settingsMustHold
        ? new YamlSettings(options.settingsFile)
        : new YamlSettings(options.settingsFile, dataDirectory),
      settingsMustHold: options.settingsMustHold,
      spawn: options.spawn,
      clock,
      log,
    });
    opened.defer(() => monitor.stop());
    refuseExposure(listenOn.host, monitor.access.tokens().length > 0);
    const access = new Access(monitor.access, clock);
    const api = createApi(monitor, access, {
      clock,
      onUnexpected: (error) => log.error('a request failed unexpectedly', { error }),
      onDenied: (denial) => log.warn('a request was denied', { ...denial }),
    });
    const files = new StaticFiles(options.rendererDirectory);
    const listener = await listen({
      ...listenOn,
      answer: files.before((request, env) => api.fetch(request, env)),
    });
    opened.defer(() => listener.close());
    const socket = await listenOnSocket(dataDirectory, (request, env) => api.fetch(request, env));
    opened.defer(() => socket.close());
    await writeOwner(dataDirectory, {
      pid: process.pid,
      address: listener.url,
      socket: socket.path,
      startedAt: clock.now(),
    });
    opened.defer(() => removeOwner(dataDirectory));
    opened.defer(watchSettings(options.settingsFile, monitor, log));
    return {
      monitor,
      url: listener.url,
      port: listener.address.port,
      interfaceIsBuilt: files.isBuilt,
      signInAddress: () => `${listener.url}/#code=${access.createCode().code}`,
      stop: () => opened.disposeAsync(),
    };
  } catch (thrown) {
    await opened.disposeAsync();
    throw thrown;
  }
}

/**
 * Takes an edit by hand over within seconds. Looking at the file now and then, rather than being told, works on every
 * file system, through links, and when an editor replaces the file.
 */
function watchSettings(file: string, monitor: Monitor, log: Log): () => void {
  const look = (now: Stats) => {
    // A file that is gone is being replaced by an editor, or was deleted by mistake: what is in force stays.
    if (now.isFile()) void reload(monitor, log);
  };
  watchFile(file, { interval: watchIntervalMs, persistent: false }, look);
  return () => unwatchFile(file, look);
}

/** Reads the settings again. Bad ones change nothing; the monitor shows a notice until they are mended. */
export async function reload(monitor: Monitor, log: Log): Promise<void> {
  try {
    await monitor.reload();
  } catch (thrown) {
    log.warn('the settings were not taken over', { reason: messageOf(thrown) });
  }
}

/** Where the log of a data directory is. */
export function logDirectoryOf(dataDirectory: string): string {
  return join(dataDirectory, 'logs');
}
