import type { BlockTables } from './block-tables.ts';
import { encodeBlock, encodeTimes } from './blocks.ts';
import { Buckets } from './buckets.ts';
import { numberIn, tickNumbers } from './codec.ts';
import type { Layout, Layouts, SourceLayouts } from './layouts.ts';
import type { Tier } from './rollups.ts';
import { fuller, sliceOf, tiers } from './rollups.ts';
import { hourMs, hourOf } from './schema.ts';
import type { TickTable } from './tick-table.ts';

/** Readings come up to ten seconds late from this machine, and later from others: what comes after it is done again. */
const ripeAfterMs = 5 * 60_000;
/** Numbers that are read, packed or rolled up between two pauses: each takes a few milliseconds. Those read are held, in 2 MB. */
const numbersRead = 250_000;
const numbersPacked = 20_000;
const numbersRolledUp = 30_000;
/** Rows removed between two pauses: a few milliseconds here, and under 50 on a slow disk. */
const rowsAtOnce = 1000;
const hoursInDay = 24;
/** So many hours with samples must be without a long gap before the clock is believed, see `trustedNow`. */
const trustAfterHours = 24;

export interface UpkeepTask {
  /** Epoch milliseconds. */
  now: number;
  /** How many hours samples are kept; Infinity forgets nothing. */
  rawHours: number;
}

interface UpkeepParts {
  tables: BlockTables;
  ticks: TickTable;
  layouts: Layouts;
  /** Makes what is done inside durable as a whole, or not at all when it throws. */
  transaction(write: () => void): void;
}

/**
 * All that is to be done now, in slices of about ten milliseconds: ticks of past hours become blocks, past days are rolled
 * up, what is too old is forgotten. Whatever it stops after, everything can be read, each sample once.
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

/** The ticks of one hour of one source become blocks, together with the blocks that are there already. */
function* compact(parts: UpkeepParts, source: SourceLayouts, hour: number): Generator<undefined, void> {
  const { tables, ticks, layouts } = parts;
  const last = ticks.last();
  const inHour = [...source.layouts.values()].map((layout) => ({
    layout,
    times: ticks.times(layout, hour, last),
  }));
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
  const inPieces = (numbers: number) => Math.max(1, Math.floor(numbers / Math.max(1, times.length)));
  for (const group of groupsOf([...keys], inPieces(numbersRead))) {
    const columns = new Map(group.map((key) => [key, new Float64Array(times.length).fill(NaN)]));
    for (const { layout } of inHour) fill(columns, places, layout, ticks.rows(layout, hour, last));
    yield;
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

  parts.transaction(() => {
    if (blocks.length > 0) {
      const id = (source.id ??= tables.addSource(source.host, source.source));
      for (const [key, bytes] of blocks) tables.putBlock(hour, tables.seriesWithBlock(id, key, hour), bytes);
      tables.putHour(id, hour, encodeTimes(times), samples);
    }
    ticks.remove(layouts, source, hour, last);
  });
  yield;
}

/** Puts the numbers of a layout's ticks into the columns that are wanted, at the places of their times. */
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
    const numbers = tickNumbers(data, layout.columns.length);
    if (numbers === undefined) continue;
    for (const [place, column] of wanted) column[to] = numberIn(numbers, place) ?? NaN;
  }
}

function* groupsOf<Item>(items: readonly Item[], length: number): Generator<Item[]> {
  for (let start = 0; start < items.length; start += length) yield items.slice(start, start + length);
}

/** Rolls up all hours of a source before `beforeHour` that are not rolled up, day by day. */
function* rollUp(parts: UpkeepParts, source: number, beforeHour: number): Generator<undefined, void> {
  const { tables } = parts;
  const byDay = new Map<number, number[]>();
  for (const hour of tables.unrolledHours(source, undefined, beforeHour - 1)) {
    const day = Math.floor(hour / hoursInDay);
    byDay.set(day, [...(byDay.get(day) ?? []), hour]);
  }
  for (const [day, hours] of byDay) {
    const times = hours.map((hour) => ({ hour, at: tables.times(source, hour) ?? new Float64Array() }));
    const numbers = times.reduce((sum, { at }) => sum + at.length, 0);
    const series = tables.seriesSince(source, day * hoursInDay);
    for (const group of groupsOf(series, Math.max(1, Math.floor(numbersRolledUp / Math.max(1, numbers))))) {
      parts.transaction(() => {
        for (const { id } of group) rollUpDay(tables, id, day, times);
      });
      yield;
    }
    parts.transaction(() => {
      for (const hour of hours) tables.markRolled(source, hour);
    });
  }
}

