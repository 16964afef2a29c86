import type { BlockTables } from './block-tables.ts';
import { numberIn, tickNumbers } from './codec.ts';
import type { SourceLayouts } from './layouts.ts';
import type { RecordedReadings } from './messages.ts';
import { hourOf } from './schema.ts';
import { SeriesReader } from './series-reader.ts';
import type { TickTable } from './tick-table.ts';

/** Numbers in one answer: a few tens of milliseconds, in which nothing else is answered. */
const mostNumbers = 50_000;

/**
 * The readings of a source at `from` ≤ time < `to`, oldest first, each with its numbers in these columns, named by their keys.
 * A reading whose bytes can not be read is left out.
 */
export function recordedReadings(
  tables: BlockTables,
  ticks: TickTable,
  source: SourceLayouts,
  keys: readonly string[],
  from: number,
  to: number,
): RecordedReadings {
  const readers = keys.map((key) => new SeriesReader(tables, ticks, source, key));
  const hours = new SeriesReader(tables, ticks, source, '').hours(hourOf(from), hourOf(to));
  const most = Math.max(1, Math.floor(mostNumbers / Math.max(1, keys.length)));
  const all: [at: number, numbers: Float64Array][] = [];
  const answer = (until: number): RecordedReadings => {
    const values = new Float64Array(all.length * keys.length);
    all.forEach(([, numbers], index) => values.set(numbers, index * keys.length));
    return { at: Float64Array.from(all, ([at]) => at), values, to: until };
  };
  for (const hour of hours) {
    const inHour = readingsOf(tables, ticks, source, keys, readers, hour)
      .filter(([at]) => at >= from && at < to)
      .sort(([a], [b]) => a - b);
    const leftOut = inHour[most - all.length];
    all.push(...inHour.slice(0, most - all.length));
    if (leftOut !== undefined) return answer(leftOut[0]);
  }
  return answer(to);
}

function readingsOf(
  tables: BlockTables,
  ticks: TickTable,
  source: SourceLayouts,
  keys: readonly string[],
  readers: readonly SeriesReader[],
  hour: number,
): [at: number, numbers: Float64Array][] {
  const readings: [at: number, numbers: Float64Array][] = [];
  const times = source.id === undefined ? undefined : tables.times(source.id, hour);
  if (times !== undefined) {
    const columns = readers.map((reader) => reader.sealed(hour).values);
    times.forEach((at, place) => {
      readings.push([at, Float64Array.from(columns, (values) => values[place] ?? NaN)]);
    });
  }
  if (!source.ticks.has(hour)) return readings;
  for (const layout of source.layouts.values()) {
    const places = keys.map((key) => layout.places.get(key));
    for (const [at, data] of ticks.rows(layout, hour, Number.MAX_SAFE_INTEGER)) {
      const numbers = tickNumbers(data, layout.columns.length, at);
      if (numbers === undefined) continue;
      const value = (place: number | undefined) =>
        place === undefined ? NaN : (numberIn(numbers, place) ?? NaN);
      readings.push([at, Float64Array.from(places, value)]);
    }
  }
  return merged(readings);
}

/** A reading that came in pieces is one: of each series one piece at most has a number. */
function merged(readings: readonly [at: number, numbers: Float64Array][]): [number, Float64Array][] {
  const byTime = new Map<number, Float64Array>();
  for (const [at, numbers] of readings) {
    const known = byTime.get(at);
    if (known === undefined) byTime.set(at, numbers);
    else
      numbers.forEach((value, place) => {
        if (!Number.isNaN(value)) known[place] = value;
      });
  }
  return [...byTime];
}
