import { endLeftRuns } from '../../monitor/stages/left-runs.ts';
import { accessSync, constants, existsSync, lstatSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { childArguments } from '../../base/child-arguments.ts';
import { entryPath } from '../../base/built.ts';
import type { Alert } from '../../contract/alert.ts';
import { logLevels } from '../../contract/settings.ts';
import type { DestinationSettings } from '../../contract/settings.ts';
import { logsBeside } from '../../monitor/settings/read.ts';
import { isGoodToken } from '../../monitor/state/access-store.ts';
import type { Agent } from '../../monitor/uplink.ts';
import type { LiveEvent } from '../../contract/event.ts';
import { logDirectoryOf, openLog } from '../../base/log.ts';
import type { OpenLog } from '../../base/log.ts';
import { zoneProblem } from '../../base/time-zone.ts';
import { fileError } from '../../base/durable-file.ts';
import { makeDirectorySync } from '../../base/make-directory.ts';
import { PlimsollError } from '../../contract/error.ts';
import { usage } from '../arguments.ts';
import { defineCommand, type Context, type Flags, type FlagValues } from '../command.ts';
import { exitCode, type ExitCode } from '../exit-codes.ts';
import type { TlsFiles } from '../../hub/tls.ts';
import { environmentOf, environmentProblems } from '../settings/environment.ts';
import { YamlSettings } from '../settings/yaml.ts';
import { LifeSigns } from '../life-signs.ts';
import { readOwner } from '../../hub/owner.ts';
import { isSettingsError, noteLines, problemLines, translationLines } from '../problems.ts';
import { usualPort } from '../../hub/wanted.ts';
import { reload, serve, type Serving } from '../serve.ts';
import { spawnByFork } from '../spawn.ts';
import { ageText } from '../numbers.ts';
import { shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag, pathsStartIn, scriptFolderOf, settingsFileOf } from '../where.ts';
import { inventory } from './check.ts';

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

/** What makes one of `run`, `hub` and `agent` of the same program. */
interface Preset {
  isHub: boolean;
  /** Of an agent: it sends there, and does not listen. */
  agent?: Agent;
}

/** The program behind `run`, `hub` and `agent`. */
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
  // What is written from here on, also by the children, is for this user alone.
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
    greet(context, serving, { settingsFile, dataDirectory, logDirectory, link: linkCommand(data) });
    await tellOfScripts(context, serving, data);
    serving.monitor.subscribe((event) => say(context, event));
    tellOfSettings(context, serving, settingsFile);
    tellOfListening(context, serving);
    if (agent !== undefined) tellOfHub(context, serving, agent.uplink);
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

/** What is wrong around it and is nobody's settings: it is said, and nothing else changes. */
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

/** The files of `--tls-cert` and `--tls-key`; undefined when neither was given. */
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

/** `--port`, then `PORT`; undefined when nobody asked for one. */
function portOf(flag: number | undefined, fromEnvironment: string | undefined): number | undefined {
  if (flag !== undefined || fromEnvironment === undefined || fromEnvironment === '') return flag;
  const port = /^\d{1,5}$/.test(fromEnvironment) ? Number(fromEnvironment) : Number.NaN;
  if (port <= 65_535) return port;
  throw usage(`PORT in the environment is a whole number from 0 to 65535, not ${shown(fromEnvironment)}.`);
}

/** Starting with other settings than those that were named would look like success. */
function isMissing(settingsFile: string): boolean {
  try {
    return lstatSync(settingsFile, { throwIfNoEntry: false }) === undefined;
  } catch {
    // A path that can not even be looked at is complained about when it is read.
    return false;
  }
}

/** The folder of a predecessor's file, where that logged beside it and this user may write there. */
function folderOfLogs(settings: YamlSettings): string | undefined {
  const folder = dirname(settings.location);
  try {
    if (!logsBeside(settings.read()?.content)) return undefined;
    accessSync(existsSync(join(folder, 'logs')) ? join(folder, 'logs') : folder, constants.W_OK);
    return folder;
  } catch {
    // What is wrong with the settings is said when they are read for good.
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

/** A second owner is told who the first one is. */
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

function greet(
  { terminal, version, clock }: Context,
  serving: Serving,
  {
    settingsFile,
    dataDirectory,
    logDirectory,
    link,
  }: { settingsFile: string; dataDirectory: string; logDirectory: string; link: string },
): void {
  const { settings, location, translation, overrides, warnings } = serving.monitor.settings.view();
  const { host, notices } = serving.monitor.status();
  const names = settings.sources.filter(({ enabled }) => enabled).map(({ name }) => name);
  terminal.out(`Plimsoll ${version} watches ${shown(host)}: ${shown(listed(names))}.`);
  const file = location ?? settingsFile;
  const origin = existsSync(file) ? '' : 'not written yet: ';
  terminal.out(`Settings  ${shown(file)} (${origin}${inventory(settings)})`);
  terminal.out(`Data      ${shown(dataDirectory)}`);
  if (logDirectory !== join(dataDirectory, 'logs')) terminal.out(`Logs      ${shown(logDirectory)}`);
  for (const { message } of notices) terminal.error(`Notice    ${shown(message)}`);
  if (translation !== null) for (const line of translationLines(file, translation)) terminal.out(line);
  for (const { origin, path, value } of overrides)
    terminal.out(`From the environment  ${shown(origin)}: ${shown(path)} is ${value}`);
  for (const line of noteLines(file, warnings)) terminal.error(`Notice    ${line}`);
  if (serving.usualPortIsTaken && serving.port !== null) {
    terminal.error(`Notice    Port ${usualPort} is taken; this is on port ${serving.port}.`);
  }
  if (!serving.interfaceIsBuilt && serving.url() !== null) {
    terminal.error(
      'Notice    The interface is not built, only the API answers. Build it with: npm run build',
    );
  }
  terminal.out('');
  if (serving.url() === null) return;
  terminal.out(`Open      ${serving.signInAddress()}`);
  terminal.out(`          good once, for ten minutes; another one: ${link}`);
  for (const url of serving.others) terminal.out(`Also at   ${shown(url)}`);
  if (serving.monitor.receiving.isOn) terminal.out(`Receives  ${receivesText(serving, clock.now())}`);
  if (serving.listensBeyond && !serving.isTls) {
    terminal.error(
      'Notice    Everyone on the network reaches this, and what passes can be read on the way: it is plain HTTP. For TLS: --tls-cert FILE --tls-key FILE',
    );
  }
  terminal.out('');
}

/** From whom a hub takes samples, and how the first one can be let in. */
function receivesText({ monitor, ...serving }: Serving, now: number): string {
  const tokens = monitor.access
    .tokens()
    .filter((token) => token.scope === 'ingest' && isGoodToken(token, now)).length;
  const { allowAnonymousFrom } = monitor.receiving;
  const open =
    allowAnonymousFrom.length === 0 ? '' : `, and without a token from ${allowAnonymousFrom.join(', ')}`;
  const how = tokens === 0 ? '; let a machine in: plimsoll host enrol NAME --url ADDRESS' : '';
  return shown(`POST ${serving.url()}/api/v1/ingest, ${tokens} tokens of the scope ingest${open}${how}`);
}

/** One line when an edit of the settings is bad or they are gone, and one when they are in force again. */
function tellOfSettings({ terminal }: Context, { monitor }: Serving, settingsFile: string): void {
  const noticeNow = () => monitor.status().notices.find(({ id }) => id === 'settings')?.message;
  let told = noticeNow();
  monitor.subscribe(({ type }) => {
    if (type !== 'refresh') return;
    const message = noticeNow();
    if (message === told) return;
    told = message;
    const file = monitor.settings.view().location ?? settingsFile;
    terminal.error(`Notice    ${shown(message ?? `${file} is in force again.`)}`);
  });
}

/** One line when it listens elsewhere, and one when it does not listen as the settings say. */
function tellOfListening({ terminal }: Context, serving: Serving): void {
  let told = serving.url();
  serving.monitor.subscribe(({ type }) => {
    if (type !== 'listening') return;
    const notice = serving.monitor.status().notices.find(({ id }) => id === 'listening')?.message;
    if (notice !== undefined) terminal.error(`Notice    ${shown(notice)}`);
    const url = serving.url();
    if (url === told) return;
    told = url;
    terminal.out(url === null ? 'Plimsoll listens nowhere.' : `Open      ${serving.signInAddress()}`);
  });
}

/** One line when the hub is reached, and one when it is not any more. */
function tellOfHub({ terminal, clock }: Context, { monitor }: Serving, { name }: DestinationSettings): void {
  let told: string | undefined;
  const look = (): void => {
    const health = monitor.deliveries.destinations().find(({ destination }) => destination === name);
    if (health === undefined || (health.error === null && health.arrivedAt === null)) return;
    const { error, samples } = health;
    const aheadMs = samples?.clockAheadMs ?? 0;
    const clocks =
      Math.abs(aheadMs) < skewWorthTellingMs
        ? ''
        : ` Its clock is ${Math.round(aheadMs / 1000)} s ahead of this one's.`;
    const now = error === null ? `Samples arrive at the hub.${clocks}` : `Samples wait. ${error}`;
    if (now === told) return;
    told = now;
    const time = new Date(clock.now()).toISOString().slice(11, 19);
    terminal[error === null ? 'out' : 'error'](shown(`${time}Z ${now}`));
  };
  // A reading comes every few seconds, of Plimsoll itself at the latest.
  monitor.subscribe(({ type }) => {
    if (type === 'reading' || type === 'own-cost') look();
  });
}

/** Below that nobody cares, and a clock that is only just being set is left alone. */
const skewWorthTellingMs = 5000;

/** Nothing says so in a source's health as long as a script is none. */
async function tellOfScripts(
  { terminal }: Context,
  { monitor }: Serving,
  data: string | undefined,
): Promise<void> {
  const { scripts } = await monitor.scripts.list();
  const waiting = scripts.filter(({ state }) => state === 'waiting' || state === 'changed');
  if (waiting.length === 0) return;
  const files = shown(listed(waiting.map(({ file }) => file)));
  const command = `plimsoll scripts list${data === undefined ? '' : ` --data ${shown(data)}`}`;
  terminal.error(`Notice    Waiting to be approved, and not run before: ${files}. See: ${command}`);
}

/** The first few of them, and how many more there are. */
function listed(names: readonly string[]): string {
  const few = names.slice(0, 8).join(', ') || 'nothing yet';
  return names.length > 8 ? `${few} and ${names.length - 8} more` : few;
}

/** The command that prints a fresh address of this very Plimsoll. */
function linkCommand(data: string | undefined): string {
  return data === undefined ? 'plimsoll link' : `plimsoll link --data ${shown(data)}`;
}

/** One line for every alert that begins or ends, for whoever watches the terminal or reads the journal of a service. */
function say({ terminal, clock }: Context, event: LiveEvent): void {
  if (event.type !== 'alert' || event.transition === null || event.transition.from === event.transition.to)
    return;
  const { alert, transition } = event;
  const time = new Date(clock.now()).toISOString().slice(11, 19);
  const where = shown(`${alert.series.metric} of ${alert.series.source}`);
  const words =
    transition.to === 'firing'
      ? `${alert.severity}: ${shown(alert.ruleName)}; ${where} ${standing(alert)}`
      : `over: ${shown(alert.ruleName)} after ${ageText(transition.at - alert.since)}${alert.worstValue === null ? '' : `; worst ${alert.worstValue}`}`;
  terminal.out(`${time}Z ${words}`);
}

function standing({ cause, lastValue, threshold }: Alert): string {
  if (cause === 'no_data') return 'has sent nothing';
  if (cause === 'source_error') return 'is not known: its source fails';
  return threshold === null ? `is ${lastValue}` : `is ${lastValue}, the line ${threshold}`;
}
