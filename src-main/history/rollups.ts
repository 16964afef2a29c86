import type { Rollups } from './blocks.ts';
import { hourMs } from './schema.ts';

const dayMs = 24 * hourMs;

export interface Tier {
  name: 'minute' | 'hour' | 'day';
  slotMs: number;
  /** What one row of a series holds. */
  periodMs: number;
  /** How long it is kept where the settings do not say it. */
  keptMs: number;
}

/** The roll-ups that are kept beside the samples, finest first. Each slot holds count, smallest, average and largest. */
export const tiers: Readonly<Record<Tier['name'], Tier>> = {
  minute: { name: 'minute', slotMs: 60_000, periodMs: dayMs, keptMs: 90 * dayMs },
  hour: { name: 'hour', slotMs: hourMs, periodMs: 32 * dayMs, keptMs: 2 * 365 * dayMs },
  day: { name: 'day', slotMs: dayMs, periodMs: 512 * dayMs, keptMs: 10 * 365 * dayMs },
};

/** What an owner calls them. */
export const keptNames = { minute: 'minutes', hour: 'hours', day: 'days' } as const;

/**
 * Of each slot the entry with more samples: roll-ups were made from all samples of that time, and what is there of them now
 * may be what came late, after the others were forgotten. Of two with the same number that of `newer` counts.
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

/** The entries of slots from `first` to before `end`, their slots counted from `first` and `offset` added. */
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
