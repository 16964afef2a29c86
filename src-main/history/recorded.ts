import type { BlockTables } from './block-tables.ts';
import { numberIn, tickNumbers } from './codec.ts';
import type { SourceLayouts } from './layouts.ts';
import type { RecordedReadings } from './messages.ts';
import { hourMs, hourOf } from './schema.ts';
import { SeriesReader } from './series-reader.ts';
import type { TickTable } from './tick-table.ts';

/** How many numbers one answer contains: a few tens of milliseconds, in which nothing else is answered. */
const mostNumbers = 50_000;

/**
 * Readings of one hour in order of time: a column of numbers for each requested series, at the same indexes as `at`.
 */
interface HourReadings {
  at: Float64Array;
  columns: readonly Float64Array[];
}

/**
 * The readings of a source with `from` ≤ time < `to`, oldest first, each with its values in the columns with these
 * keys. An unreadable reading is left out.
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
  const pieces: HourReadings[] = [];
  let left = most;
  for (const hour of hours) {
    const inHour = readingsOf(tables, ticks, source, keys, readers, hour);
    const [first, end] = [placeOf(inHour.at, from), placeOf(inHour.at, to)];
    const taken = Math.min(left, end - first);
    pieces.push({
      at: inHour.at.subarray(first, first + taken),
      columns: inHour.columns.map((column) => column.subarray(first, first + taken)),
    });
    left -= taken;
    if (taken < end - first) return together(pieces, keys.length, inHour.at[first + taken] ?? to);
  }
  return together(pieces, keys.length, to);
}

/** The first index whose time is `time` or later. */
function placeOf(ascending: Float64Array, time: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? NaN) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Joins the pieces, with the values of each reading side by side. A column without values is absent. */
function together(pieces: readonly HourReadings[], width: number, to: number): RecordedReadings {
  const count = pieces.reduce((sum, { at }) => sum + at.length, 0);
  const at = new Float64Array(count);
  const values = new Float64Array(count * width);
  let start = 0;
  for (const piece of pieces) {
    at.set(piece.at, start);
    for (let column = 0; column < width; column++) {
      const numbers = piece.columns[column] ?? piece.at.subarray(0, 0);
      if (width === 1 && numbers.length === piece.at.length) values.set(numbers, start);
      else
        for (let place = 0; place < piece.at.length; place++)
          values[(start + place) * width + column] = numbers[place] ?? NaN;
    }
    start += piece.at.length;
  }
  return { at, values, to };
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

/** Sorts by time. A reading that was stored in pieces is joined: each series has a value in at most one piece. */
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
