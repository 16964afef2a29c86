import type { HistorySummary } from '../../contract/history.ts';
import { Buckets } from '../buckets.ts';
import type { Stretch } from '../ranges.ts';
import type { Tier } from '../rollups.ts';
import { tiers } from '../rollups.ts';
import type { Database, Row } from './database.ts';
import { dayMs } from './write.ts';

/** Buckets are made of roll-ups if this many of their slots fit into one, as in the built-in store. */
const slotsInBucket = 4;

/** The requested time range, and how many points it may have. */
interface Asked {
  from: number;
  to: number;
  points: number;
}

/** What is stored of one day. */
interface Day {
  day: number;
  /** Whether its roll-ups contain everything known about it. */
  isRolled: boolean;
  samples: boolean;
  forgotten: boolean;
  minutes: boolean;
  hours: boolean;
}

export const noStretch: Stretch = { bucketMs: 0, at: [], min: [], avg: [], max: [] };

/** How many raw samples one statement returns at most. */
const samplesAtOnce = 50_000;

/**
 * For each of these series, by number, the samples with `from` ≤ time < `to`: unchanged if there are at most `points`,
 * otherwise in at most as many buckets. Equal to `stretchOf` of the built-in store. Every series has an entry. A few
 * statements answer for any number of series.
 */
export async function stretchesOf(
  database: Database,
  series: readonly number[],
  { from, to, points }: Asked,
  days?: readonly Day[],
): Promise<Map<number, Stretch>> {
  const asked = [...new Set(series)];
  const stretches = new Map<number, Stretch>(asked.map((one) => [one, noStretch]));
  if (asked.length === 0) return stretches;
  const known = days ?? (await daysOf(database, from, to));
  const cut = await rolledUpOnly(database, asked, known);
  const many = await whereFew(
    database,
    asked.filter((one) => !cut.has(one)),
    { from, to, points },
    stretches,
  );
  const wanted = [tiers.day, tiers.hour, tiers.minute].find(
    ({ slotMs }) => (to - from) / points >= slotsInBucket * slotMs,
  );
  const fold = async (some: readonly number[], finest: Tier | undefined): Promise<void> => {
    if (some.length === 0) return;
    const tier = coarseEnough(finest, known);
    const found = await folded(database, some, { from, to, points, tier, days: known });
    const { bucketMs } = new Buckets(from, to, points, tier?.slotMs);
    for (const one of some) stretches.set(one, found.get(one) ?? { ...noStretch, bucketMs });
  };
  await fold(many, wanted);
  await fold([...cut], wanted ?? tiers.minute);
  return stretches;
}

/** Adds the samples of series that have at most `points`, and returns the other series. */
async function whereFew(
  database: Database,
  series: readonly number[],
  { from, to, points }: Asked,
  stretches: Map<number, Stretch>,
): Promise<number[]> {
  const many: number[] = [];
  const atOnce = Math.max(1, Math.floor(samplesAtOnce / points));
  for (let first = 0; first < series.length; first += atOnce) {
    // More samples than that are counted by the database, and not transferred.
    const rows = await database.query(
      `WITH found AS MATERIALIZED (
         SELECT asked.series, one.at, one.value FROM unnest($1::int[]) AS asked (series)
         CROSS JOIN LATERAL (SELECT at, value FROM sample
           WHERE sample.series = asked.series AND at >= $2 AND at < $3 ORDER BY at LIMIT $4 + 1) AS one),
       counted AS (SELECT series, count(*) AS n FROM found GROUP BY series)
       SELECT counted.series, found.at, found.value
       FROM counted LEFT JOIN found ON found.series = counted.series AND counted.n <= $4
       ORDER BY counted.series, found.at`,
      [series.slice(first, first + atOnce), ...span(from, to), points],
    );
    for (const [one, ofOne] of Map.groupBy(rows, (row) => Number(row['series']))) {
      if (ofOne[0]?.['at'] === null) many.push(one);
      else stretches.set(one, asTheyAre(ofOne));
    }
  }
  return many;
}

