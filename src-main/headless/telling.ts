import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Alert } from '../contract/alert.ts';
import type { LiveEvent } from '../contract/event.ts';
import type { DestinationSettings } from '../contract/settings.ts';
import { usualPort } from '../hub/wanted.ts';
import { isGoodToken } from '../monitor/state/access-store.ts';
import type { Context } from './command.ts';
import { inventory } from './commands/check.ts';
import { ageText } from './numbers.ts';
import { noteLines, translationLines } from './problems.ts';
import type { Serving } from './serve.ts';
import { shown } from './terminal.ts';

/** What the terminal output needs besides the running program itself. */
export interface Told {
  settingsFile: string;
  dataDirectory: string;
  logDirectory: string;
  /** The value of `--data` as given. */
  data: string | undefined;
  /** Where an agent sends. */
  uplink: DestinationSettings | undefined;
}

/** Prints what was started and how to reach it, and from then on one line for each change. */
export async function tell(context: Context, serving: Serving, told: Told): Promise<void> {
  greet(context, serving, told);
  await tellOfScripts(context, serving, told.data);
  tellOfAlerts(context, serving);
  tellOfSettings(context, serving, told.settingsFile);
  tellOfListening(context, serving);
  if (told.uplink !== undefined) tellOfHub(context, serving, told.uplink);
}

function greet(
  { terminal, version, clock, env }: Context,
  serving: Serving,
  { settingsFile, dataDirectory, logDirectory, data }: Told,
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
  terminal.out(`          good once, for ten minutes; another one: ${commandLine(env, 'link', data)}`);
  for (const url of serving.others) terminal.out(`Also at   ${shown(url)}`);
  if (serving.monitor.receiving.isOn) terminal.out(`Receives  ${receivesText(serving, clock.now())}`);
  if (serving.listensBeyond && !serving.isTls) {
    terminal.error(
      'Notice    Everyone on the network reaches this, and what passes can be read on the way: it is plain HTTP. For TLS: --tls-cert FILE --tls-key FILE',
    );
  }
  terminal.out('');
}

/** Whose samples a hub accepts, and how to add the first machine. */
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

/** One line when an edited settings file is invalid or missing, and one when the settings are in force again. */
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

/** One line when the hub is reached, and one when it no longer is. */
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
  // There is a reading every few seconds, of Plimsoll itself if nothing else.
  monitor.subscribe(({ type }) => {
    if (type === 'reading' || type === 'own-cost') look();
  });
}

/** A smaller difference does not matter, and a clock that is just being set is left alone. */
const skewWorthTellingMs = 5000;

/** A script that waits for approval is not a source yet, so no source's health shows it. */
async function tellOfScripts(
  { terminal, env }: Context,
  { monitor }: Serving,
  data: string | undefined,
): Promise<void> {
  const { scripts } = await monitor.scripts.list();
  const waiting = scripts.filter(({ state }) => state === 'waiting' || state === 'changed');
  if (waiting.length === 0) return;
  const files = shown(listed(waiting.map(({ file }) => file)));
  const command = commandLine(env, 'scripts list', data);
  terminal.error(`Notice    Waiting to be approved, and not run before: ${files}. See: ${command}`);
}

/** The first few, and how many more there are. */
function listed(names: readonly string[]): string {
  const few = names.slice(0, 8).join(', ') || 'nothing yet';
  return names.length > 8 ? `${few} and ${names.length - 8} more` : few;
}

/** A command line for this installation. If npm started it, it is not on the PATH. */
function commandLine(env: Context['env'], words: string, data: string | undefined): string {
  const start = env['npm_execpath'] === undefined ? 'plimsoll' : 'npx plimsoll';
  return `${start} ${words}${data === undefined ? '' : ` --data ${shown(data)}`}`;
}

/** One line for every alert that begins or ends, for people who watch the terminal or read a service's journal. */
function tellOfAlerts(context: Context, { monitor }: Serving): void {
  monitor.subscribe((event) => {
    const line = alertLine(event, context.clock.now());
    if (line !== null) context.terminal.out(line);
  });
}

/** Null for any other event. */
function alertLine(event: LiveEvent, now: number): string | null {
  if (event.type !== 'alert' || event.transition === null || event.transition.from === event.transition.to)
    return null;
  const { alert, transition } = event;
  const time = new Date(now).toISOString().slice(11, 19);
  const where = shown(`${alert.series.metric} of ${alert.series.source}`);
  const words =
    transition.to === 'firing'
      ? `${alert.severity}: ${shown(alert.ruleName)}; ${where} ${standing(alert)}`
      : `over: ${shown(alert.ruleName)} after ${ageText(transition.at - alert.since)}${alert.worstValue === null ? '' : `; worst ${alert.worstValue}`}`;
  return `${time}Z ${words}`;
}

function standing({ cause, lastValue, threshold }: Alert): string {
  if (cause === 'no_data') return 'has sent nothing';
  if (cause === 'source_error') return 'is not known: its source fails';
  return threshold === null ? `is ${lastValue}` : `is ${lastValue}, the line ${threshold}`;
}
