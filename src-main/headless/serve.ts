import { dirname, resolve } from 'node:path';
import { Access } from '../api/access.ts';
import { errorAnswer, notLoaded } from '../api/error-answer.ts';
import type { Clock } from '../base/clock.ts';
import type { Log, LogLevel } from '../base/log.ts';
import { isLoopback } from '../base/loopback.ts';
import { messageOf } from '../contract/error.ts';
import type { DestinationSettings, HubSettings } from '../contract/settings.ts';
import type { Spawn } from '../contract/port.ts';
import { listen, refuseExposure } from '../hub/listener.ts';
import type { Answer } from '../hub/http-server.ts';
import type { Listener } from '../hub/listener.ts';
import { readTls, type TlsFiles } from '../hub/tls.ts';
import { listenOnSocket } from '../hub/socket.ts';
import { StaticFiles } from '../hub/static-files.ts';
import { isGoodToken } from '../monitor/state/access-store.ts';
import { openMonitor, type Monitor } from '../monitor/monitor.ts';
import { removeOwner, writeOwner } from '../hub/owner.ts';
import { traceOf, watchAtRest } from './settings/watch-at-rest.ts';
import { FileSecrets } from './settings/file-secrets.ts';
import { pathsStartIn } from './where.ts';
import { YamlSettings } from './settings/yaml.ts';

const usualHost = '127.0.0.1';
export const usualPort = 8888;

/** An edit by hand is in force after two of these at most. */
const watchIntervalMs = 700;

export interface ServeOptions {
  version: string;
  /** The name under which this machine's samples are kept. */
  hostName: string;
  settingsFile: string;
  /** Whether the file was named on the command line: then it has to hold. */
  settingsMustHold: boolean;
  dataDirectory: string;
  /** Where scripts are found. */
  scriptFolder: string;
  /** The folder of the built interface. */
  rendererDirectory: string;
  /** The address that was asked for; without one, what the settings say, or the usual one. Null: it does not listen. */
  listenOn: { host: string | undefined; port: number | undefined } | null;
  /** As of `MonitorOptions`. */
  uplink?: DestinationSettings | undefined;
  /** Certificate and key that were asked for; without them, those that the settings name. */
  tls?: TlsFiles | undefined;
  /** It receives from other machines whatever the settings say. */
  isHub?: boolean;
  /** The environment, `.env` included. */
  env: Readonly<Record<string, string | undefined>>;
  spawn: Spawn;
  clock: Clock;
  log: Log;
  logDirectory: string;
  /** As in `MonitorOptions`. */
  setLogLevel?: (level: LogLevel) => void;
}

