import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Access } from '../api/access.ts';
import { errorAnswer, notLoaded } from '../api/error-answer.ts';
import type { ShortIngest } from '../api/short-ingest.ts';
import type { Clock } from '../base/clock.ts';
import type { Log, LogLevel } from '../base/log.ts';
import { isLoopback } from '../base/loopback.ts';
import { settleOnceStarted } from '../base/settle.ts';
import { messageOf } from '../contract/error.ts';
import type { DestinationSettings } from '../contract/settings.ts';
import type { Spawn } from '../contract/port.ts';
import type { Answer } from '../hub/ways.ts';
import { Listening, listeningNotice } from '../hub/listening.ts';
import type { TlsFiles } from '../hub/tls.ts';
import { listenOnSocket } from '../hub/socket.ts';
import { alwaysWanted, usualPort } from '../hub/wanted.ts';
import type { Wanted } from '../hub/wanted.ts';
import { StaticFiles } from '../hub/static-files.ts';
import { isGoodToken } from '../monitor/state/access-store.ts';
import { openMonitor } from '../monitor/monitor.ts';
import type { Monitor } from '../monitor/monitor-api.ts';
import { removeOwner, writeOwner } from '../hub/owner.ts';
import { traceOf, watchAtRest } from './settings/watch-at-rest.ts';
import { FileSecrets } from './settings/file-secrets.ts';
import type { YamlSettings } from './settings/yaml.ts';

/** A manual edit takes effect after at most two of these. */
const watchIntervalMs = 700;

export interface ServeOptions {
  version: string;
  /** This machine's host name in the samples. */
  hostName: string;
  settingsStore: YamlSettings;
  /** Whether the file was named on the command line: then it must be valid. */
  settingsMustHold: boolean;
  dataDirectory: string;
  /** Where scripts are found. */
  scriptFolder: string;
  /** The folder of the built interface. */
  rendererDirectory: string;
  /** The requested address; by default that of the settings, or the usual one. Null: it does not listen. */
  listenOn: { host: string | undefined; port: number | undefined } | null;
  /** As in `MonitorOptions`. */
  uplink?: DestinationSettings | undefined;
  /** The requested certificate and key; by default those of the settings. */
  tls?: TlsFiles | undefined;
  /** It receives from other machines whatever the settings say. */
  isHub?: boolean;
  /** The environment, including `.env`. */
  env: Readonly<Record<string, string | undefined>>;
  spawn: Spawn;
  clock: Clock;
  log: Log;
  logDirectory: string;
  /** As in `MonitorOptions`. */
  setLogLevel?: (level: LogLevel) => void;
}

/** A running monitor that accepts requests. */
export interface Serving {
  monitor: Monitor;
  /** Its current address, such as `http://127.0.0.1:8888`; null if it does not listen. */
  url(): string | null;
  /** The port at the start; null if it does not listen. The fields below are from the start, too. */
  port: number | null;
  /** No port was requested, and another program has the usual one. */
  usualPortIsTaken: boolean;
  /** Other machines can reach it. */
  listensBeyond: boolean;
  isTls: boolean;
  /** Further addresses of the same interface. */
  others: readonly string[];
  interfaceIsBuilt: boolean;
  /** An address that signs in whoever opens it, once and within ten minutes. */
  signInAddress(): string;
  /** Stops listening, ends all stages and releases the directory. Nothing keeps running. */
  stop(): Promise<void>;
}

