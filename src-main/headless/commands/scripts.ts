import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { PlimsollError } from '../../contract/error.ts';
import { scriptsViewSchema, scriptViewSchema } from '../../contract/script.ts';
import type { ScriptApproval, ScriptView } from '../../contract/script.ts';
import type { Settings } from '../../contract/settings.ts';
import { programsOf } from '../../monitor/scripts/script-uses.ts';
import { lookAtScript } from '../../monitor/scripts/script-view.ts';
import { Scripts } from '../../monitor/scripts/scripts.ts';
import type { ScriptsApi } from '../../monitor/scripts/scripts.ts';
import { openState } from '../../monitor/state/state.ts';
import { defineCommand, type Context } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { askOwner } from '../owner-api.ts';
import { environmentOf } from '../settings/environment.ts';
import { readStored } from '../settings/stored.ts';
import { columns, shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag, pathsStartIn, scriptFolderOf, settingsFileOf } from '../where.ts';

const configFlag = {
  type: 'text',
  placeholder: 'FILE',
  help: 'the settings file beside which the folder metrics is, while no Plimsoll runs',
} as const;

export const scriptsList = defineCommand({
  name: 'scripts list',
  summary: 'Lists the scripts: state, file, who uses it, hash.',
  description:
    'Those in the folder metrics beside the settings and those that sources and destinations name. A script that is waiting or\nhas changed does not run.',
  examples: [
    ['plimsoll scripts list', 'what is there, and what waits to be approved'],
    ['plimsoll scripts list --json', 'for programs'],
  ],
  operands: [],
  flags: { json: { type: 'switch', help: 'print JSON' }, config: configFlag, data: dataFlag },
  async run(context, { json, config, data }) {
    const { terminal } = context;
    const view = await withScripts(context, { config, data }, (scripts) => scripts.list());
    if (view.problem !== null) terminal.error(shown(view.problem));
    if (json) {
      terminal.json(view);
      return exitCode.ok;
    }
    const rows = view.scripts.map(({ state, file, sources, destinations, sha256 }) => [
      state,
      shown(file),
      shown([...sources, ...destinations].join(', ') || '-'),
      sha256?.slice(0, 12) ?? '-',
    ]);
    if (rows.length === 0) terminal.out(shown(`There is no script in ${view.folder}.`));
    else for (const line of columns([['STATE', 'FILE', 'USED BY', 'SHA-256'], ...rows])) terminal.out(line);
    for (const { file, problem } of view.scripts)
      if (problem !== null) terminal.error(shown(`${file}: ${problem}`));
    return exitCode.ok;
  },
});

export const scriptsApprove = defineCommand({
  name: 'scripts approve',
  summary: 'Lets a script run, as it is now. Nothing runs before that.',
  description:
    'What is approved is the content of the file: a script that changes stops running until it is approved again.\nA file in the folder metrics beside the settings becomes a source.',
  examples: [
    ['plimsoll scripts approve metrics/cpu_usage.py', 'after reading it'],
    ['plimsoll scripts approve gpu.py --interpreter /opt/venv/bin/python', 'run by another Python'],
  ],
  operands: ['FILE'],
  flags: {
    interpreter: {
      type: 'text',
      placeholder: 'PROGRAM',
      help: 'the program that is to run it, instead of the usual one or the one that its source names',
    },
    config: configFlag,
    data: dataFlag,
  },
  async run(context, { interpreter, config, data }, [file = '']) {
    const { terminal } = context;
    const looked = await lookAtScript(pathOf(context, config, file));
    const approval: ScriptApproval = {
      path: looked.path,
      sha256: looked.sha256,
      ...(interpreter === undefined ? {} : { interpreter }),
    };
    const approved = await withScripts(context, { config, data }, (scripts) => scripts.approve(approval));
    for (const [name, value] of [
      ['File', looked.path],
      ['SHA-256', looked.sha256],
      ['Size', `${looked.size} bytes`],
      ['Changed', new Date(looked.modifiedAt).toISOString()],
      ['Owner', ownerText(looked)],
      ['Run by', approved.interpreter ?? 'the usual program'],
      ['Used by', [...approved.sources, ...approved.destinations].join(', ') || 'nobody yet'],
    ] as const)
      terminal.out(`${name.padEnd(9)}${shown(value)}`);
    terminal.error('It is approved, as it is now. What changes in it has to be approved again.');
    return exitCode.ok;
  },
});

