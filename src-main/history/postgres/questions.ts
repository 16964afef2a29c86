import { PlimsollError } from '../../contract/error.ts';
import { mostPoints } from '../../contract/history.ts';
import type { HistorySummary, SeriesRange, TopSeries } from '../../contract/history.ts';
import type { SeriesSpread } from '../../contract/report.ts';
import type { Sample, Series } from '../../contract/sample.ts';
import { seriesKey } from '../../contract/series-key.ts';
import { interruptionsIn } from '../interruptions.ts';
import type { HistoryQuestions, InterruptionsQuery, RecordedReadings } from '../messages.ts';
import { pageOf } from '../search.ts';
import { usualRange } from '../usual.ts';
import type { Database } from './database.ts';
import type { NumberedSeries, SeriesTable } from './series-table.ts';
import { daysOf, noStretch, rolledUpOnly, span, stretchesOf, summariesOf } from './stretch.ts';

/** As in the built-in store: numbers in one answer, samples in one page, samples that determine the usual range. */
const mostNumbers = 50_000;
const mostSamples = 50_000;
const usualSamples = 2000;
/** As in the built-in store: how far around a range without any reading to look, and at which resolution. */
const lookAroundMs = 31 * 86_400_000;
const hourMs = 3_600_000;
const runningPoints = 3000;
const missingMs = 35_000;

type Ask<Question extends keyof HistoryQuestions> = HistoryQuestions[Question]['ask'];
type Answer<Question extends keyof HistoryQuestions> = Promise<HistoryQuestions[Question]['answer']>;

/** Answers questions to the history from a database, with the same answers as the built-in store. */
export class Questions {
  readonly #database: Database;
  readonly #series: SeriesTable;

  constructor(database: Database, series: SeriesTable) {
    this.#database = database;
    this.#series = series;
  }

