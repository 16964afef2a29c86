import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PlimsollError } from '../../contract/error.ts';
import { newYaml } from '../../documents/yaml-write.ts';
import { convertTo } from '../../monitor/settings/convert.ts';
import { settingsJsonSchema } from '../../monitor/kinds.ts';
import { inForce, ownSettings } from '../../monitor/settings/read.ts';
import { SecretKeeper } from '../../monitor/settings/secret-keeper.ts';
import { mapReferences } from '../../monitor/settings/secret-references.ts';
import { starterSettings } from '../../monitor/settings/starter.ts';
import { defineCommand } from '../command.ts';
import { environmentOf, placeOfVariable } from '../settings/environment.ts';
import { exitCode } from '../exit-codes.ts';
import { FileSecrets } from '../settings/file-secrets.ts';
import { isSettingsError, noteLines, problemLines, translationLines } from '../problems.ts';
import { originRows } from '../settings/origins.ts';
import { readStored } from '../settings/stored.ts';
import { columns, shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag, settingsFileOf } from '../where.ts';

const configFlag = {
  type: 'text',
  placeholder: 'FILE',
  help: 'the settings file, instead of the usual one',
} as const;

export const configPrint = defineCommand({
  name: 'config print',
  summary: 'Prints the settings as Plimsoll understands them.',
  description:
    "As YAML with every default filled in. A predecessor's file is printed as the settings that it means. References to\n" +
    'secrets stay references; what a file holds in clear is struck out.',
  examples: [
    ['plimsoll config print', 'the usual file'],
    ['plimsoll config print --config config.yaml', "what a predecessor's file means"],
    ['plimsoll config print --effective --origin', 'what is in force, and who said so'],
  ],
  operands: [],
  flags: {
    config: configFlag,
    effective: { type: 'switch', help: 'with what the environment and .env say' },
    origin: { type: 'switch', help: 'one line for each setting: where it comes from' },
    json: { type: 'switch', help: 'print JSON' },
  },
  run(context, { config, effective, origin, json }) {
    const { terminal } = context;
    const path = settingsFileOf(context, config);
    const file = config ?? path;
    const environment = environmentOf(context, config);
    try {
      // Without a file, shows what a first start would run with.
      const isStarter = config === undefined && !existsSync(path);
      const read = isStarter ? ownSettings(starterSettings()) : readStored(path, file, environment);
      if (isStarter)
        terminal.error(shown(`${file} is not there yet; these are the settings of a first start.`));
      const force = inForce(read.settings, environment);
      const settings = struckOut(effective ? force.settings : read.settings, read.secrets);
      const placeOf = (key: readonly PropertyKey[]): string | undefined => {
        const place = read.placeOf(key);
        return place === undefined ? undefined : `${file}:${place.line}:${place.column}`;
      };
      if (origin) {
        const overrides = force.overrides.map((override) => ({
          ...override,
          origin: `${placeOfVariable(override.origin, context, config)}: ${override.origin}`,
        }));
        const rows = originRows(settings, effective ? overrides : [], placeOf);
        if (json) terminal.json(rows);
        else
          for (const line of columns([
            ['SETTING', 'VALUE', 'ORIGIN'],
            ...rows.map((row) => [shown(row.path), shown(row.value), shown(row.origin)]),
          ]))
            terminal.out(line);
      } else {
        if (json) terminal.json(settings);
        else
          terminal.out(
            Buffer.from(newYaml(settings, ` ${shown(file)}`))
              .toString()
              .trimEnd(),
          );
      }
      for (const line of noteLines(file, [...read.warnings, ...force.problems])) terminal.error(line);
      return Promise.resolve(exitCode.ok);
    } catch (thrown) {
      if (!isSettingsError(thrown)) throw thrown;
      for (const line of problemLines(file, thrown)) terminal.error(line);
      return Promise.resolve(exitCode.badConfiguration);
    }
  },
});

export const configSchema = defineCommand({
  name: 'config schema',
  summary: 'Prints the JSON Schema of plimsoll.yaml, for editors.',
  examples: [['plimsoll config schema > plimsoll.schema.json', 'then name it in your editor']],
  operands: [],
  flags: {},
  run({ terminal }) {
    terminal.json(settingsJsonSchema(), 2);
    return Promise.resolve(exitCode.ok);
  },
});

export const configConvert = defineCommand({
  name: 'config convert',
  summary: "Writes a predecessor's file as plimsoll.yaml beside it.",
  description:
    'The file itself stays as it is. What it holds in clear goes to the secret store of the data directory, so convert for\n' +
    'the directory that you will run with. Exits with 65 for a file that cannot be read.',
  examples: [['plimsoll config convert config.yaml', 'then: plimsoll run --config plimsoll.yaml']],
  operands: ['FILE'],
  flags: { data: dataFlag },
  async run(context, { data }, [file = '']) {
    const { terminal } = context;
    const path = resolve(context.workingDirectory, file);
    const directory = dataDirectoryOf(context, data);
    try {
      const { settings, translation, secrets } = readStored(path, file, environmentOf(context, file));
      if (translation === null) throw new PlimsollError('conflict', `${file} is a file of our own already.`);
      const store = new SecretKeeper(new FileSecrets(directory), context.clock);
      const target = join(dirname(path), 'plimsoll.yaml');
      const written = await convertTo(target, settings, secrets, store).finally(() => store.close());
      for (const line of translationLines(file, translation)) terminal.error(line);
      terminal.out(shown(written));
      return exitCode.ok;
    } catch (thrown) {
      if (thrown instanceof PlimsollError && thrown.code === 'conflict') {
        terminal.error(shown(`plimsoll: ${thrown.message}`));
        return exitCode.cannotCreate;
      }
      if (!isSettingsError(thrown)) throw thrown;
      for (const line of problemLines(file, thrown)) terminal.error(line);
      return exitCode.badData;
    }
  },
});

/** Secrets that the file contains in clear get a name that nobody else can use. */
function struckOut<T>(settings: T, secrets: ReadonlyMap<string, string>): T {
  return mapReferences(settings, (reference) =>
    'secret' in reference && secrets.has(reference.secret) ? '[secret]' : reference,
  );
}
