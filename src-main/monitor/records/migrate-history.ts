import type { Migrated } from '../../history/postgres/migrate.ts';
import { databaseAccess } from '../stages/history-spawn.ts';
import { openState } from '../state/state.ts';

/** See `migrateHistory`. Throws `already_running` while a process owns the directory. */
export async function* migrateStored(
  directory: string,
  database: Parameters<typeof databaseAccess>[0],
  now: () => number,
): AsyncGenerator<Migrated> {
  // The state is the lock of the directory: nobody can start meanwhile.
  const lock = openState(directory);
  // The database client is loaded only where it is used.
  const { migrateHistory } = await import('../../history/postgres/migrate.ts');
  try {
    yield* migrateHistory(directory, await databaseAccess(database), now);
  } finally {
    lock.close();
  }
}