export const scriptsRevoke = defineCommand({
  name: 'scripts revoke',
  summary: 'Takes the approval of a script back. It is ended where it runs.',
  examples: [
    ['plimsoll scripts revoke metrics/cpu_usage.py', 'its source stays, and says why it does not run'],
  ],
  operands: ['FILE'],
  flags: { config: configFlag, data: dataFlag },
  async run(context, { config, data }, [file = '']) {
    const path = pathOf(context, config, file);
    await withScripts(context, { config, data }, (scripts) => scripts.revoke(path));
    context.terminal.error('It is not approved any more.');
    return exitCode.ok;
  },
});

function ownerText({ owner, writableBy }: Pick<ScriptView, 'owner' | 'writableBy'>): string {
  if (owner === null) return 'not known on this system';
  const who = owner === process.getuid?.() ? 'you' : owner === 0 ? 'root' : `user ${owner}`;
  return `${who}${writableBy === 'group' ? '; its group can change it, too' : ''}`;
}

/** Asks the process that runs on the directory, or works in the directory itself if none does. */
async function withScripts<Answer>(
  context: Context,
  { config, data }: { config: string | undefined; data: string | undefined },
  act: (scripts: Pick<ScriptsApi, 'list' | 'approve' | 'revoke'>) => Promise<Answer>,
): Promise<Answer> {
  const directory = dataDirectoryOf(context, data);
  try {
    return await act(ownersScripts(directory));
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError) || thrown.code !== 'not_running') throw thrown;
  }
  const settingsFile = settingsFileOf(context, config);
  const folder = scriptFolderOf(settingsFile);
  const settings = settingsIn(context, settingsFile);
  const start = pathsStartIn(settingsFile, config !== undefined, directory);
  const state = openState(directory);
  try {
    return await act(
      new Scripts({
        ...{ directory, folder, clock: context.clock },
        sources: () => settings.sources,
        programs: () => programsOf(settings, start),
      }),
    );
  } finally {
    state.close();
  }
}

/** The script settings also apply without a running Plimsoll; without a file there are none. */
function settingsIn(context: Context, settingsFile: string): Pick<Settings, 'sources' | 'destinations'> {
  try {
    return readStored(settingsFile, settingsFile, environmentOf(context, settingsFile)).settings;
  } catch (thrown) {
    if (thrown instanceof PlimsollError && thrown.code === 'not_found')
      return { sources: [], destinations: [] };
    throw thrown;
  }
}

/** A bare name is also looked up in the folder metrics, because `scripts list` prints such names. */
function pathOf(context: Context, config: string | undefined, file: string): string {
  const path = resolve(context.workingDirectory, file);
  if (existsSync(path) || basename(file) !== file) return path;
  const inFolder = join(scriptFolderOf(settingsFileOf(context, config)), file);
  return existsSync(inFolder) ? inFolder : path;
}

function ownersScripts(directory: string): Pick<ScriptsApi, 'list' | 'approve' | 'revoke'> {
  return {
    list: async () => scriptsViewSchema.parse(await askOwner(directory, 'GET', '/api/v1/scripts')),
    approve: async (approval) =>
      scriptViewSchema.parse(await askOwner(directory, 'POST', '/api/v1/scripts/approve', approval)),
    revoke: async (path) =>
      z.undefined().parse(await askOwner(directory, 'POST', '/api/v1/scripts/revoke', { path })),
  };
}
