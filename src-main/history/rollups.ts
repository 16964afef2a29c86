import type { Rollups } from './blocks.ts';
import { hourMs } from './schema.ts';

const dayMs = 24 * hourMs;

export interface Tier {
  name: 'minute' | 'hour' | 'day';
  slotMs: number;
  /** The time range of one row of a series. */
  periodMs: number;
  /** The default retention. */
  keptMs: number;
}

/** The roll-ups that are stored beside the samples, finest first. Each slot has count, minimum, average and maximum. */
export const tiers: Readonly<Record<Tier['name'], Tier>> = {
  minute: { name: 'minute', slotMs: 60_000, periodMs: dayMs, keptMs: 90 * dayMs },
  hour: { name: 'hour', slotMs: hourMs, periodMs: 32 * dayMs, keptMs: 2 * 365 * dayMs },
  day: { name: 'day', slotMs: dayMs, periodMs: 512 * dayMs, keptMs: 10 * 365 * dayMs },
};

/** The names that users see. */
export const keptNames = { minute: 'minutes', hour: 'hours', day: 'days' } as const;

/**
 * For each slot the entry with more samples: roll-ups were made from all samples of that time, while the samples there
 * now may be late ones that arrived after the others were forgotten. If both have the same number, that of `newer`
 * wins.
 */
export function fuller(older: Rollups | undefined, newer: Rollups): Rollups {
  if (older === undefined || older.slots.length === 0) return newer;
  const picked: [from: Rollups, entry: number][] = [];
  let [a, b] = [0, 0];
  while (a < older.slots.length || b < newer.slots.length) {
    const [slotA, slotB] = [older.slots[a] ?? Infinity, newer.slots[b] ?? Infinity];
    const takesOlder = slotA < slotB || (slotA === slotB && (older.count[a] ?? 0) > (newer.count[b] ?? 0));
    picked.push(takesOlder ? [older, a] : [newer, b]);
    if (slotA <= slotB) a++;
    if (slotB <= slotA) b++;
  }
  const column = (name: keyof Rollups) =>
    Float64Array.from(picked, ([from, entry]) => from[name][entry] ?? NaN);
  return {
    slots: column('slots'),
    count: column('count'),
    min: column('min'),
    avg: column('avg'),
    max: column('max'),
  };
}

/** The entries of slots from `first` to before `end`, with slots counted from `first` plus `offset`. */
export function sliceOf(rollups: Rollups, first: number, end: number, offset: number): Rollups {
  const from = rollups.slots.findIndex((slot) => slot >= first);
  const until = rollups.slots.findIndex((slot) => slot >= end);
  const column = (values: Float64Array) =>
    values.slice(from < 0 ? values.length : from, until < 0 ? undefined : until);
  return {
    slots: column(rollups.slots).map((slot) => slot - first + offset),
    count: column(rollups.count),
    min: column(rollups.min),
    avg: column(rollups.avg),
    max: column(rollups.max),
  };
}
