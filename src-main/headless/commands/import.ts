import { resolve } from 'node:path';
import { z } from 'zod';
import { secretResolver } from '../../base/secrets.ts';
import { importViewSchema } from '../../contract/import.ts';
import type { Difference, ImportView } from '../../contract/import.ts';
import { PlimsollError } from '../../contract/error.ts';
import { SecretKeeper } from '../../monitor/settings/secret-keeper.ts';
import { SettingsEditor } from '../../monitor/settings/editor.ts';
import { SettingsKeeper } from '../../monitor/settings/keeper.ts';
import { defineCommand, type Context } from '../command.ts';
import { environmentOf } from '../settings/environment.ts';
import { exitCode } from '../exit-codes.ts';
import { FileSecrets } from '../settings/file-secrets.ts';
import { askOwner } from '../owner-api.ts';
import { isSettingsError, noteLines, problemLines, translationLines } from '../problems.ts';
import { readSettingsFile } from '../settings/file.ts';
import { shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag, pathsStartIn, settingsFileOf } from '../where.ts';
import { YamlSettings } from '../settings/yaml.ts';
import { readYamlText } from '../../documents/yaml-text.ts';

const revisionSchema = z.object({ revision: z.string() });

export const importCommand = defineCommand({
  name: 'import',
  summary: "Takes what a file says into the settings: ours, or a predecessor's.",
  description:
    'Shows what would change and changes nothing; with --yes it is done, as a whole or not at all. Nothing is removed.\n' +
    'What could act (destinations, sources that ask other machines) arrives disabled. A running Plimsoll on the data\n' +
    'directory takes it over at once. Exits with 65 for a file that cannot be read or does not hold.',
  examples: [
    ['plimsoll import config.yaml', 'what would change'],
    ['plimsoll import config.yaml --yes', 'change it'],
  ],
  operands: ['FILE'],
  flags: {
    yes: { type: 'switch', help: 'make the changes' },
    config: {
      type: 'text',
      placeholder: 'FILE',
      help: 'the settings to change while nothing runs, instead of the usual ones',
    },
    data: dataFlag,
    json: { type: 'switch', help: 'print JSON: {translation, differences, warnings, applied}' },
  },
  async run(context, { yes, config, data, json }, [file = '']) {
    const { terminal } = context;
    const directory = dataDirectoryOf(context, data);
    try {
      const text = textOf(resolve(context.workingDirectory, file), file);
      const view = await imported(context, { text, directory, config, yes });
      for (const line of noteLines(file, view.warnings)) terminal.error(line);
      if (json) terminal.json(view);
      else say(context, file, view);
      return exitCode.ok;
    } catch (thrown) {
      if (!(thrown instanceof PlimsollError) || !['invalid_settings', 'unreadable'].includes(thrown.code))
        throw thrown;
      for (const line of problemLines(file, thrown)) terminal.error(line);
      return exitCode.badData;
    }
  },
});

/** Asks the process that runs on the data directory, or changes the settings file itself if none does. */
async function imported(
  context: Context,
  {
    text,
    directory,
    config,
    yes,
  }: { text: string; directory: string; config: string | undefined; yes: boolean },
): Promise<ImportView> {
  const viaOwner = async () => {
    const { revision } = revisionSchema.parse(await askOwner(directory, 'GET', '/api/v1/settings'));
    const body = { text, ...(yes ? { revision } : {}) };
    return importViewSchema.parse(await askOwner(directory, 'POST', '/api/v1/settings/import', body));
  };
  if (config === undefined) {
    try {
      return await viaOwner();
    } catch (thrown) {
      if (!(thrown instanceof PlimsollError) || thrown.code !== 'not_running') throw thrown;
    }
  }
  const path = settingsFileOf(context, config);
  const env = environmentOf(context, config);
  const store = new YamlSettings(path, pathsStartIn(path, config !== undefined, directory));
  // Does not use the copy in the data directory: it belongs to the process that runs there, and a look must change
  // nothing.
  const keeper = await SettingsKeeper.open({ store, environment: env }, true).catch((thrown: unknown) => {
    throw inTarget(path, thrown);
  });
  const secrets = new SecretKeeper(new FileSecrets(directory), context.clock);
  const secret = secretResolver({ env, directory: store.directory, store: secrets });
  const editor = new SettingsEditor({ keeper, secrets, secret, env, directory: store.directory });
  try {
    return yes ? await editor.import(text, keeper.view().revision) : (await editor.plan(text)).view;
  } catch (thrown) {
    // The file may have been written although the operation failed in the end; secrets that it refers to must stay
    // then.
    await keeper.reload().catch(() => undefined);
    secrets.keep(keeper.settings);
    throw thrown;
  } finally {
    await secrets.close();
  }
}

/** Problems of the settings to be changed are not the fault of the imported file. */
function inTarget(path: string, thrown: unknown): unknown {
  if (!isSettingsError(thrown)) return thrown;
  const [first = thrown.message] = problemLines(path, thrown);
  return new PlimsollError('conflict', `The settings have a problem that must be mended first: ${first}`, {
    cause: thrown,
  });
}

function textOf(path: string, shownAs: string): string {
  const file = readSettingsFile(path);
  if (file === null) throw new PlimsollError('unreadable', `${shownAs}: there is no such file`);
  return readYamlText(file.bytes);
}

function say({ terminal }: Context, file: string, { translation, differences, applied }: ImportView): void {
  if (translation !== null) for (const line of translationLines(file, translation)) terminal.out(line);
  const changes = differences.filter(({ change }) => change !== 'same');
  for (const difference of changes) for (const line of linesOf(difference)) terminal.out(shown(line));
  const same = differences.length - changes.length;
  if (same > 0) terminal.out(`${same} ${same === 1 ? 'entry is' : 'entries are'} there already, just so.`);
  if (changes.length === 0) terminal.out('Nothing changes.');
  else if (!applied) terminal.out('Nothing was changed. To make these changes, add --yes.');
  else terminal.out('Imported. What arrived disabled is to be switched on by hand.');
}

const signs = { added: '+', changed: '~', same: ' ' } as const;

function linesOf({ list, name, change, arrivesDisabled, keys }: Difference): string[] {
  const head = `${signs[change]} ${list}: ${name}${arrivesDisabled ? ' (arrives disabled)' : ''}`;
  if (change === 'added') return [head];
  const text = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
  return [head, ...keys.map(({ key, before, after }) => `    ${key}: ${text(before)} → ${text(after)}`)];
}
