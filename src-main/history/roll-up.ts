import type { BlockTables } from './block-tables.ts';
import { Buckets } from './buckets.ts';
import { fuller, sliceOf, tiers } from './rollups.ts';
import type { UpkeepParts } from './upkeep.ts';

/** How many numbers are rolled up between two pauses: a few milliseconds. */
const numbersRolledUp = 30_000;
export const hoursInDay = 24;

/** Rolls up all hours of a source before `beforeHour` that are not rolled up, day by day. */
export function* rollUp(parts: UpkeepParts, source: number, beforeHour: number): Generator<undefined, void> {
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
    if (values === undefined) continue;
    byMinute.addSamples(at, values, begin, end);
    byHour.addSamples(at, values, begin, end);
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

export function* groupsOf<Item>(items: readonly Item[], length: number): Generator<Item[]> {
  for (let start = 0; start < items.length; start += length) yield items.slice(start, start + length);
}
