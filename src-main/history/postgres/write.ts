import type { Reading, Series } from '../../contract/sample.ts';
import type { HadBefore } from '../messages.ts';
import { widestTime } from '../schema.ts';
import type { Connection, Database } from './database.ts';
import type { SeriesTable } from './series-table.ts';

export const dayMs = 86_400_000;

/** A sample with its index in the request. */
interface Placed {
  reading: number;
  sample: number;
  series: number;
  at: number;
  value: number;
}

/** Stores readings: many samples in one transaction, each of them once. */
export class Writer {
  readonly #database: Database;
  readonly #series: SeriesTable;
  readonly #now: () => number;
  /** Days that have their row and their partition. */
  readonly #begun = new Set<number>();

  /** `now` is epoch milliseconds. */
  constructor(database: Database, series: SeriesTable, now: () => number) {
    this.#database = database;
    this.#series = series;
    this.#now = now;
  }

  /** Resolves when everything is committed, with the samples that already existed. Stores nothing if it rejects. */
  async take(readings: readonly Reading[]): Promise<HadBefore[]> {
    const had: HadBefore[] = [];
    const placed = firstOfEach(await this.#placed(readings), had);
    if (placed.length === 0) return had;
    const days = [...new Set(placed.map(({ at }) => Math.floor(at / dayMs)))].sort((a, b) => a - b);
    const today = Math.floor(this.#now() / dayMs);
    await this.#begin(days, today);
    had.push(
      ...(await this.#store(
        placed,
        days.filter((day) => day < today),
      )),
    );
    return had.sort((a, b) => a.reading - b.reading || a.sample - b.sample);
  }

  /** A day's partition was removed: it is created again if data for it arrives. */
  forgetDays(): void {
    this.#begun.clear();
  }

  /** A sample whose value or time is not a number leaves a gap. */
  async #placed(readings: readonly Reading[]): Promise<Placed[]> {
    const found: (Omit<Placed, 'series'> & { of: Series })[] = [];
    readings.forEach(({ host, source, at, samples }, reading) => {
      if (!(Math.abs(at) < widestTime)) return;
      samples.forEach(({ metric, labels, value }, sample) => {
        if (!Number.isFinite(value)) return;
        found.push({ reading, sample, of: { host, source, metric, labels }, at: Math.round(at), value });
      });
    });
    const numbers = await this.#series.number(found.map(({ of }) => of));
    return found.map(({ of: _, ...one }, place) => ({ ...one, series: numbers[place] ?? 0 }));
  }

  async #begin(days: readonly number[], today: number): Promise<void> {
    for (const day of days) {
      if (this.#begun.has(day)) continue;
      await this.#database.query('SELECT begin_day($1, $2)', [day, today]);
      this.#begun.add(day);
    }
  }

  #store(placed: readonly Placed[], pastDays: readonly number[]): Promise<HadBefore[]> {
    return this.#database.transaction(async (connection) => {
      await send(connection, placed);
      // In a fixed order, so that two writers of the same samples do not deadlock.
      const [left] = await connection.query(
        `WITH stored AS (
           INSERT INTO sample SELECT series, at, value FROM incoming ORDER BY series, at
           ON CONFLICT DO NOTHING RETURNING series, at)
         SELECT $1::int - count(*) AS were_there FROM stored`,
        [placed.length],
      );
      if (pastDays.length > 0)
        await connection.query('UPDATE day SET revision = revision + 1 WHERE day = ANY($1::int[])', [
          pastDays,
        ]);
      if (left?.['were_there'] === 0) return [];
      return hadBefore(connection, placed);
    });
  }
}

async function send({ query, copy }: Connection, placed: readonly Placed[]): Promise<void> {
  await query(
    `CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
       place integer, series integer, at bigint, value double precision) ON COMMIT DELETE ROWS`,
  );
  let rows = '';
  placed.forEach(({ series, at, value }, place) => {
    rows += `${place}\t${series}\t${at}\t${Object.is(value, -0) ? '-0' : value}\n`;
  });
  await copy('COPY incoming FROM STDIN', rows);
}

/**
 * Finds out which samples another transaction had stored. Samples of this one have the value that was sent; an earlier
 * sample with the same value is distinguished by the transaction that wrote it.
 */
async function hadBefore({ query }: Connection, placed: readonly Placed[]): Promise<HadBefore[]> {
  const rows = await query(
    `SELECT place, sample.value FROM incoming JOIN sample USING (series, at)
     WHERE sample.xmin <> pg_current_xact_id()::xid`,
  );
  return rows.flatMap((row) => {
    const one = placed[Number(row['place'])];
    if (one === undefined) return [];
    const { reading, sample, value } = one;
    return [{ reading, sample, had: row['value'] === value ? ('same' as const) : ('other' as const) }];
  });
}

/** The first of the samples with the same series and time; the others are noted as duplicates. */
function firstOfEach(all: readonly Placed[], had: HadBefore[]): Placed[] {
  const first = new Map<string, Placed>();
  for (const one of all) {
    const key = `${one.series} ${one.at}`;
    const known = first.get(key);
    if (known === undefined) first.set(key, one);
    else
      had.push({
        reading: one.reading,
        sample: one.sample,
        had: known.value === one.value ? 'same' : 'other',
      });
  }
  return [...first.values()];
}
