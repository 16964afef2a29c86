import type { BlockTables } from './block-tables.ts';
import { numberIn, tickNumbers } from './codec.ts';
import type { SourceLayouts } from './layouts.ts';
import type { RecordedReadings } from './messages.ts';
import { hourMs, hourOf } from './schema.ts';
import { SeriesReader } from './series-reader.ts';
import type { TickTable } from './tick-table.ts';

/** Numbers in one answer: a few tens of milliseconds, in which nothing else is answered. */
const mostNumbers = 50_000;

/** Readings of one hour in the order of time: a column of numbers for each that was asked for, at the same places as `at`. */
interface HourReadings {
  at: Float64Array;
  columns: readonly Float64Array[];
}

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
  const width = keys.length;
  const most = Math.max(1, Math.floor(mostNumbers / Math.max(1, width)));
  const at = new Float64Array(most);
  const values = new Float64Array(most * width);
  let count = 0;
  const answer = (until: number): RecordedReadings => ({
    at: at.slice(0, count),
    values: values.slice(0, count * width),
    to: until,
  });
  for (const hour of hours) {
    const inHour = readingsOf(tables, ticks, source, keys, readers, hour);
    for (let place = 0; place < inHour.at.length; place++) {
      const time = inHour.at[place] ?? NaN;
      if (time < from || time >= to) continue;
      if (count === most) return answer(time);
      at[count] = time;
      for (let column = 0; column < width; column++)
        values[count * width + column] = inHour.columns[column]?.[place] ?? NaN;
      count++;
    }
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
): HourReadings {
  const times = source.id === undefined ? undefined : tables.times(source.id, hour);
  const sealed: HourReadings = {
    at: times ?? new Float64Array(),
    columns: times === undefined ? [] : readers.map((reader) => reader.sealedAt(hour, times)),
  };
  if (!source.ticks.has(hour)) return sealed;

  const open: [at: number, numbers: (number | undefined)[]][] = [];
  for (const layout of source.layouts.values()) {
    const places = keys.map((key) => layout.places.get(key));
    const [begin, end] = [hour * hourMs, (hour + 1) * hourMs];
    for (const [at, data] of ticks.rows(layout, begin, end, Number.MAX_SAFE_INTEGER)) {
      const numbers = tickNumbers(data, layout.columns.length, at);
      if (numbers === undefined) continue;
      open.push([at, places.map((place) => (place === undefined ? undefined : numberIn(numbers, place)))]);
    }
  }
  sealed.at.forEach((at, place) => open.push([at, sealed.columns.map((column) => column[place])]));
  open.sort(([a], [b]) => a - b);
  return whole(open, keys.length);
}

/** In the order of time. A reading that came in pieces is one: of each series one piece at most has a number. */
function whole(
  pieces: readonly [at: number, numbers: (number | undefined)[]][],
  width: number,
): HourReadings {
  const at = new Float64Array(pieces.length);
  const columns = Array.from({ length: width }, () => new Float64Array(pieces.length).fill(NaN));
  let count = 0;
  for (const [time, numbers] of pieces) {
    if (count === 0 || at[count - 1] !== time) at[count++] = time;
    columns.forEach((column, place) => {
      const number = numbers[place];
      if (number !== undefined && !Number.isNaN(number)) column[count - 1] = number;
    });
  }
  return { at: at.subarray(0, count), columns };
}
