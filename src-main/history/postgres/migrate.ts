import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import type { Labels, Reading, Series } from '../../contract/sample.ts';
import { BlockTables } from '../block-tables.ts';
import type { Rollups } from '../blocks.ts';
import { openHistoryToRead } from '../open.ts';
import type { Tier } from '../rollups.ts';
import { tiers } from '../rollups.ts';
import { Database } from './database.ts';
import type { DatabaseAccess } from './database.ts';
import { prepareSchema } from './schema.ts';
import { SeriesTable } from './series-table.ts';
import { Writer, dayMs } from './write.ts';

/** How many readings one transaction contains. */
const readingsAtOnce = 1000;

/** What was copied, so far or in total. */
export interface Migrated {
  samples: number;
  /** Samples that were already in the database, for example after an earlier attempt. */
  hadBefore: number;
  /** Days of a series of which only roll-ups exist. */
  rollups: number;
}

/**
 * Copies the history in `directory`, which no process may have open, to a database: all samples, and the roll-ups of
 * days whose samples were forgotten. The directory stays unchanged, and the copy can be repeated: existing data stays.
 * Yields the progress after each piece. Throws like `openHistoryToRead` and `prepareSchema`.
 */
export async function* migrateHistory(
  directory: string,
  access: DatabaseAccess,
  now: () => number,
): AsyncGenerator<Migrated, Migrated> {
  const stored = openHistoryToRead(directory);
  const database = new Database(access);
  try {
    await prepareSchema(database);
    const series = new SeriesTable(database);
    const writer = new Writer(database, series, now);
    const migrated: Migrated = { samples: 0, hadBefore: 0, rollups: 0 };
    const columns = new Map<string, Series[]>();
    for (const one of stored.search({ offset: 0, limit: Number.MAX_SAFE_INTEGER }).series) {
      const key = JSON.stringify([one.host, one.source]);
      columns.set(key, [...(columns.get(key) ?? []), one]);
    }
    for (const ofSource of columns.values()) {
      for (const readings of readingsOf(stored, ofSource)) {
        const had = await writer.take(readings);
        const samples = readings.reduce((sum, one) => sum + one.samples.length, 0);
        migrated.samples += samples - had.length;
        migrated.hadBefore += had.length;
        yield { ...migrated };
      }
    }
    const oldest = stored.size().oldestAt ?? now();
    yield* takeRollups(directory, database, series, Math.floor(oldest / dayMs), migrated);
    return migrated;
  } finally {
    stored.close();
    await database.close();
  }
}

function* readingsOf(
  stored: Pick<ReturnType<typeof openHistoryToRead>, 'recorded'>,
  columns: readonly Series[],
): Generator<Reading[]> {
  const [first] = columns;
  if (first === undefined) return;
  const { host, source } = first;
  for (let from = -Number.MAX_SAFE_INTEGER; from < Number.MAX_SAFE_INTEGER;) {
    const page = stored.recorded({ host, source, columns: [...columns], from, to: Number.MAX_SAFE_INTEGER });
    const readings = Array.from(page.at, (at, row): Reading => {
      const samples = columns.flatMap(({ metric, labels }, column) => {
        const value = page.values[row * columns.length + column] ?? NaN;
        return Number.isNaN(value) ? [] : [{ metric, labels, value }];
      });
      return { host, source, at, durationMs: 0, samples, error: null };
    });
    for (let start = 0; start < readings.length; start += readingsAtOnce)
      yield readings.slice(start, start + readingsAtOnce);
    from = page.to;
  }
}

