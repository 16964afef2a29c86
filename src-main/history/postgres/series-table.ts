import { createHash } from 'node:crypto';
import type { Labels, Series } from '../../contract/sample.ts';
import { seriesKey } from '../../contract/series-key.ts';
import type { Database, Row } from './database.ts';

/** Rows in one statement. */
const rowsAtOnce = 5000;

export interface NumberedSeries {
  id: number;
  series: Series;
}

/**
 * The series of a database by their numbers. They are never removed, so that what is known of one stays true; others may be added by
 * other hubs at any time.
 */
export class SeriesTable {
  readonly #database: Database;
  readonly #known = new Map<string, NumberedSeries>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** All there are. Only those that others added are read. */
  async all(): Promise<NumberedSeries[]> {
    const [row] = await this.#database.query('SELECT count(*) AS count FROM series');
    if (row?.['count'] !== this.#known.size) {
      for (const one of await this.#database.query('SELECT id, host, source, metric, labels FROM series'))
        this.#note(one);
    }
    return [...this.#known.values()];
  }

  /** The number of a series; undefined for one that was never stored. */
  async find(series: Series): Promise<number | undefined> {
    const known = this.#known.get(seriesKey(series));
    if (known !== undefined) return known.id;
    const rows = await this.#database.query(
      'SELECT id, host, source, metric, labels FROM series WHERE key = $1',
      [keyOf(series)],
    );
    return rows.map((row) => this.#note(row))[0]?.id;
  }

  /** The numbers of these series, in their order; those that are new get one. */
  async number(series: readonly Series[]): Promise<number[]> {
    const missing = new Map<string, Series>();
    for (const one of series) {
      const key = seriesKey(one);
      if (!this.#known.has(key)) missing.set(key, one);
    }
    const list = [...missing.values()];
    for (let start = 0; start < list.length; start += rowsAtOnce)
      await this.#add(list.slice(start, start + rowsAtOnce));
    return series.map((one) => this.#known.get(seriesKey(one))?.id ?? 0);
  }

  /** In the order of their keys, so that two hubs that add the same do not wait for each other in a circle. */
  async #add(series: readonly Series[]): Promise<void> {
    const keyed = series
      .map((one) => ({ one, key: keyOf(one) }))
      .sort((a, b) => Buffer.compare(a.key, b.key));
    const keys = keyed.map(({ key }) => key.toString('hex'));
    const column = (name: 'host' | 'source' | 'metric') => keyed.map(({ one }) => withoutNul(one[name]));
    await this.#database.query(
      `INSERT INTO series (key, host, source, metric, labels)
       SELECT decode(key, 'hex'), host, source, metric, labels
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) AS sent (key, host, source, metric, labels)
       WHERE NOT EXISTS (SELECT FROM series AS there WHERE there.key = decode(sent.key, 'hex'))
       ON CONFLICT (key) DO NOTHING`,
      [
        keys,
        column('host'),
        column('source'),
        column('metric'),
        keyed.map(({ one }) => labelsText(one.labels)),
      ],
    );
    const rows = await this.#database.query(
      `SELECT id, place FROM series JOIN unnest($1::text[]) WITH ORDINALITY AS sent (hex, place) ON key = decode(hex, 'hex')`,
      [keys],
    );
    for (const { id, place } of rows) {
      const found = keyed[Number(place) - 1]?.one;
      if (found !== undefined) this.#known.set(seriesKey(found), { id: Number(id), series: found });
    }
  }

  #note(row: Row): NumberedSeries {
    const series = {
      host: String(row['host']),
      source: String(row['source']),
      metric: String(row['metric']),
      labels: JSON.parse(String(row['labels'])) as Labels,
    };
    const noted = { id: Number(row['id']), series };
    this.#known.set(seriesKey(series), noted);
    return noted;
  }
}

/** PostgreSQL keeps no text with the character 0 in it. No name that others send has one. */
function withoutNul(text: string): string {
  return text.replaceAll('\0', '\u{fffd}');
}

function labelsText(labels: Labels): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted));
}

function keyOf({ host, source, metric, labels }: Series): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([host, source, metric, labelsText(labels)]))
    .digest();
}
