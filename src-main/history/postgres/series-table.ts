import { createHash } from 'node:crypto';
import { systemClock } from '../../base/clock.ts';
import type { Clock } from '../../base/clock.ts';
import type { Labels, Series } from '../../contract/sample.ts';
import { seriesKey } from '../../contract/series-key.ts';
import type { Database, Row } from './database.ts';

/** How many rows one statement contains. */
const rowsAtOnce = 5000;

export interface NumberedSeries {
  id: number;
  series: Series;
}

/**
 * The longest time between taking a number and its row becoming visible to others, with room to spare: longer
 * statements are cancelled, see `database.ts`.
 */
const lateAtMostMs = 60_000;

/**
 * The series of a database by number. They are never removed, so that what is known of one stays valid; other hubs may
 * add more at any time.
 */
export class SeriesTable {
  readonly #database: Database;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #known = new Map<string, NumberedSeries>();
  readonly #byHost = new Map<string, NumberedSeries[]>();
  /** All series up to this number are known; those above it are queried again. */
  #settled = 0;
  /** The known numbers above it. */
  readonly #unsettled = new Set<number>();
  /** The largest number seen at that time. Once that is longer ago than `lateAtMostMs`, everything below is visible. */
  #seen = { number: 0, monotonic: -Infinity };

  constructor(database: Database, clock: Pick<Clock, 'monotonic'> = systemClock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** The series of a host, or all. Reads only those that others added, and among these only recent ones. */
  async of(host: string | undefined): Promise<readonly NumberedSeries[]> {
    await this.#lookForOthers();
    return host === undefined ? [...this.#known.values()] : (this.#byHost.get(host) ?? []);
  }

  async #lookForOthers(): Promise<void> {
    const monotonic = this.#clock.monotonic();
    const from = this.#settled;
    const known = this.#unsettled.size;
    const [row] = await this.#database.query('SELECT count(*) AS count FROM series WHERE id > $1', [from]);
    if (Number(row?.['count']) !== known)
      for (const one of await this.#database.query(
        'SELECT id, host, source, metric, labels FROM series WHERE id > $1',
        [from],
      ))
        this.#noteRow(one);
    if (monotonic - this.#seen.monotonic >= lateAtMostMs) this.#settle(monotonic);
  }

  /** Numbers are assigned in order, but become visible in any order. */
  #settle(monotonic: number): void {
    const settled = this.#seen.number;
    let number = settled;
    for (const one of this.#unsettled) {
      if (one <= settled) this.#unsettled.delete(one);
      else number = Math.max(number, one);
    }
    this.#settled = settled;
    this.#seen = { number, monotonic };
  }

  /** The number of a series; undefined if it was never stored. */
  async find(series: Series): Promise<number | undefined> {
    const known = this.#known.get(seriesKey(series));
    if (known !== undefined) return known.id;
    const rows = await this.#database.query(
      'SELECT id, host, source, metric, labels FROM series WHERE key = $1',
      [keyOf(series)],
    );
    return rows.map((row) => this.#noteRow(row))[0]?.id;
  }

  /** The numbers of these series, in the same order; new ones get one. */
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

  /** Inserts in the order of keys, so that two hubs that add the same series do not deadlock. */
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
      if (found !== undefined) this.#note({ id: Number(id), series: found });
    }
  }

  #noteRow(row: Row): NumberedSeries {
    const series = {
      host: String(row['host']),
      source: String(row['source']),
      metric: String(row['metric']),
      labels: JSON.parse(String(row['labels'])) as Labels,
    };
    return this.#note({ id: Number(row['id']), series });
  }

  #note(one: NumberedSeries): NumberedSeries {
    const key = seriesKey(one.series);
    const before = this.#known.get(key);
    if (before !== undefined) return before;
    this.#known.set(key, one);
    const { host } = one.series;
    const ofHost = this.#byHost.get(host);
    if (ofHost === undefined) this.#byHost.set(host, [one]);
    else ofHost.push(one);
    if (one.id > this.#settled) this.#unsettled.add(one.id);
    return one;
  }
}

/** PostgreSQL does not store text with NUL characters. No name from a sender has one. */
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
