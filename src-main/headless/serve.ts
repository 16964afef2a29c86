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

/** An edit by hand is in force after two of these at most. */
const watchIntervalMs = 700;

export interface ServeOptions {
  version: string;
  /** The name under which this machine's samples are kept. */
  hostName: string;
  settingsStore: YamlSettings;
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
  /** Such as `http://127.0.0.1:8888`, where it listens now; null where it does not. */
  url(): string | null;
  /** The port at the start; null where it does not listen. What follows is of the start, too. */
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
      // As it is now: it may be closed by the time that is written down.
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
 * A hub makes far more new objects than a Plimsoll that watches one machine, and calls the same functions far more often: what the
 * launcher asks of V8 for the sake of memory costs a hub a third of its posts. These are V8's own numbers, which it looks at each time: a
 * Plimsoll that becomes a hub while it runs is as quick, once what it has compiled for the sake of memory has run as often again.
 */
function expectManyRequests(): void {
  setFlagsFromString('--semi-space-growth-factor=2');
  setFlagsFromString('--invocation-count-for-maglev=400');
  setFlagsFromString('--invocation-count-for-turbofan=3000');
}

/** What answers is made for the first request: a Plimsoll that nobody looks at does not carry it. */
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

/** Where it listens as things are: an agent does not, and what was asked for on the command line stays. */
function wantedBy(monitor: Monitor, { listenOn, tls, settingsStore }: ServeOptions): Wanted {
  if (listenOn === null) return { addresses: [], tls: undefined, names: [] };
  const { settings, location } = monitor.settings.view();
  return alwaysWanted(settings, dirname(location ?? settingsStore.location), { ...listenOn, tls });
}

/** The key that signs sessions; an empty variable counts as missing. */
function sessionKeyIn({ SECRET_KEY: key }: ServeOptions['env']): string | undefined {
  return key === '' ? undefined : key;
}

/** Reads the settings again. Bad ones change nothing; the monitor shows a notice until they are mended. */
export async function reload(monitor: Monitor, log: Log): Promise<void> {
  try {
    await monitor.reload();
  } catch (thrown) {
    log.warn('the settings were not taken over', { reason: messageOf(thrown) });
  }
}
