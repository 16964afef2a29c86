import { keptMs } from '../forget.ts';
import { tiers } from '../rollups.ts';
import type { UpkeepTask } from '../upkeep.ts';
import type { Database } from './database.ts';
import { dayMs } from './write.ts';

/** Hubs have different clocks, and a commit takes a moment: a day counts as over this long after its end. */
const ripeAfterMs = 10 * 60_000;
/** How many series one transaction rolls up: it may block others' writes for seconds at most. */
const seriesAtOnce = 500;
/** One hub at a time: the others find it done. */
const upkeepLock = '1886153075, 3';

/**
 * Rolls up days that are over, forgets what is too old, and prepares tomorrow, all within the database. Returns whether
 * samples of a day were removed. Does nothing while another hub is doing it.
 */
export async function tend(database: Database, task: UpkeepTask): Promise<boolean> {
  const today = Math.floor(task.now / dayMs);
  await database.query('SELECT begin_day($1, $1) WHERE NOT EXISTS (SELECT FROM day WHERE day = $1)', [
    today + 1,
  ]);
  const ripe = Math.floor((task.now - ripeAfterMs) / dayMs);
  for (const { day } of await database.query(
    `SELECT day FROM day WHERE day < $1 AND samples AND rolled_revision IS DISTINCT FROM revision AND NOT forgotten
     ORDER BY day`,
    [ripe],
  ))
    await rollUp(database, Number(day));
  if (!Number.isFinite(task.rawHours)) return false;
  return forget(database, task, today);
}

async function rollUp(database: Database, day: number): Promise<void> {
  const [begun] = await database.query(
    'SELECT revision, (SELECT max(id) FROM series) AS last FROM day WHERE day = $1',
    [day],
  );
  for (let first = 1; first <= Number(begun?.['last'] ?? 0); first += seriesAtOnce) {
    const isMine = await database.transaction(async ({ query }) => {
      const [lock] = await query(`SELECT pg_try_advisory_xact_lock(${upkeepLock}) AS mine`);
      if (lock?.['mine'] !== true) return false;
      await query("SET LOCAL work_mem = '64MB'");
      await query('SELECT roll_up($1, $2, $3)', [day, first, first + seriesAtOnce - 1]);
      return true;
    });
    if (!isMine) return;
  }
  await database.query('UPDATE day SET rolled_revision = $2, minutes = true, hours = true WHERE day = $1', [
    day,
    Number(begun?.['revision']),
  ]);
}

async function forget(database: Database, task: UpkeepTask, today: number): Promise<boolean> {
  const [trusted] = await database.query('SELECT trusted_day($1) AS day', [today]);
  const reference = Math.min(task.now, (Number(trusted?.['day']) + 1) * dayMs);
  const firstKept = (ms: number) => Math.max(-1e9, Math.floor((reference - ms) / dayMs));
  const old = await database.query(
    'SELECT day FROM day WHERE day < $1 AND samples AND (forgotten OR rolled_revision = revision) ORDER BY day',
    [firstKept(task.rawHours * 3_600_000)],
  );
  for (const { day } of old) await database.query('SELECT forget_samples($1)', [Number(day)]);
  await database.query('SELECT forget_roll_ups($1, $2, $3)', [
    firstKept(keptMs(tiers.minute, task)),
    firstKept(keptMs(tiers.hour, task)),
    firstKept(keptMs(tiers.day, task)),
  ]);
  return old.length > 0;
}
