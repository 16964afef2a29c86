import { accessSync, constants, existsSync, lstatSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { entryPath } from '../../base/built.ts';
import { childArguments } from '../../base/child-arguments.ts';
import { fileError } from '../../base/durable-file.ts';
import { logDirectoryOf, openLog } from '../../base/log.ts';
import type { OpenLog } from '../../base/log.ts';
import { makeDirectorySync } from '../../base/make-directory.ts';
import { zoneProblem } from '../../base/time-zone.ts';
import { PlimsollError } from '../../contract/error.ts';
import { logLevels } from '../../contract/settings.ts';
import { readOwner } from '../../hub/owner.ts';
import type { TlsFiles } from '../../hub/tls.ts';
import { usualPort } from '../../hub/wanted.ts';
import { logsBeside } from '../../monitor/settings/read.ts';
import { endLeftRuns } from '../../monitor/stages/left-runs.ts';
import type { Agent } from '../../monitor/uplink.ts';
import { usage } from '../arguments.ts';
import { defineCommand, type Context, type Flags, type FlagValues } from '../command.ts';
import { exitCode, type ExitCode } from '../exit-codes.ts';
import { LifeSigns } from '../life-signs.ts';
import { isSettingsError, problemLines } from '../problems.ts';
import { reload, serve, type Serving } from '../serve.ts';
import { environmentOf, environmentProblems } from '../settings/environment.ts';
import { YamlSettings } from '../settings/yaml.ts';
import { spawnByFork } from '../spawn.ts';
import { tell } from '../telling.ts';
import { shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag, pathsStartIn, scriptFolderOf, settingsFileOf } from '../where.ts';

const flags = {
  config: {
    type: 'text',
    placeholder: 'FILE',
    help: 'the settings file, instead of the usual one; it has to be valid',
  },
  data: dataFlag,
  host: { type: 'text', placeholder: 'H', help: 'the address to listen on (127.0.0.1)' },
  port: {
    type: 'integer',
    placeholder: 'N',
    help: `the port to listen on (${usualPort}, or a free one if that is taken; 0 for any free one)`,
    min: 0,
    max: 65_535,
  },
  'tls-cert': {
    type: 'text',
    placeholder: 'FILE',
    help: 'serve over TLS with this certificate, in PEM',
  },
  'tls-key': { type: 'text', placeholder: 'FILE', help: 'the key of the certificate, in PEM' },
  'log-level': {
    type: 'text',
    placeholder: 'LEVEL',
    help: 'how much monitor.log tells, whatever the settings say',
    oneOf: logLevels,
  },
} as const satisfies Flags;

export const run = defineCommand({
  name: 'run',
  summary: 'Watches this machine until it is stopped, with the interface at a local address.',
  description:
    'Without a settings file it watches processor, memory, disks and network with three rules.\n' +
    'Ctrl-C or SIGTERM ends it in good order; a second one at once. SIGHUP reads the settings again, except\n' +
    'when it is the terminal that goes. PORT in the environment sets the port where --port does not.',
  examples: [
    ['plimsoll run', 'watch this machine; open the address that it prints'],
    ['plimsoll run --config plimsoll.yaml', 'with settings of your own'],
    ['plimsoll run --port 9000 --data ./state', 'elsewhere'],
  ],
  operands: [],
  answersInterrupt: true,
  flags,
  run: (context, given) => runUntilStopped(context, given, { isHub: false }),
});

export const hub = defineCommand({
  name: 'hub',
  summary: 'Does what `run` does, and receives from other machines.',
  description:
    'Other machines send with a token of the scope ingest. Beyond this machine it listens only once there is a\n' +
    'token, and should do so over TLS.',
  examples: [
    ['plimsoll host enrol web-1 --url https://hub.example.org:8888', 'lets the machine web-1 send'],
    ['plimsoll hub --host 0.0.0.0 --tls-cert hub.pem --tls-key hub.key', 'for the network'],
  ],
  operands: [],
  answersInterrupt: true,
  flags,
  run: (context, given) => runUntilStopped(context, given, { isHub: true }),
});

/** What distinguishes `run`, `hub` and `agent`. */
interface Preset {
  isHub: boolean;
  /** For an agent: it sends there, and does not listen. */
  agent?: Agent;
}

/** The implementation of `run`, `hub` and `agent`. */
export async function runUntilStopped(
  context: Context,
  {
    config,
    data,
    host,
    port,
    'log-level': logLevel,
    'tls-cert': tlsCertificate,
    'tls-key': tlsKey,
  }: Partial<FlagValues<typeof flags>>,
  { isHub, agent }: Preset,
): Promise<ExitCode> {
  const { terminal, clock } = context;
  const env = agent?.environment ?? environmentOf(context, config);
  const asked = agent === undefined ? portOf(port, env['PORT']) : undefined;
  const settingsFile = settingsFileOf(context, config);
  const dataDirectory = dataDirectoryOf(context, data);
  if (config !== undefined && isMissing(settingsFile)) {
    terminal.error(shown(`${config}: there is no such file`));
    return exitCode.badConfiguration;
  }
  // All files written from here on, also by the children, are for this user alone.
  process.umask(0o077);
  prepare(dataDirectory);
  const settingsStore = new YamlSettings(
    settingsFile,
    pathsStartIn(settingsFile, config !== undefined, dataDirectory),
  );
  const besideLogs = config === undefined ? undefined : folderOfLogs(settingsStore);
  const logDirectory = logDirectoryOf(besideLogs ?? dataDirectory, env, context.workingDirectory);
  const level = logLevels.find((known) => known === logLevel);
  const log = openLog(logDirectory, level === undefined ? {} : { level });
  const scriptFolder = scriptFolderOf(settingsFile);
  const children = spawnByFork({
    entryPath,
    env: context.env,
    log,
    argumentsFor: (entry) => childArguments(entry, { dataDirectory, scriptFolder }),
  });
  const endChildren = () => {
    children.killAll();
    endLeftRuns(dataDirectory);
  };
  const signs = new LifeSigns({
    terminal,
    log,
    dataDirectory,
    logDirectory,
    endChildren,
  });
  try {
    const serving = await serve({
      version: context.version,
      hostName: agent?.host ?? hostname(),
      settingsStore,
      settingsMustHold: config !== undefined,
      dataDirectory,
      scriptFolder,
      rendererDirectory: entryPath('renderer'),
      listenOn: agent === undefined ? { host, port: asked } : null,
      uplink: agent?.uplink,
      tls: tlsFilesOf(context, tlsCertificate, tlsKey),
      isHub,
      env,
      spawn: children.spawn,
      clock,
      log,
      logDirectory,
      ...(level === undefined && { setLogLevel: log.setLevel }),
    });
    noticeSurroundings(context, serving, config, log);
    await tell(context, serving, { settingsFile, dataDirectory, logDirectory, data, uplink: agent?.uplink });
    log.info('started', { version: context.version, pid: process.pid, url: serving.url() });
    signs.onHangUp(() => void reload(serving.monitor, log));
    const reason = await signs.stopAsked;
    log.info('stopping', { reason });
    await serving.stop();
    log.info('stopped');
    return exitCode.ok;
  } catch (thrown) {
    if (!isSettingsError(thrown)) throw named(thrown, dataDirectory);
    for (const line of problemLines(settingsFile, thrown)) terminal.error(line);
    return exitCode.badConfiguration;
  } finally {
    endChildren();
    await log.close();
    signs.close();
  }
}

/** Reports problems of the surroundings rather than of the settings; changes nothing else. */
function noticeSurroundings(
  context: Context,
  { monitor }: Serving,
  config: string | undefined,
  log: OpenLog,
): void {
  monitor.notice('time-zone', zoneProblem(context.env['TZ']));
  const lines = environmentProblems(context, config);
  monitor.notice('environment-files', lines.length === 0 ? null : lines.slice(0, 5).join('; '));
  log.onProblem((problem) =>
    monitor.notice('log', problem === null ? null : `Nothing is logged. ${problem}`),
  );
}

/** The files of `--tls-cert` and `--tls-key`; undefined if neither was given. */
function tlsFilesOf(
  { workingDirectory }: Context,
  certificate: string | undefined,
  key: string | undefined,
): TlsFiles | undefined {
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw usage('--tls-cert and --tls-key belong together: name both files.');
  return { certificate: resolve(workingDirectory, certificate), key: resolve(workingDirectory, key) };
}

/** `--port`, then `PORT`; undefined if neither was given. */
function portOf(flag: number | undefined, fromEnvironment: string | undefined): number | undefined {
  if (flag !== undefined || fromEnvironment === undefined || fromEnvironment === '') return flag;
  const port = /^\d{1,5}$/.test(fromEnvironment) ? Number(fromEnvironment) : Number.NaN;
  if (port <= 65_535) return port;
  throw usage(`PORT in the environment is a whole number from 0 to 65535, not ${shown(fromEnvironment)}.`);
}

/** Starting with settings other than the named ones would look like success. */
function isMissing(settingsFile: string): boolean {
  try {
    return lstatSync(settingsFile, { throwIfNoEntry: false }) === undefined;
  } catch {
    // A path that cannot even be examined is reported when it is read.
    return false;
  }
}

/** The folder of a predecessor's file, if the predecessor logged beside it and this user may write there. */
function folderOfLogs(settings: YamlSettings): string | undefined {
  const folder = dirname(settings.location);
  try {
    if (!logsBeside(settings.read()?.content)) return undefined;
    accessSync(existsSync(join(folder, 'logs')) ? join(folder, 'logs') : folder, constants.W_OK);
    return folder;
  } catch {
    // Problems of the settings are reported when they are read for good.
    return undefined;
  }
}

function prepare(dataDirectory: string): void {
  try {
    makeDirectorySync(dataDirectory, 0o700);
  } catch (thrown) {
    throw fileError('created', dataDirectory, thrown);
  }
}

/** Adds to the error of a second owner who the first one is. */
function named(thrown: unknown, dataDirectory: string): unknown {
  if (!(thrown instanceof PlimsollError) || thrown.code !== 'already_running') return thrown;
  const owner = readOwner(dataDirectory);
  if (owner === undefined) return thrown;
  return new PlimsollError(
    'already_running',
    `Plimsoll is already running on ${dataDirectory}: process ${owner.pid}, ${owner.address ?? 'the desktop application'}. Stop it first, or choose another --data DIR.`,
    { cause: thrown },
  );
}