function rollUpDay(
  tables: BlockTables,
  series: number,
  day: number,
  hours: readonly { hour: number; at: Float64Array }[],
): void {
  const { minute, hour, day: days } = tiers;
  const [begin, end] = [day * days.slotMs, (day + 1) * days.slotMs];
  const byMinute = new Buckets(begin, end, days.slotMs / minute.slotMs);
  const byHour = new Buckets(begin, end, hoursInDay);
  for (const { hour: one, at } of hours) {
    const values = tables.block(one, series, at.length);
    values?.forEach((value, place) => {
      if (Number.isNaN(value)) return;
      byMinute.add(at[place] ?? NaN, value);
      byHour.add(at[place] ?? NaN, value);
    });
  }
  if (byMinute.samples === 0) return;
  tables.putRollups(minute, day, series, fuller(tables.rollups(minute, day, series), byMinute.rollups()));

  const period = Math.floor(begin / hour.periodMs);
  const first = (begin - period * hour.periodMs) / hour.slotMs;
  const ofDay = byHour.rollups();
  const newer = { ...ofDay, slots: ofDay.slots.map((slot) => slot + first) };
  const merged = fuller(tables.rollups(hour, period, series), newer);
  tables.putRollups(hour, period, series, merged);

  const whole = new Buckets(begin, end, 1);
  const { slots, count, min, avg, max } = sliceOf(merged, first, first + hoursInDay, 0);
  slots.forEach((slot, entry) => {
    whole.addFolded(
      begin + slot * hour.slotMs,
      count[entry] ?? 0,
      min[entry] ?? NaN,
      avg[entry] ?? NaN,
      max[entry] ?? NaN,
    );
  });
  const dayPeriod = Math.floor(begin / days.periodMs);
  const { slots: ofWhole, ...columns } = whole.rollups();
  const place = (begin - dayPeriod * days.periodMs) / days.slotMs;
  tables.putRollups(
    days,
    dayPeriod,
    series,
    fuller(tables.rollups(days, dayPeriod, series), { slots: ofWhole.map(() => place), ...columns }),
  );
}

/** Removes what is older than its retention: samples by whole hours, roll-ups by whole periods, after they were rolled up. */
function* forget(parts: UpkeepParts, { now, rawHours }: UpkeepTask): Generator<undefined, void> {
  if (!Number.isFinite(rawHours)) return;
  const { tables, layouts } = parts;
  const reference = trustedNow(parts, now);
  const firstKept = hourOf(reference - rawHours * hourMs);
  const removeAll = function* (remove: () => number): Generator<undefined, void> {
    let removed: number;
    do {
      removed = 0;
      parts.transaction(() => {
        removed = remove();
      });
      yield;
    } while (removed === rowsAtOnce);
  };
  for (const { id } of layouts.sources()) {
    if (id !== undefined) yield* rollUp(parts, id, firstKept);
  }
  yield* removeAll(() => tables.removeBlocks(firstKept, rowsAtOnce));
  parts.transaction(() => {
    for (const { id } of layouts.sources()) if (id !== undefined) tables.removeHours(id, firstKept);
  });
  for (const tier of [tiers.minute, tiers.hour, tiers.day]) {
    const before = Math.floor((reference - keptMs(tier, rawHours)) / tier.periodMs);
    yield* removeAll(() => tables.removeRollups(tier, before, rowsAtOnce));
  }
  parts.transaction(() =>
    tables.forgetSeries(hourOf(reference - keptMs(tiers.day, rawHours) - tiers.day.periodMs)),
  );
}

function keptMs(tier: Tier, rawHours: number): number {
  return Math.max(tier.keptMs, rawHours * hourMs);
}

/**
 * The time that retention counts from. A clock that was set far ahead must forget nothing: where there is a gap of more than a
 * day before the newest samples, the time before the gap counts, until there are 24 hours with samples after it.
 */
export function trustedNow(
  { tables, layouts }: Pick<UpkeepParts, 'tables' | 'layouts'>,
  now: number,
): number {
  const open = new Set(layouts.sources().flatMap(({ ticks }) => [...ticks.keys()]));
  let trusted = now;
  let later = hourOf(now);
  for (let count = 0; count <= trustAfterHours; count++) {
    const atMost = count === 0 ? later : later - 1;
    const sealed = tables.hourWithBlocks(atMost) ?? -Infinity;
    const hour = [...open].reduce((newest, one) => (one <= atMost ? Math.max(newest, one) : newest), sealed);
    if (hour === -Infinity) break;
    if (later - hour > trustAfterHours) trusted = (hour + 1) * hourMs;
    later = hour;
  }
  return trusted;
}