async function* takeRollups(
  directory: string,
  database: Database,
  series: SeriesTable,
  oldestDay: number,
  migrated: Migrated,
): AsyncGenerator<Migrated> {
  const file = openFile(join(directory, 'history.sqlite'));
  try {
    const tables = new BlockTables(file);
    for (const { id: source, host, name } of tables.sources()) {
      const stored = tables.seriesSince(source, -Infinity);
      const numbers = await series.number(
        stored.map(({ key }) => {
          const [metric, labels] = JSON.parse(key) as [string, Labels];
          return { host, source: name, metric, labels };
        }),
      );
      for (const [place, { id }] of stored.entries()) {
        for (const tier of [tiers.minute, tiers.hour, tiers.day]) {
          const days = daysOf(tables, tier, id).filter(({ day }) => day <= oldestDay);
          for (let start = 0; start < days.length; start += readingsAtOnce)
            await put(
              database,
              tier,
              numbers[place] ?? 0,
              days.slice(start, start + readingsAtOnce),
              oldestDay,
            );
          if (tier === tiers.day) migrated.rollups += days.length;
        }
        yield { ...migrated };
      }
    }
  } finally {
    file.close();
  }
}

/** A series' roll-ups of one day, with slots counted from midnight. */
interface DayOfRollups {
  day: number;
  slots: number[];
  counts: number[];
  mins: number[];
  avgs: number[];
  maxs: number[];
}

function daysOf(tables: BlockTables, tier: Tier, series: number): DayOfRollups[] {
  const found = new Map<number, DayOfRollups>();
  const periods = tables.periods(tier);
  if (periods === undefined) return [];
  for (let period = periods.oldest; period <= periods.newest; period++) {
    const rollups = tables.rollups(tier, period, series);
    if (rollups !== undefined) split(found, tier, period, rollups);
  }
  return [...found.values()];
}

function split(found: Map<number, DayOfRollups>, tier: Tier, period: number, rollups: Rollups): void {
  rollups.slots.forEach((slot, entry) => {
    const at = period * tier.periodMs + slot * tier.slotMs;
    const day = Math.floor(at / dayMs);
    let one = found.get(day);
    if (one === undefined)
      found.set(day, (one = { day, slots: [], counts: [], mins: [], avgs: [], maxs: [] }));
    one.slots.push((at - day * dayMs) / tier.slotMs);
    one.counts.push(rollups.count[entry] ?? 0);
    one.mins.push(rollups.min[entry] ?? NaN);
    one.avgs.push(rollups.avg[entry] ?? NaN);
    one.maxs.push(rollups.max[entry] ?? NaN);
  });
}

const tables = { minute: 'minutes', hour: 'hours', day: 'days' } as const;

/** Days without samples get a row, because only roll-ups have data for them. */
async function put(
  database: Database,
  tier: Tier,
  series: number,
  days: readonly DayOfRollups[],
  oldestDay: number,
): Promise<void> {
  const sent = `jsonb_to_recordset($2::jsonb) AS sent (day integer, slots smallint[], counts integer[],
    mins double precision[], avgs double precision[], maxs double precision[])`;
  const columns =
    tier.name === 'day' ? 'counts[1], mins[1], avgs[1], maxs[1]' : 'slots, counts, mins, avgs, maxs';
  await database.transaction(async ({ query }) => {
    const text = JSON.stringify(days);
    await query(
      `INSERT INTO ${tables[tier.name]} SELECT $1::int, day, ${columns} FROM ${sent} ON CONFLICT DO NOTHING`,
      [series, text],
    );
    await query(
      `INSERT INTO day (day, samples, forgotten, rolled_revision)
       SELECT day, false, true, 0 FROM ${sent.replace('$2', '$1')} WHERE day < $2 ON CONFLICT DO NOTHING`,
      [text, oldestDay],
    );
    if (tier.name !== 'day')
      await query(
        `UPDATE day SET ${tables[tier.name]} = true FROM ${sent.replace('$2', '$1')}
         WHERE day.day = sent.day AND forgotten AND NOT ${tables[tier.name]}`,
        [text],
      );
  });
}

/** Opens it beside other readers; an empty log is not needed. */
function openFile(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  if (!existsSync(`${path}-wal`) || statSync(`${path}-wal`).size === 0) url.search = 'immutable=1';
  return new DatabaseSync(url, { readOnly: true });
}
