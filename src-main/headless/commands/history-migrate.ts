import { secretResolver } from '../../base/secrets.ts';
import { PlimsollError } from '../../contract/error.ts';
import { migrateStored } from '../../monitor/records/migrate-history.ts';
import { SecretKeeper } from '../../monitor/settings/secret-keeper.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { environmentOf } from '../settings/environment.ts';
import { readStored } from '../settings/stored.ts';
import { FileSecrets } from '../settings/file-secrets.ts';
import { shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag, pathsStartIn, settingsFileOf } from '../where.ts';

const tellEveryMs = 5000;

export const historyMigrate = defineCommand({
  name: 'history migrate',
  summary: 'Takes the history of the data directory over into the database that the settings name.',
  description:
    'While Plimsoll does not run. All samples go over, and the roll-ups of days whose samples were forgotten. Nothing is\n' +
    'changed in the data directory, and what the database has already stays: it may be done again after it was interrupted.',
  examples: [['plimsoll history migrate --config plimsoll.yaml', 'into its `database`']],
  operands: [],
  flags: {
    config: { type: 'text', placeholder: 'FILE', help: 'the settings, instead of the usual ones' },
    data: dataFlag,
  },
  async run(context, { config, data }) {
    const { terminal, clock } = context;
    const dataDirectory = dataDirectoryOf(context, data);
    const path = settingsFileOf(context, config);
    const env = environmentOf(context, config);
    const { settings, secrets } = readStored(path, config ?? path, env);
    if (settings.database === undefined)
      throw new PlimsollError('usage', shown(`${path} names no \`database\` to take history over into.`));
    const directory = pathsStartIn(path, config !== undefined, dataDirectory);
    const store = new SecretKeeper(new FileSecrets(dataDirectory), clock);
    store.holdInMemory(secrets);
    const secret = secretResolver({ env, directory, store });
    let toldAt = clock.monotonic();
    let migrated = { samples: 0, hadBefore: 0, rollups: 0 };
    try {
      const steps = migrateStored(dataDirectory, { database: settings.database, secret, directory }, () =>
        clock.now(),
      );
      for await (migrated of steps) {
        if (clock.monotonic() - toldAt < tellEveryMs) continue;
        toldAt = clock.monotonic();
        terminal.error(`${migrated.samples + migrated.hadBefore} samples so far`);
      }
    } finally {
      await store.close();
    }
    const { samples, hadBefore, rollups } = migrated;
    terminal.out(
      `${samples} samples were taken over, ${hadBefore} were there already; of ${rollups} days of a series only roll-ups are kept.`,
    );
    return exitCode.ok;
  },
});
