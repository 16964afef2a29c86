import { readFileSync } from 'node:fs';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import type { Database, Session } from './database.ts';

/** The value of `plimsoll.format` in databases of this version. */
const formatVersion = 1;
const oldestServer = 150_000;
/** Two hubs that start at the same time must create the schema only once. */
const makingLock = '1886153075, 2';

/** The schema as a file that owners can read, beside the bundle as it is beside this file. */
const initFile = new URL('./init.sql', import.meta.url);

/**
 * Creates the schema if necessary. Throws a `PlimsollError`: `unsupported` for a PostgreSQL before 15, `newer_format`
 * (nothing is changed), and the errors of a database.
 */
export async function prepareSchema(database: Database | Session): Promise<void> {
  await database.transaction(async ({ query }) => {
    const [server] = await query("SELECT current_setting('server_version_num')::int AS version");
    if (Number(server?.['version']) < oldestServer)
      throw new PlimsollError(
        'unsupported',
        `History needs PostgreSQL 15 or later, and ${database.place} is older: update it.`,
      );
    await query(`SELECT pg_advisory_xact_lock(${makingLock})`);
    const [found] = await query("SELECT to_regclass('plimsoll.format') IS NOT NULL AS made");
    if (found?.['made'] !== true) await query(schemaText());
    const [row] = await query('SELECT version FROM plimsoll.format');
    const version = Number(row?.['version']);
    if (version > formatVersion)
      throw new PlimsollError(
        'newer_format',
        `The history in ${database.place} has format ${version}, and this Plimsoll knows ${formatVersion} at most. It was left untouched: use the newer Plimsoll, or name another database.`,
      );
  });
}

function schemaText(): string {
  try {
    return readFileSync(initFile, 'utf8');
  } catch (thrown) {
    throw new PlimsollError('unreadable', `The file init.sql of Plimsoll is missing: ${messageOf(thrown)}`);
  }
}