/** Summaries of several series over a whole range, by number; series without a sample are left out. */
export async function summariesOf(
  database: Database,
  series: readonly number[],
  { from, to }: Omit<Asked, 'points'>,
  known?: readonly Day[],
): Promise<Map<number, HistorySummary>> {
  const days = known ?? (await daysOf(database, from, to));
  const wanted = [tiers.day, tiers.hour, tiers.minute].find(
    ({ slotMs }) => to - from >= slotsInBucket * slotMs,
  );
  const isForgotten = days.some(({ forgotten }) => forgotten);
  const tier = coarseEnough(isForgotten ? (wanted ?? tiers.minute) : wanted, days);
  const stretches = await folded(database, series, { from, to, points: 1, tier, days });
  const last = new Map<number, Row>();
  for (const row of await database.query(
    `SELECT asked.series, newest.at, newest.value FROM unnest($1::int[]) AS asked (series)
     CROSS JOIN LATERAL (SELECT at, value FROM sample
       WHERE sample.series = asked.series AND at >= $2 AND at < $3 ORDER BY at DESC LIMIT 1) AS newest`,
    [series, ...span(from, to)],
  ))
    last.set(Number(row['series']), row);
  const summaries = new Map<number, HistorySummary>();
  for (const [one, stretch] of stretches) {
    const [min, avg, max] = [stretch.min[0], stretch.avg[0], stretch.max[0]];
    if (min === undefined || avg === undefined || max === undefined) continue;
    const newest = last.get(one);
    summaries.set(one, {
      ...{ min, avg, max },
      last: newest === undefined ? null : Number(newest['value']),
      lastAt: newest === undefined ? null : Number(newest['at']),
    });
  }
  return summaries;
}

/** The series whose samples of that time were forgotten, but have roll-ups. */
export async function rolledUpOnly(
  database: Database,
  series: readonly number[],
  days: readonly Day[],
): Promise<Set<number>> {
  const missing = days.filter(({ forgotten }) => forgotten).map(({ day }) => day);
  if (missing.length === 0) return new Set();
  const rows = await database.query(
    'SELECT DISTINCT series FROM days WHERE series = ANY($1::int[]) AND day = ANY($2::int[])',
    [series, missing],
  );
  return new Set(rows.map((row) => Number(row['series'])));
}

/** What is stored of the days that this range touches. */
export async function daysOf(database: Database, from: number, to: number): Promise<Day[]> {
  const rows = await database.query(
    `SELECT day, coalesce(forgotten OR rolled_revision = revision, false) AS rolled, samples, forgotten, minutes, hours
     FROM day WHERE day >= $1 AND day <= $2 ORDER BY day`,
    [dayOf(from), dayOf(to - 1)],
  );
  return rows.map((row) => ({
    day: Number(row['day']),
    isRolled: row['rolled'] === true,
    samples: row['samples'] === true,
    forgotten: row['forgotten'] === true,
    minutes: row['minutes'] === true,
    hours: row['hours'] === true,
  }));
}

/**
 * The finest tier that is as coarse as requested or coarser and exists for all these days; undefined means the samples
 * themselves.
 */
function coarseEnough(wanted: Tier | undefined, days: readonly Day[]): Tier | undefined {
  const order = [undefined, tiers.minute, tiers.hour, tiers.day];
  const isKept = (tier: Tier | undefined) =>
    days.every((one) => {
      if (!one.isRolled || !one.forgotten) return true;
      if (tier === undefined) return false;
      return tier.name === 'day' || (tier.name === 'hour' ? one.hours : one.minutes);
    });
  const fine = order.findIndex((tier, place) => place >= order.indexOf(wanted) && isKept(tier));
  return fine < 0 ? tiers.day : order[fine];
}

interface Fold {
  from: number;
  to: number;
  points: number;
  tier: Tier | undefined;
  days: readonly Day[];
}

