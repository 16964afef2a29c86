import { PlimsollError } from '../../contract/error.ts';
import type { HistorySize } from '../../contract/history-size.ts';
import type { Reading } from '../../contract/sample.ts';
import { keptMs } from '../forget.ts';
import type { HadBefore, HistoryQuestion, HistoryQuestions, Retention } from '../messages.ts';
import { keptNames, tiers } from '../rollups.ts';
import type { UpkeepTask } from '../upkeep.ts';
import { Database } from './database.ts';
import type { DatabaseAccess } from './database.ts';
import { Questions } from './questions.ts';
import { prepareSchema } from './schema.ts';
import { SeriesTable } from './series-table.ts';
import { tend } from './upkeep.ts';
import { Writer, dayMs } from './write.ts';

/**
 * A history in PostgreSQL, which several hubs may share. Its guarantees are those of `HistoryStore` for the built-in
 * one: the first of several equal samples stays, and data whose promise was resolved survives a power failure of the
 * server. Promises reject with a `PlimsollError`, see `postgresError`; data of a lost request may have been stored, and
 * may be sent again.
 */
export class PostgresHistory {
  readonly #database: Database;
  readonly #questions: Questions;
  readonly #writer: Writer;
  #retention: Retention = { rawHours: Infinity };

  private constructor(database: Database, now: () => number) {
    this.#database = database;
    const series = new SeriesTable(database);
    this.#questions = new Questions(database, series);
    this.#writer = new Writer(database, series, now);
  }

  /** Creates the schema if necessary; throws like `prepareSchema`. `now` is epoch milliseconds. */
  static async open(access: DatabaseAccess, now: () => number): Promise<PostgresHistory> {
    const database = new Database(access);
    try {
      await prepareSchema(database);
    } catch (thrown) {
      await database.close();
      throw thrown;
    }
    return new PostgresHistory(database, now);
  }

  take(readings: readonly Reading[]): Promise<HadBefore[]> {
    return this.#writer.take(readings);
  }

  answer<Question extends Exclude<HistoryQuestion, 'take'>>(
    question: Question,
    ask: HistoryQuestions[Question]['ask'],
  ): Promise<HistoryQuestions[Question]['answer']>;
  async answer(question: Exclude<HistoryQuestion, 'take'>, ask: never): Promise<unknown> {
    switch (question) {
      case 'size':
        return this.#size();
      case 'check':
        throw new PlimsollError(
          'unsupported',
          'History lies in PostgreSQL, which looks after its own files: check them with pg_amcheck and pg_checksums.',
        );
      case 'backup':
        throw new PlimsollError(
          'unsupported',
          'History lies in PostgreSQL: back it up with pg_dump or pg_basebackup.',
        );
      default:
        return this.#questions[question](ask);
    }
  }

  async #size(): Promise<HistorySize> {
    const [row] = await this.#database.query(
      `SELECT (SELECT sum(pg_total_relation_size(oid)) FROM pg_class
               WHERE relnamespace = 'plimsoll'::regnamespace AND relkind = 'r')::bigint AS bytes,
              (SELECT min(day) FROM day WHERE samples) AS samples,
              (SELECT min(day) FROM day WHERE minutes) AS minutes,
              (SELECT min(day) FROM day WHERE hours) AS hours,
              (SELECT min(day) FROM days) AS days`,
    );
    const oldest = (what: string) => (row?.[what] === null ? null : Number(row?.[what]) * dayMs);
    const oldestAt = await this.#oldestSample(oldest('samples'));
    const finite = (ms: number) => (Number.isFinite(ms) ? ms : null);
    const rollups = ([tiers.minute, tiers.hour, tiers.day] as const).map((tier) => ({
      what: keptNames[tier.name],
      oldestAt: oldest(keptNames[tier.name]),
      keptMs: finite(keptMs(tier, this.#retention)),
      cutBefore: null,
    }));
    const rawMs = finite(this.#retention.rawHours * 3_600_000);
    return {
      bytes: Number(row?.['bytes']),
      mostBytes: null,
      samples: await this.#samples(),
      oldestAt,
      kept: [{ what: 'samples', oldestAt, keptMs: rawMs, cutBefore: null }, ...rollups],
    };
  }

  async #oldestSample(from: number | null): Promise<number | null> {
    if (from === null) return null;
    const [row] = await this.#database.query('SELECT min(at) AS at FROM sample WHERE at >= $1 AND at < $2', [
      from,
      from + dayMs,
    ]);
    return row?.['at'] === null ? null : Number(row?.['at']);
  }

  /** Counted exactly if that is fast; for large partitions the server's estimate. */
  async #samples(): Promise<number> {
    let samples = 0;
    for (const { name, believed } of await this.#database.query(
      `SELECT oid::regclass::text AS name, reltuples::double precision AS believed FROM pg_class
       WHERE relispartition AND relkind = 'r' AND relnamespace = 'plimsoll'::regnamespace`,
    )) {
      if (Number(believed) > countedAtMost) samples += Number(believed);
      else {
        const [row] = await this.#database.query(`SELECT count(*) AS count FROM ${String(name)}`);
        samples += Number(row?.['count']);
      }
    }
    return samples;
  }

  /** Does everything that is due, see `tend`. */
  async tend(task: UpkeepTask): Promise<void> {
    const { now: _, ...retention } = task;
    this.#retention = retention;
    if (await tend(this.#database, task)) this.#writer.forgetDays();
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

const countedAtMost = 1_000_000;
