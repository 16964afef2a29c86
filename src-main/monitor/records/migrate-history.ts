import type { Migrated } from '../../history/postgres/migrate.ts';
import { databaseAccess } from '../stages/history-spawn.ts';
import { openState } from '../state/state.ts';

/** See `migrateHistory`. Throws `already_running` while somebody owns the directory. */
export async function* migrateStored(
  directory: string,
  database: Parameters<typeof databaseAccess>[0],
  now: () => number,
): AsyncGenerator<Migrated> {
  // Whoever has the state has the directory: nobody starts meanwhile.
  const lock = openState(directory);
  // What speaks with databases is loaded by whoever does, and by nobody else.
  const { migrateHistory } = await import('../../history/postgres/migrate.ts');
  try {
    yield* migrateHistory(directory, await databaseAccess(database), now);
  } finally {
    lock.close();
  }
}