/**
 * Runs the engine, the socket for commands, and the listener for browsers. Throws their errors, after ending whatever
 * was started.
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { clock, log, dataDirectory } = options;
  const opened = new AsyncDisposableStack();
  try {
    const { settingsStore } = options;
    const read = await traceOf(settingsStore.location);
    const monitor = await openMonitor({
      version: options.version,
      host: options.hostName,
      directory: dataDirectory,
      settingsStore,
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
    if (monitor.receiving.isOn) expectManyRequests();
    else settleOnceStarted();
    const { listenOn } = options;
    const fixed = {
      address: listenOn?.host !== undefined || listenOn?.port !== undefined,
      tls: options.tls !== undefined,
      receives: options.isHub === true,
    };
    const access = new Access(monitor.access, clock, sessionKeyIn(options.env));
    const onUnexpected = (error: unknown): void => log.error('a request failed unexpectedly', { error });
    let short: ShortIngest = { may: () => false, take: () => undefined };
    const fetchApi = onceAsked(async () => {
      const [{ createApi }, { shortIngest }] = await Promise.all([
        import('../api/app.ts'),
        import('../api/short-ingest.ts'),
      ]);
      const api = createApi(monitor, access, {
        clock,
        onUnexpected,
        onDenied: (denial) => log.warn('a request was denied', { ...denial }),
        listening: () => ({ open: listening.open, problem: listening.problem, always: true, fixed }),
      });
      short = shortIngest(monitor, access, onUnexpected);
      return (request, env) => api.fetch(request, env);
    }, log);
    const files = new StaticFiles(options.rendererDirectory);
    const listening: Listening = new Listening({
      answer: files.before(fetchApi),
      short: { may: (authorization) => short.may(authorization), take: (post) => short.take(post) },
      onUnexpected,
      hasToken: () => monitor.access.tokens().some((token) => isGoodToken(token, clock.now())),
      clock,
      onChange: () => void moved(),
      warn: (message) => log.warn(message),
    });
    opened.defer(() => listening.close());
    const wanted = wantedBy(monitor, options);
    await listening.start(wanted);
    const socket = await listenOnSocket(dataDirectory, fetchApi, () => void sayWhere());
    opened.defer(() => socket.close());
    opened.defer(() => removeOwner(dataDirectory));
    const startedAt = clock.now();
    const url = (): string | null => listening.open[0]?.url ?? null;
    const sayWhere = (): Promise<void> =>
      writeOwner(dataDirectory, { pid: process.pid, address: url(), socket: socket.path, startedAt }, log);
    await sayWhere();
    const moved = async (): Promise<void> => {
      // Evaluated now: it may be closed by the time it is recorded.
      const notice = listeningNotice(listening);
      log.info('listening', {
        at: listening.open.map((one) => one.url),
        problem: listening.problem?.message,
      });
      await sayWhere();
      monitor.listeningChanged(notice);
    };
    opened.defer(
      monitor.subscribe(({ type }) => {
        if (type !== 'settings') return;
        if (monitor.receiving.isOn) expectManyRequests();
        void listening.follow(wantedBy(monitor, options));
      }),
    );
    const onChange = (): void => void reload(monitor, log);
    opened.defer(
      watchAtRest(settingsStore.location, { clock, everyMs: watchIntervalMs, since: read, onChange }),
    );
    const [first] = listening.open;
    return {
      monitor,
      url,
      port: first?.port ?? null,
      usualPortIsTaken: wanted.addresses[0]?.fallbackToFreePort === true && first?.port !== usualPort,
      isTls: first?.isTls === true,
      listensBeyond: listening.open.some(({ host }) => !isLoopback(host)),
      others: listening.open.slice(1).map((one) => one.url),
      interfaceIsBuilt: files.isBuilt,
      signInAddress: () => `${url() ?? ''}/#code=${access.createCode().code}`,
      stop: () => opened.disposeAsync(),
    };
  } catch (thrown) {
    await opened.disposeAsync();
    throw thrown;
  }
}

/**
 * A hub creates far more objects and calls the same functions far more often than a Plimsoll that watches one machine:
 * the V8 options that the launcher sets to save memory would cost a hub a third of its throughput. These are V8's
 * defaults. V8 reads them each time, so a Plimsoll that becomes a hub while it runs gets as fast, once the functions
 * that were compiled to save memory have run often enough again.
 */
function expectManyRequests(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
  setFlagsFromString('--invocation-count-for-maglev=400');
  setFlagsFromString('--invocation-count-for-turbofan=3000');
}

/** Creates the handler at the first request: a Plimsoll that nobody opens does not carry it. */
function onceAsked(make: () => Promise<Answer>, log: Log): Answer {
  let made: Promise<Answer> | undefined;
  return async (request, env) => {
    made ??= make().catch((error: unknown) => {
      log.error('the API cannot be loaded', { error });
      return () => Response.json(errorAnswer('internal', notLoaded), { status: 500 });
    });
    return (await made)(request, env);
  };
}

/** Where it should listen: an agent does not, and a choice on the command line stays. */
function wantedBy(monitor: Monitor, { listenOn, tls, settingsStore }: ServeOptions): Wanted {
  if (listenOn === null) return { addresses: [], tls: undefined, names: [] };
  const { settings, location } = monitor.settings.view();
  return alwaysWanted(settings, dirname(location ?? settingsStore.location), { ...listenOn, tls });
}

/** The key that signs sessions; an empty variable counts as missing. */
function sessionKeyIn({ SECRET_KEY: key }: ServeOptions['env']): string | undefined {
  return key === '' ? undefined : key;
}

/** Reads the settings again. Invalid ones change nothing; the monitor shows a notice until they are repaired. */
export async function reload(monitor: Monitor, log: Log): Promise<void> {
  try {
    await monitor.reload();
  } catch (thrown) {
    log.warn('the settings were not taken over', { reason: messageOf(thrown) });
  }
}