/** Buckets of several series, from the roll-ups of days that have them and the samples of the others. */
async function folded(
  database: Database,
  series: readonly number[],
  { from, to, points, tier, days }: Fold,
): Promise<Map<number, Stretch>> {
  const buckets = new Buckets(from, to, points, tier?.slotMs);
  const { bucketMs } = buckets;
  const origin = tier === undefined ? from : Math.floor(from / tier.slotMs) * tier.slotMs;
  // Days are computed from hours as far back as these exist.
  const slotMs = tier?.name === 'day' ? tiers.hour.slotMs : (tier?.slotMs ?? 1);
  const rolled = tier === undefined ? [] : days.filter(({ isRolled }) => isRolled);
  const byTable = (name: 'minutes' | 'hours' | 'days') =>
    rolled.filter((one) => tableOf(one, tier) === name).map(({ day }) => day);
  const [inMinutes, inHours, inDays] = [byTable('minutes'), byTable('hours'), byTable('days')];
  // A slot that is only partly in the range is computed from its samples, if they still exist.
  const partial = [from, to]
    .filter((time) => tier !== undefined && time % slotMs !== 0)
    .filter((time) =>
      rolled.some(({ day, samples, forgotten }) => day === dayOf(time) && samples && !forgotten),
    )
    .map((time) => Math.floor(time / slotMs));
  const fromSamples = ranges(
    [
      ...days
        .filter((one) => !rolled.includes(one))
        .map(({ day }) => [day * dayMs, (day + 1) * dayMs] as const),
      ...partial.map((slot) => [slot * slotMs, (slot + 1) * slotMs] as const),
    ],
    from,
    to,
  );
  const rows = await database.query(
    `WITH part AS (
       ${rollupsIn('minutes', 60_000, '$2')}
       UNION ALL ${rollupsIn('hours', 3_600_000, '$3')}
       UNION ALL SELECT series, day * ${dayMs}::bigint, count, min, avg, max FROM days
         WHERE series = ANY($1::int[]) AND day = ANY($4::int[]))
     SELECT series, bucket, min(lowest) AS min, max(highest) AS max,
            mean(sum(total), sum(n), min(lowest), max(highest)) AS avg
     FROM (
       SELECT series, greatest(0, floor((begin - $5::double precision) / $6::double precision)) AS bucket,
              sum(count)::double precision AS n, min(min) AS lowest, max(max) AS highest, sum(scaled(avg) * count) AS total
       FROM part WHERE begin >= $7 AND begin < $8 AND NOT begin = ANY($9::bigint[])
       GROUP BY 1, 2
       UNION ALL
       SELECT series, floor((at - $5::double precision) / $6::double precision), count(*)::double precision,
              min(value), max(value), sum(scaled(value))
       FROM sample WHERE series = ANY($1::int[]) AND (${fromSamples})
       GROUP BY 1, 2) AS found
     GROUP BY series, bucket ORDER BY series, bucket`,
    [
      ...[series, inMinutes, inHours, inDays, origin, bucketMs],
      ...[Math.floor(from / slotMs) * slotMs, Math.ceil(to), partial.map((slot) => slot * slotMs)],
    ],
  );
  const found = new Map<number, Stretch>();
  for (const row of rows) {
    const one = Number(row['series']);
    let stretch = found.get(one);
    if (stretch === undefined) found.set(one, (stretch = { bucketMs, at: [], min: [], avg: [], max: [] }));
    stretch.at.push(Math.max(from, origin + Number(row['bucket']) * bucketMs));
    stretch.min.push(Number(row['min']));
    stretch.avg.push(Number(row['avg']));
    stretch.max.push(Number(row['max']));
  }
  return found;
}

/** The table from which a tier of a day is computed: days only if its hours are gone. */
function tableOf(day: Day, tier: Tier | undefined): 'minutes' | 'hours' | 'days' {
  if (tier?.name === 'minute' && day.minutes) return 'minutes';
  return day.hours ? 'hours' : 'days';
}

function rollupsIn(table: 'minutes' | 'hours', slotMs: number, days: string): string {
  return `SELECT series, day * ${dayMs}::bigint + slot * ${slotMs}::bigint AS begin, coalesce(n, 1) AS count,
      coalesce(lowest, mean) AS min, mean AS avg, coalesce(highest, mean) AS max
    FROM ${table}, unnest(slots, counts, mins, avgs, maxs) AS entry (slot, n, lowest, mean, highest)
    WHERE series = ANY($1::int[]) AND day = ANY(${days}::int[])`;
}

/** These ranges as a condition on `at`, within `from` and `to`; adjacent ones are joined. */
function ranges(
  stretches: readonly (readonly [from: number, to: number])[],
  from: number,
  to: number,
): string {
  const merged: [from: number, to: number][] = [];
  for (const [begin, end] of stretches.toSorted(([a], [b]) => a - b)) {
    const last = merged.at(-1);
    if (last !== undefined && begin <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([begin, end]);
  }
  const conditions = merged.map(([begin, end]) => {
    const [first, until] = span(Math.max(from, begin), Math.min(to, end));
    return `at >= ${first} AND at < ${until}`;
  });
  return conditions.length === 0 ? 'false' : conditions.join(' OR ');
}

function asTheyAre(rows: readonly Row[]): Stretch {
  const values = rows.map((row) => Number(row['value']));
  return {
    bucketMs: 0,
    at: rows.map((row) => Number(row['at'])),
    min: values,
    avg: [...values],
    max: [...values],
  };
}

/** Times as the database stores them: whole, and within the range of our bigints. */
export function span(from: number, to: number): [from: number, to: number] {
  return [Math.ceil(from), Math.ceil(to)];
}

const widestDay = 2 ** 31 - 1;

function dayOf(at: number): number {
  return Math.max(-widestDay, Math.min(widestDay, Math.floor(at / dayMs)));
}
