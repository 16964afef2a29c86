import { PlimsollError } from '../contract/error.ts';
import { mostPoints } from '../contract/history.ts';
import type {
  HistorySummary,
  RangesQuery,
  SamplesPage,
  SeriesRange,
  TopQuery,
  TopSeries,
} from '../contract/history.ts';
import type { SeriesSpread } from '../contract/report.ts';
import type { Series } from '../contract/sample.ts';
import { interruptionsIn } from './interruptions.ts';
import type { Interruption } from '../contract/history.ts';
import type { InterruptionsQuery, SteppedAnswer, SteppedAsk } from './messages.ts';
import { eachSample, stretchOf } from './ranges.ts';
import { hourMs, hourOf } from './schema.ts';
import type { SeriesReader } from './series-reader.ts';
import { spreadOf } from './spread.ts';

/** The data from which questions are answered. */
export interface StoredSeries {
  reader(series: Series): SeriesReader;
  /** Every series of a source, or of all. */
  stored(source: string | undefined): Series[];
}

type Steps<Answer> = Generator<undefined, Answer>;

/** How many samples one page contains over all its series: a few megabytes of JSON. */
const mostSamples = 50_000;
/** How far around a range without any reading to look. */
const lookAroundMs = 31 * 24 * hourMs;
/** Finer than the pixels of any chart. */
const runningPoints = 3000;
/** Plimsoll samples itself every ten seconds; a longer time between two readings is a gap. */
const missingMs = 35_000;

/** A step for each series or hour: a few milliseconds at most. Throws `usage` for an invalid range. */
export function answerInSteps(kept: StoredSeries, asked: SteppedAsk): Steps<SteppedAnswer> {
  const { from, to } = asked.ask;
  if (!Number.isFinite(from) || !Number.isFinite(to) || from >= to)
    throw new PlimsollError('usage', 'A stretch of history needs a beginning, and an end after it.');
  switch (asked.question) {
    case 'ranges':
      return ranges(kept, asked.ask);
    case 'samples':
      return samples(kept, asked.ask);
    case 'top':
      return top(kept, asked.ask);
    case 'interruptions':
      return interruptions(kept, asked.ask);
    case 'spread':
      return spread(kept, asked.ask);
  }
}

function* ranges(kept: StoredSeries, { series, from, to, points }: RangesQuery): Steps<SeriesRange[]> {
  if (!(points >= 1) || points > mostPoints)
    throw new PlimsollError('usage', `A stretch of history has 1 to ${mostPoints} points.`);
  const found: SeriesRange[] = [];
  for (const one of series) {
    const reader = kept.reader(one);
    const stretch = stretchOf(reader, from, to, Math.floor(points));
    yield;
    found.push({ series: one, from, to, ...stretch, summary: summaryOf(reader, from, to) });
    yield;
  }
  return found;
}

/** Null if there is no sample. */
function summaryOf(reader: SeriesReader, from: number, to: number): HistorySummary | null {
  const whole = stretchOf(reader, from, to, 1);
  const [min, avg, max] = [whole.min[0], whole.avg[0], whole.max[0]];
  if (min === undefined || avg === undefined || max === undefined) return null;
  for (const hour of reader.hours(hourOf(from), hourOf(to)).reverse()) {
    const newest = { at: -Infinity, value: NaN };
    eachSample(reader, hour, from, to, (at, value) => {
      if (at >= newest.at) [newest.at, newest.value] = [at, value];
    });
    if (newest.at > -Infinity) return { min, avg, max, last: newest.value, lastAt: newest.at };
  }
  return { min, avg, max, last: null, lastAt: null };
}

function* samples(kept: StoredSeries, ask: Omit<RangesQuery, 'points'>): Steps<SamplesPage> {
  const { from, to } = ask;
  const read = ask.series.map((series) => ({
    reader: kept.reader(series),
    found: { series, at: [] as number[], values: [] as number[] },
  }));
  const hours = new Set(read.flatMap(({ reader }) => reader.hours(hourOf(from), hourOf(to))));
  let count = 0;
  let next: number | null = null;
  for (const hour of [...hours].sort((a, b) => a - b)) {
    if (count >= mostSamples) {
      next = hour * hourMs;
      break;
    }
    const added: number[] = [];
    for (const { reader, found } of read) {
      eachSample(reader, hour, from, to, (at, value) => {
        found.at.push(at);
        found.values.push(value);
        added.push(at);
      });
      yield;
    }
    const left = mostSamples - count;
    count += added.length;
    if (added.length <= left) continue;
    // All series end at the same time, where the next page starts for all of them.
    next = added.sort((a, b) => a - b)[left] ?? to;
    for (const { found } of read) {
      const cut = found.at.findIndex((at) => at >= (next ?? to));
      if (cut < 0) continue;
      found.at.length = cut;
      found.values.length = cut;
    }
    break;
  }
  return { from, to, series: read.map(({ found }) => found), next };
}

function* top(kept: StoredSeries, { metric, host, source, by, from, to, limit }: TopQuery): Steps<TopSeries> {
  const entries: TopSeries['entries'] = [];
  for (const series of kept.stored(source)) {
    if (series.metric !== metric || (host !== undefined && series.host !== host)) continue;
    const summary = summaryOf(kept.reader(series), from, to);
    if (summary !== null) entries.push({ series, summary });
    yield;
  }
  // Series without a last sample come after all that have one.
  const rank = ({ summary }: TopSeries['entries'][number]): number => summary[by] ?? -Infinity;
  entries.sort((a, b) => rank(b) - rank(a) || 0);
  return { entries: entries.slice(0, limit), total: entries.length };
}

function* interruptions(
  kept: StoredSeries,
  { running, lost, from, to }: InterruptionsQuery,
): Steps<Interruption[]> {
  const [runs, losses] = [kept.reader(running), kept.reader(lost)];
  const inside = stretchOf(runs, from, to, runningPoints);
  yield;
  const before = stretchOf(runs, from - lookAroundMs, from, lookAroundMs / hourMs);
  yield;
  const after = stretchOf(runs, to, to + lookAroundMs, lookAroundMs / hourMs);
  yield;
  const lostInside = stretchOf(losses, from, to + lookAroundMs, mostPoints);
  return interruptionsIn({ before, inside, after, lost: lostInside, from, to, missingMs });
}

function* spread(
  kept: StoredSeries,
  { series, from, to }: Omit<RangesQuery, 'points'>,
): Steps<(SeriesSpread | null)[]> {
  const found: (SeriesSpread | null)[] = [];
  for (const one of series) found.push(yield* spreadOf(kept.reader(one), from, to));
  return found;
}