/** A running monitor with its doors open. */
export interface Serving {
  monitor: Monitor;
  /** Such as `http://127.0.0.1:8888`; null where it does not listen. */
  url: string | null;
  port: number | null;
  /** Nobody asked for a port, and another program has the usual one. */
  usualPortIsTaken: boolean;
  /** Others than this machine can reach it. */
  listensBeyond: boolean;
  isTls: boolean;
  /** Further addresses at which the same is offered. */
  others: readonly string[];
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
  const { clock, log, dataDirectory } = options;
  const opened = new AsyncDisposableStack();
  try {
    const read = await traceOf(options.settingsFile);
    const monitor = await openMonitor({
      version: options.version,
      host: options.hostName,
      directory: dataDirectory,
      settingsStore: new YamlSettings(
        options.settingsFile,
        pathsStartIn(options.settingsFile, options.settingsMustHold, dataDirectory),
      ),
      scriptFolder: options.scriptFolder,
      settingsMustHold: options.settingsMustHold,
      secretStore: new FileSecrets(dataDirectory),
      env: options.env,
      isHub: options.isHub ?? false,
      ...(options.uplink !== undefined && { uplink: options.uplink }),
      spawn: options.spawn,
      clock,
      log,
      logDirectory: options.logDirectory,
      ...(options.setLogLevel && { setLogLevel: options.setLogLevel }),
    });
    opened.defer(() => monitor.stop());
    const addresses =
      options.listenOn === null ? [] : addressesOf(options.listenOn, monitor.settings().settings.listen);
    const hasTokens = monitor.access.tokens().some((token) => isGoodToken(token, clock.now()));
    for (const { host } of addresses) refuseExposure(host, hasTokens);
    const access = new Access(monitor.access, clock, sessionKeyIn(options.env));
    const fetchApi = onceAsked(async () => {
      const { createApi } = await import('../api/app.ts');
      const api = createApi(monitor, access, {
        clock,
        onUnexpected: (error) => log.error('a request failed unexpectedly', { error }),
        onDenied: (denial) => log.warn('a request was denied', { ...denial }),
      });
      return (request, env) => api.fetch(request, env);
    }, log);
    const { hub } = monitor.settings().settings;
    const tlsFiles = options.tls ?? tlsFilesIn(hub, monitor.settings().location, options.settingsFile);
    const tls = tlsFiles && readTls(tlsFiles);
    const files = new StaticFiles(options.rendererDirectory);
    const listeners: Listener[] = [];
    for (const address of addresses) {
      const answer = files.before(fetchApi);
      const listener = await listen({ ...address, answer, tls, names: hub?.names ?? [] });
      opened.defer(() => listener.close());
      listeners.push(listener);
    }
    const [listener] = listeners;
    const socket = await listenOnSocket(dataDirectory, fetchApi);
    opened.defer(() => socket.close());
    opened.defer(() => removeOwner(dataDirectory));
    const url = listener?.url ?? null;
    const owner = { pid: process.pid, address: url, socket: socket.path, startedAt: clock.now() };
    await writeOwner(dataDirectory, owner, log);
    const onChange = (): void => void reload(monitor, log);
    opened.defer(
      watchAtRest(options.settingsFile, { clock, everyMs: watchIntervalMs, since: read, onChange }),
    );
    return {
      monitor,
      url,
      port: listener?.address.port ?? null,
      usualPortIsTaken: addresses[0]?.fallbackToFreePort === true && listener?.address.port !== usualPort,
      isTls: tls !== undefined,
      listensBeyond: addresses.some(({ host }) => !isLoopback(host)),
      others: listeners.slice(1).map(({ url }) => url),
      interfaceIsBuilt: files.isBuilt,
      signInAddress: () => `${url ?? ''}/#code=${access.createCode().code}`,
      stop: () => opened.disposeAsync(),
    };
  } catch (thrown) {
    await opened.disposeAsync();
    throw thrown;
  }
}

/** What answers is made for the first request: a Plimsoll that nobody looks at does not carry it. */
function onceAsked(make: () => Promise<Answer>, log: Log): Answer {
  let made: Promise<Answer> | undefined;
  return async (request, env) => {
    made ??= make().catch((error: unknown) => {
      log.error('the API can not be loaded', { error });
      return () => Response.json(errorAnswer('internal', notLoaded(error)), { status: 500 });
    });
    return (await made)(request, env);
  };
}

/** Certificate and key as the settings name them, relative to their folder. */
function tlsFilesIn(hub: HubSettings, location: string | null, settingsFile: string): TlsFiles | undefined {
  const { tlsCertificate, tlsKey } = hub ?? {};
  if (tlsCertificate === undefined || tlsKey === undefined) return undefined;
  const folder = dirname(location ?? settingsFile);
  return { certificate: resolve(folder, tlsCertificate), key: resolve(folder, tlsKey) };
}

/** What signs sessions; an empty one is none. */
function sessionKeyIn({ SECRET_KEY: key }: ServeOptions['env']): string | undefined {
  return key === '' ? undefined : key;
}

interface Address {
  host: string;
  port: number;
  /** Another port will do when this one is taken, because nobody asked for it. */
  fallbackToFreePort: boolean;
}

/** What was asked for goes before the settings, and those before the usual address. */
function addressesOf(
  asked: NonNullable<ServeOptions['listenOn']>,
  listed: readonly string[] | undefined,
): Address[] {
  const { host = usualHost, port } = asked;
  if (port !== undefined) return [{ host, port, fallbackToFreePort: false }];
  if (asked.host !== undefined || listed === undefined)
    return [{ host, port: usualPort, fallbackToFreePort: true }];
  return listed.map((address) => {
    const end = address.lastIndexOf(':');
    const name = address.slice(0, end).replace(/^\[(.*)\]$/, '$1');
    return { host: name, port: Number(address.slice(end + 1)), fallbackToFreePort: false };
  });
}

/** Reads the settings again. Bad ones change nothing; the monitor shows a notice until they are mended. */
export async function reload(monitor: Monitor, log: Log): Promise<void> {
  try {
    await monitor.reload();
  } catch (thrown) {
    log.warn('the settings were not taken over', { reason: messageOf(thrown) });
  }
}
