import { statSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { secretResolver } from '../../base/secrets.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { ErrorCode } from '../../contract/error.ts';
import type { Settings } from '../../contract/settings.ts';
import { inForce } from '../../monitor/settings/read.ts';
import { SecretKeeper } from '../../monitor/settings/secret-keeper.ts';
import { starterSettings } from '../../monitor/settings/starter.ts';
import { agentFrom, rulesVariable, sendOnce, tokenVariable } from '../../monitor/uplink.ts';
import type { Agent } from '../../monitor/uplink.ts';
import { usage } from '../arguments.ts';
import { defineCommand, type Context } from '../command.ts';
import { exitCode, exitCodeFor, type ExitCode } from '../exit-codes.ts';
import { isSettingsError, problemLines } from '../problems.ts';
import { environmentOf } from '../settings/environment.ts';
import { FileSecrets } from '../settings/file-secrets.ts';
import { readStored } from '../settings/stored.ts';
import { shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag, pathsStartIn, settingsFileOf } from '../where.ts';
import { runUntilStopped } from './run.ts';

export const agent = defineCommand({
  name: 'agent',
  summary: 'Samples this machine and sends to a hub, without an address of its own.',
  description:
    'What `run` does, but nothing listens. While the hub is away samples wait on disk. The token is read from a file, or\n' +
    `from ${tokenVariable} in the environment; SERVER_URL, AGENT_ID (the host as the hub knows it), AGENT_NAME and\n` +
    'COLLECTION_INTERVAL are understood. With --rules-from-hub, or ' +
    `${rulesVariable}=true, rules that the owner of the hub has agents judge are judged\n` +
    'here, also while the hub is away; nothing else is taken from it. With --once every source is sampled once and nothing is kept: exits with 0 when\n' +
    'the hub has it all, 69 when the hub was not reached, 77 when it refuses the token, 1 when it refuses samples.',
  examples: [
    ['plimsoll agent --hub https://hub.example.org:8888 --token-file hub.token', 'until it is stopped'],
    [
      'plimsoll agent --hub https://hub.example.org:8888 --rules-from-hub',
      'also alerts while the hub is away',
    ],
    ['plimsoll agent --hub https://hub.example.org:8888 --token-file hub.token --once', 'for cron'],
  ],
  operands: [],
  answersInterrupt: true,
  flags: {
    hub: { type: 'text', placeholder: 'URL', help: 'the address of the hub' },
    'token-file': {
      type: 'text',
      placeholder: 'FILE',
      help: 'a file that holds the token, and nothing else',
    },
    'rules-from-hub': {
      type: 'switch',
      help: 'judge here what the owner of the hub wants judged here',
    },
    once: { type: 'switch', help: 'sample and send once, then end' },
    config: {
      type: 'text',
      placeholder: 'FILE',
      help: 'the settings file, instead of the usual one; it has to be valid',
    },
    data: dataFlag,
  },
  async run(context, { hub, 'token-file': tokenFile, 'rules-from-hub': takeRules, once, config, data }) {
    if (once && takeRules)
      throw usage('--once keeps nothing and judges nothing: leave --rules-from-hub out.');
    const found = agentFrom(
      {
        hub,
        tokenFile: tokenFile === undefined ? undefined : resolve(context.workingDirectory, tokenFile),
        hostName: hostname(),
        takeRules,
      },
      environmentOf(context, config),
    );
    warnOfOpenFile(context, tokenFile ?? context.env[`${tokenVariable}_FILE`]);
    if (!once) return runUntilStopped(context, { config, data }, { isHub: false, agent: found });
    return sendAndEnd(context, found, config, data);
  },
});

/**
 * Whoever can read the token can send in the name of this host. Files below /run are created by whoever runs a
 * container or a service, so they are exempt.
 */
function warnOfOpenFile({ terminal, workingDirectory, platform }: Context, given: string | undefined): void {
  if (given === undefined || given === '' || platform === 'win32') return;
  const path = resolve(workingDirectory, given);
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o004) === 0 || path.startsWith('/run/')) return;
  terminal.error(
    shown(`Notice    Every user of this machine can read the token in ${path}: chmod 600 ${path}`),
  );
}

/**
 * Refusals that concern the sender. For cron all other failures are alike: the post did not arrive, and the next run
 * may succeed.
 */
const refused: ReadonlySet<ErrorCode> = new Set(['unauthorized', 'forbidden']);
const ownFaults: ReadonlySet<ErrorCode> = new Set(['invalid_settings', 'unreadable', 'usage', 'unsupported']);

async function sendAndEnd(
  context: Context,
  found: Agent,
  config: string | undefined,
  data: string | undefined,
): Promise<ExitCode> {
  const { terminal, clock, version } = context;
  // Nothing is running that needs an orderly end.
  process.once('SIGINT', () => process.exit(exitCode.interrupted));
  const path = settingsFileOf(context, config);
  const dataDirectory = dataDirectoryOf(context, data);
  const directory = pathsStartIn(path, config !== undefined, dataDirectory);
  const store = new SecretKeeper(new FileSecrets(dataDirectory), clock);
  const secret = secretResolver({ env: found.environment, directory, store });
  try {
    const settings = settingsAt(context, path, config, found, store);
    if (settings === null) return exitCode.badConfiguration;
    const sent = await sendOnce(found, settings, { clock, directory, secret, version });
    for (const { source, message } of sent.failed) terminal.error(shown(`${source}: ${message}`));
    terminal.out(shown(`${sent.samples} samples of ${found.host}. ${sent.said}`));
    return sent.samples > 0 && sent.rejected === 0 ? exitCode.ok : exitCode.failed;
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError)) throw thrown;
    terminal.error(shown(`plimsoll: ${thrown.message}`));
    if (thrown.code === 'unauthorized' && found.uplink['token'] === undefined)
      terminal.error(`None was given: name its file with --token-file, or put it into ${tokenVariable}.`);
    if (refused.has(thrown.code)) return exitCode.noPermission;
    return ownFaults.has(thrown.code) ? exitCodeFor(thrown.code) : exitCode.unavailable;
  } finally {
    await store.close();
  }
}

/**
 * The settings of the file, or the starter settings if there is none; null if the file is invalid, after printing every
 * problem.
 */
function settingsAt(
  { terminal }: Context,
  path: string,
  config: string | undefined,
  { environment }: Agent,
  store: SecretKeeper,
): Settings | null {
  try {
    const stored = readStored(path, config ?? path, environment);
    store.holdInMemory(stored.secrets);
    return inForce(stored.settings, environment).settings;
  } catch (thrown) {
    if (!isSettingsError(thrown)) throw thrown;
    if (config === undefined && thrown.code === 'not_found')
      return inForce(starterSettings(), environment).settings;
    for (const line of problemLines(path, thrown)) terminal.error(line);
    return null;
  }
}