  async range({ host, source, metric, labels, from, to, points }: Ask<'range'>): Answer<'range'> {
    if (!Number.isFinite(from) || !Number.isFinite(to) || !(points >= 1))
      throw new PlimsollError(
        'usage',
        'A range of history needs a beginning, an end and at least one point.',
      );
    const series = { host, source, metric, labels };
    return {
      series,
      from,
      to,
      ...(await this.#stretch(series, from, to, Math.floor(Math.min(points, mostPoints)))),
    };
  }

  async #stretch(series: Series, from: number, to: number, points: number) {
    const number = await this.#series.find(series);
    if (number === undefined) return noStretch;
    const found = await stretchesOf(this.#database, [number], { from, to, points });
    return found.get(number) ?? noStretch;
  }

  async ranges({ series, from, to, points }: Ask<'ranges'>): Answer<'ranges'> {
    checkStretch(from, to);
    if (!(points >= 1) || points > mostPoints)
      throw new PlimsollError('usage', `A stretch of history has 1 to ${mostPoints} points.`);
    const numbers = await this.#numbers(series);
    const asked = { from, to, points: Math.floor(points) };
    const days = await daysOf(this.#database, from, to);
    const [summaries, stretches] = await Promise.all([
      summariesOf(this.#database, known(numbers), asked, days),
      stretchesOf(this.#database, known(numbers), asked, days),
    ]);
    return series.map((one, place): SeriesRange => {
      const number = numbers[place] ?? NaN;
      const stretch = stretches.get(number) ?? noStretch;
      return { series: one, from, to, ...stretch, summary: summaries.get(number) ?? null };
    });
  }

  async samples({ series, from, to }: Ask<'samples'>): Answer<'samples'> {
    checkStretch(from, to);
    const numbers = await this.#numbers(series);
    const rows = await this.#database.query(
      `SELECT series, at, value FROM sample WHERE series = ANY($1::int[]) AND at >= $2 AND at < $3
       ORDER BY at LIMIT $4`,
      [known(numbers), ...span(from, to), mostSamples + 1],
    );
    // All series end at the same time, where the next page starts for all of them.
    const next = rows.length > mostSamples ? Number(rows.at(-1)?.['at']) : null;
    const found = series.map((one) => ({ series: one, at: [] as number[], values: [] as number[] }));
    for (const row of rows) {
      const at = Number(row['at']);
      const place = numbers.indexOf(Number(row['series']));
      if (next !== null && at >= next) break;
      found[place]?.at.push(at);
      found[place]?.values.push(Number(row['value']));
    }
    return { from, to, series: found, next };
  }

  async recorded({ host, source, columns, from, to }: Ask<'recorded'>): Promise<RecordedReadings> {
    if (!Number.isFinite(from) || !Number.isFinite(to))
      throw new PlimsollError('usage', 'Recorded readings are asked for from one time to another.');
    const width = columns.length;
    const most = Math.max(1, Math.floor(mostNumbers / Math.max(1, width)));
    const ofSource = (await this.#series.of(host)).filter(({ series }) => series.source === source);
    const times = await this.#database.query(
      `SELECT DISTINCT at FROM sample WHERE series = ANY($1::int[]) AND at >= $2 AND at < $3 ORDER BY at LIMIT $4`,
      [ofSource.map(({ id }) => id), ...span(from, to), most + 1],
    );
    const until = times.length > most ? Number(times.pop()?.['at']) : to;
    const at = Float64Array.from(times, (row) => Number(row['at']));
    const values = new Float64Array(at.length * width).fill(NaN);
    const numbers = await this.#numbers(
      columns.map(({ metric, labels }) => ({ host, source, metric, labels })),
    );
    const places = new Map(Array.from(at, (time, place) => [time, place]));
    for (const row of await this.#database.query(
      'SELECT series, at, value FROM sample WHERE series = ANY($1::int[]) AND at >= $2 AND at < $3',
      [known(numbers), ...span(from, until)],
    )) {
      const place = places.get(Number(row['at']));
      const number = Number(row['series']);
      numbers.forEach((one, column) => {
        if (one === number && place !== undefined) values[place * width + column] = Number(row['value']);
      });
    }
    return { at, values, to: until };
  }

  async series({ source, metric }: Ask<'series'>): Answer<'series'> {
    return (await this.#stored()).filter((one) => one.source === source && one.metric === metric);
  }

  async search(search: Ask<'search'>): Answer<'search'> {
    const { page: series, total, next } = pageOf(await this.#stored(), search);
    return { series, total, next };
  }

  async #stored(): Promise<Series[]> {
    return (await this.#series.of(undefined)).map(({ series }) => series);
  }

  async latest({ from }: Ask<'latest'>): Answer<'latest'> {
    return this.#newest(await this.#series.of(undefined), from);
  }

  async newest({ from, ...search }: Ask<'newest'>): Answer<'newest'> {
    const { host, source, metric } = search;
    const asked = (await this.#series.of(host)).filter(
      ({ series }) =>
        (source === undefined || series.source === source) &&
        (metric === undefined || series.metric === metric),
    );
    const { page: samples, total, next } = pageOf(await this.#newest(asked, from), search);
    return { samples, total, next };
  }

  async #newest(asked: readonly NumberedSeries[], from: number): Promise<Sample[]> {
    const rows = await this.#database.query(
      `SELECT asked.series, newest.at, newest.value FROM unnest($1::int[]) AS asked (series)
       CROSS JOIN LATERAL (SELECT at, value FROM sample
         WHERE sample.series = asked.series AND at >= $2 ORDER BY at DESC LIMIT 1) AS newest`,
      [asked.map(({ id }) => id), Math.max(-Number.MAX_SAFE_INTEGER, Math.ceil(from))],
    );
    const byNumber = new Map(asked.map(({ id, series }) => [id, series]));
    return rows.flatMap((row) => {
      const series = byNumber.get(Number(row['series']));
      return series === undefined ? [] : [{ ...series, value: Number(row['value']), at: Number(row['at']) }];
    });
  }

  async top({ metric, host, source, by, from, to, limit }: Ask<'top'>): Promise<TopSeries> {
    checkStretch(from, to);
    const asked = (await this.#series.of(host)).filter(
      ({ series }) => series.metric === metric && (source === undefined || series.source === source),
    );
    const summaries = await summariesOf(
      this.#database,
      asked.map(({ id }) => id),
      { from, to },
    );
    const entries = asked.flatMap(({ id, series }) => {
      const summary = summaries.get(id);
      return summary === undefined ? [] : [{ series, summary }];
    });
    // Series without a last sample come after all that have one.
    const rank = ({ summary }: { summary: HistorySummary }): number => summary[by] ?? -Infinity;
    entries.sort((a, b) => rank(b) - rank(a) || 0);
    return { entries: entries.slice(0, limit), total: entries.length };
  }

  async interruptions({ running, lost, from, to }: InterruptionsQuery): Answer<'interruptions'> {
    checkStretch(from, to);
    const look = lookAroundMs / hourMs;
    return interruptionsIn({
      inside: await this.#stretch(running, from, to, runningPoints),
      before: await this.#stretch(running, from - lookAroundMs, from, look),
      after: await this.#stretch(running, to, to + lookAroundMs, look),
      lost: await this.#stretch(lost, from, to + lookAroundMs, mostPoints),
      ...{ from, to, missingMs },
    });
  }

  async spread({ series, from, to }: Ask<'spread'>): Promise<(SeriesSpread | null)[]> {
    checkStretch(from, to);
    const numbers = await this.#numbers(series);
    const cut = await rolledUpOnly(this.#database, known(numbers), await daysOf(this.#database, from, to));
    const found: (SeriesSpread | null)[] = [];
    for (const number of numbers) {
      if (number === undefined) found.push(null);
      else if (cut.has(number)) found.push({ p95: null, lowestAt: null, highestAt: null });
      else found.push(await this.#spreadOf(number, from, to));
    }
    return found;
  }

  async #spreadOf(series: number, from: number, to: number): Promise<SeriesSpread | null> {
    const [row] = await this.#database.query(
      `WITH asked AS MATERIALIZED (SELECT at, value FROM sample WHERE series = $1 AND at >= $2 AND at < $3)
       SELECT (SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY value) FROM asked) AS p95,
              (SELECT at FROM asked ORDER BY value, at LIMIT 1) AS lowest,
              (SELECT at FROM asked ORDER BY value DESC, at LIMIT 1) AS highest`,
      [series, ...span(from, to)],
    );
    if (row === undefined || row['p95'] === null) return null;
    return { p95: Number(row['p95']), lowestAt: Number(row['lowest']), highestAt: Number(row['highest']) };
  }

  async usual({ series, from, to }: Ask<'usual'>): Answer<'usual'> {
    const answers: HistoryQuestions['usual']['answer'] = [];
    for (const number of await this.#numbers(series))
      answers.push(number === undefined ? null : usualRange(await this.#someSamples(number, from, to)));
    return answers;
  }

  /** Every n-th sample of a series, evenly spread over the time range. */
  async #someSamples(series: number, from: number, to: number): Promise<[at: number, value: number][]> {
    const [counted] = await this.#database.query(
      'SELECT count(*) AS count FROM sample WHERE series = $1 AND at >= $2 AND at < $3',
      [series, ...span(from, to)],
    );
    let stride = 1;
    while (Math.ceil(Number(counted?.['count']) / stride) >= usualSamples) stride *= 2;
    const rows = await this.#database.query(
      `SELECT at, value FROM (
         SELECT at, value, row_number() OVER (ORDER BY at) - 1 AS place
         FROM sample WHERE series = $1 AND at >= $2 AND at < $3) AS counted
       WHERE place % $4 = 0 ORDER BY at`,
      [series, ...span(from, to), stride],
    );
    return rows.map((row) => [Number(row['at']), Number(row['value'])]);
  }

  #numbers(series: readonly Series[]): Promise<(number | undefined)[]> {
    const asked = new Map<string, Promise<number | undefined>>();
    return Promise.all(
      series.map((one) => {
        const key = seriesKey(one);
        const number = asked.get(key) ?? this.#series.find(one);
        asked.set(key, number);
        return number;
      }),
    );
  }
}

function known(numbers: readonly (number | undefined)[]): number[] {
  return numbers.filter((number) => number !== undefined);
}

function checkStretch(from: number, to: number): void {
  if (Number.isFinite(from) && Number.isFinite(to) && from < to) return;
  throw new PlimsollError('usage', 'A stretch of history needs a beginning, and an end after it.');
}
