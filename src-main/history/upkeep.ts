import type { BlockTables } from './block-tables.ts';
import { encodeBlock, encodeTimes } from './blocks.ts';
import { numberIn, tickNumbers } from './codec.ts';
import type { Layout, Layouts, SourceLayouts } from './layouts.ts';
import { forget } from './forget.ts';
import type { Kept, Retention } from './messages.ts';
import { groupsOf, hoursInDay, rollUp } from './roll-up.ts';
import { tiers } from './rollups.ts';
import { hourMs } from './schema.ts';
import type { TickTable } from './tick-table.ts';

/**
 * Readings of this machine are up to ten seconds late, and those of others later: data that arrives after this is
 * compacted again.
 */
const ripeAfterMs = 5 * 60_000;
/** How many numbers are in memory at once, in 2 MB. */
const numbersHeld = 250_000;
/** How many numbers are read or packed between two pauses: a few milliseconds each. */
const numbersRead = 20_000;
const numbersPacked = 10_000;
/** How many numbers in blocks are written between two pauses. */
const numbersWritten = 40_000;
const numberBytes = 8;

export interface UpkeepTask extends Retention {
  /** Epoch milliseconds. */
  now: number;
  /** How much of the disk may be used now; by default unlimited. */
  roomBytes?: number;
}

export interface UpkeepParts {
  tables: BlockTables;
  ticks: TickTable;
  layouts: Layouts;
  /** Commits everything done inside, or nothing if it throws. */
  transaction(write: () => void): void;
  /** How much of the disk may be used at this moment. */
  roomBytes(): number;
  /** The size of the file's content, without free pages. */
  usedBytes(): number;
  /** Records that samples older than `before` (epoch milliseconds) were removed before their time for lack of room. */
  noteCut(what: Kept, before: number): void;
}

/**
 * Everything that is due now, in slices of about ten milliseconds: ticks of past hours become blocks, past days are
 * rolled up, old data is forgotten. Wherever it stops, everything stays readable, each sample once.
 */
export function* upkeep(parts: UpkeepParts, task: UpkeepTask): Generator<undefined, void> {
  for (const source of parts.layouts.sources()) {
    for (const hour of [...source.ticks.keys()].sort((a, b) => a - b)) {
      if ((hour + 1) * hourMs + ripeAfterMs <= task.now) yield* compact(parts, source, hour);
    }
  }
  const today = Math.floor((task.now - ripeAfterMs) / tiers.day.slotMs);
  for (const { id } of parts.layouts.sources()) {
    if (id !== undefined) yield* rollUp(parts, id, today * hoursInDay);
  }
  yield* forget(parts, task);
}

/**
 * Turns the ticks of one hour of one source into blocks, together with its existing blocks. They stay ticks if the disk
 * has no room for the blocks, in the log and in the file, beyond the reserve for others.
 */
function* compact(parts: UpkeepParts, source: SourceLayouts, hour: number): Generator<undefined, void> {
  const { tables, ticks, layouts } = parts;
  const last = ticks.last();
  const inHour = [...source.layouts.values()].map((layout) => ({
    layout,
    times: ticks.times(layout, hour, last),
  }));
  const numbers = inHour.reduce((sum, { layout, times }) => sum + times.length * layout.columns.length, 0);
  const mostBytes = 2 * numberBytes * numbers;
  if (parts.roomBytes() < mostBytes) return;
  const before = source.id === undefined ? undefined : tables.times(source.id, hour);
  const times = Float64Array.from(new Set([...(before ?? []), ...inHour.flatMap((one) => one.times)])).sort();
  const places = new Map(Array.from(times, (at, place) => [at, place]));
  const stored = before === undefined || source.id === undefined ? [] : tables.seriesSince(source.id, hour);
  const storedIds = new Map(stored.map(({ key, id }) => [key, id]));
  const keys = new Set(storedIds.keys());
  for (const one of inHour)
    if (one.times.length > 0) for (const key of one.layout.places.keys()) keys.add(key);

  const blocks: [key: string, bytes: Uint8Array][] = [];
  let samples = 0;
  const inPieces = (atOnce: number) => Math.max(1, Math.floor(atOnce / Math.max(1, times.length)));
  for (const group of groupsOf([...keys], inPieces(numbersHeld))) {
    const columns = new Map(group.map((key) => [key, new Float64Array(times.length).fill(NaN)]));
    const readAtOnce = Math.max(1, Math.floor(numbersRead / group.length));
    for (let start = 0; start < times.length; start += readAtOnce) {
      const [from = NaN, to = (hour + 1) * hourMs] = [times[start], times[start + readAtOnce]];
      for (const { layout } of inHour) fill(columns, places, layout, ticks.rows(layout, from, to, last));
      yield;
    }
    for (const piece of groupsOf([...columns], inPieces(numbersPacked))) {
      for (const [key, column] of piece) {
        const id = storedIds.get(key);
        const old =
          id === undefined || before === undefined ? undefined : tables.block(hour, id, before.length);
        old?.forEach((value, place) => {
          if (!Number.isNaN(value)) column[places.get(before?.[place] ?? NaN) ?? -1] = value;
        });
        const { bytes, count } = encodeBlock(column);
        samples += count;
        if (count > 0) blocks.push([key, bytes]);
      }
      yield;
    }
  }

  const sourceId = () => (source.id ??= tables.addSource(source.host, source.source));
  const write = (written: readonly (typeof blocks)[number][]) => {
    for (const [key, bytes] of written)
      tables.putBlock(hour, tables.seriesWithBlock(sourceId(), key, hour), bytes);
  };
  // Blocks of an hour without stored times are not read yet, so they can be written in pieces. Those of an existing
  // hour have to change together with its times.
  const isNew = before === undefined;
  for (const piece of isNew ? groupsOf(blocks, inPieces(numbersWritten)) : []) {
    if (parts.roomBytes() < mostBytes) return;
    parts.transaction(() => write(piece));
    yield;
  }
  if (parts.roomBytes() < mostBytes) return;
  parts.transaction(() => {
    if (!isNew) write(blocks);
    if (blocks.length > 0) tables.putHour(sourceId(), hour, encodeTimes(times), samples);
    ticks.remove(layouts, source, hour, last);
  });
  yield;
}

/** Copies the values of a layout's ticks into the requested columns, at the indexes of their times. */
function fill(
  columns: ReadonlyMap<string, Float64Array>,
  places: ReadonlyMap<number, number>,
  layout: Layout,
  rows: Iterable<[at: number, data: unknown]>,
): void {
  const wanted: [place: number, column: Float64Array][] = [];
  for (const [key, place] of layout.places) {
    const column = columns.get(key);
    if (column !== undefined) wanted.push([place, column]);
  }
  if (wanted.length === 0) return;
  for (const [at, data] of rows) {
    const to = places.get(at) ?? -1;
    const numbers = tickNumbers(data, layout.columns.length, at);
    if (numbers === undefined) continue;
    for (const [place, column] of wanted) column[to] = numberIn(numbers, place) ?? NaN;
  }
}
