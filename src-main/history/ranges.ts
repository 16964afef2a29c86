import type { SeriesHistory } from '../contract/history.ts';
import type { Rollups } from './blocks.ts';
import { Buckets } from './buckets.ts';
import type { Tier } from './rollups.ts';
import { tiers } from './rollups.ts';
import { hourMs, hourOf } from './schema.ts';
import type { Samples, SeriesReader } from './series-reader.ts';

export type Stretch = Pick<SeriesHistory, 'bucketMs' | 'at' | 'min' | 'avg' | 'max'>;

/**
 * Buckets are made of roll-ups if this many of their slots fit into one: rounding the width up then adds at most a
 * quarter.
 */
const slotsInBucket = 4;

/**
 * The samples with `from` ≤ time < `to`: unchanged if there are at most `points`, otherwise in at most as many buckets.
 * Wide buckets are made of roll-ups, and begin at whole minutes, hours or days; the same applies if the samples were
 * forgotten. Count, minimum and maximum are then exact, and the average is accurate to a 65,535th of the span between
 * them. A slot that is only partly in the range counts as a whole if its samples are forgotten.
 */
export function stretchOf(reader: SeriesReader, from: number, to: number, points: number): Stretch {
  const tier = tierOf(reader, from, to, (to - from) / points);
  if (tier === undefined) return fromSamples(reader, from, to, points);
  const buckets = fromRollups(reader, tier, from, to, points);
  if (buckets.samples <= points && hasSamplesOf(reader, from, to))
    return fromSamples(reader, from, to, points);
  return { bucketMs: buckets.bucketMs, ...buckets.entries() };
}

/** The finest tier that is fine enough and reaches back as far as any other; undefined means the samples themselves. */
function tierOf(reader: SeriesReader, from: number, to: number, bucketMs: number): Tier | undefined {
  const wanted = [tiers.day, tiers.hour, tiers.minute].find(
    ({ slotMs }) => bucketMs >= slotsInBucket * slotMs,
  );
  const order = [undefined, tiers.minute, tiers.hour, tiers.day];
  let chosen = wanted;
  let reach = reachOf(reader, chosen);
  for (const tier of order.slice(order.indexOf(wanted) + 1)) {
    if (reach <= from) break;
    if (tier === undefined || !hasEntries(reader, tier, from, Math.min(reach, to))) continue;
    chosen = tier;
    reach = reachOf(reader, tier);
  }
  return chosen;
}

/** The earliest time of which a tier may have data, in epoch milliseconds. */
function reachOf(reader: SeriesReader, tier: Tier | undefined): number {
  const samples = reader.oldestHour() * hourMs;
  return tier === undefined ? samples : Math.min(samples, reader.oldestPeriod(tier) * tier.periodMs);
}

/** Whether there are slots that end after `from` and not after `to`, which only the coarser tier has. */
function hasEntries(reader: SeriesReader, tier: Tier, from: number, to: number): boolean {
  for (const period of reader.periods(tier, from, to)) {
    for (const slot of reader.rollups(tier, period)?.slots ?? []) {
      const end = (slot + 1) * tier.slotMs;
      if (end > from && end <= to) return true;
    }
  }
  return false;
}

/** Whether nothing of that time was forgotten. */
export function hasSamplesOf(reader: SeriesReader, from: number, to: number): boolean {
  const oldest = reader.oldestHour() * hourMs;
  if (oldest <= from) return true;
  return ![tiers.minute, tiers.hour, tiers.day].some(
    (tier) =>
      reader.oldestPeriod(tier) * tier.periodMs < oldest &&
      hasEntries(reader, tier, from, Math.min(oldest, to)),
  );
}

function fromSamples(reader: SeriesReader, from: number, to: number, points: number): Stretch {
  const buckets = new Buckets(from, to, points);
  let hours: Samples[] = [];
  for (const hour of reader.hours(hourOf(from), hourOf(to))) {
    const samples = reader.samples(hour);
    buckets.addSamples(samples.at, samples.values, from, to);
    if (buckets.samples <= points) hours.push(samples);
    else hours = [];
  }
  if (buckets.samples > points) return { bucketMs: buckets.bucketMs, ...buckets.entries() };
  const at: number[] = [];
  const values: number[] = [];
  for (const samples of hours)
    eachOf(samples, from, to, (time, value) => {
      at.push(time);
      values.push(value);
    });
  return { bucketMs: 0, at, min: values, avg: [...values], max: [...values] };
}

/** Calls back with the samples of an hour that have `from` ≤ time < `to`. */
export function eachSample(
  reader: SeriesReader,
  hour: number,
  from: number,
  to: number,
  take: (at: number, value: number) => void,
): void {
  eachOf(reader.samples(hour), from, to, take);
}

function eachOf(
  { at, values }: Samples,
  from: number,
  to: number,
  take: (at: number, value: number) => void,
): void {
  for (let place = 0; place < at.length; place++) {
    const [time, value] = [at[place] ?? NaN, values[place] ?? NaN];
    if (time >= from && time < to && !Number.isNaN(value)) take(time, value);
  }
}

interface Slot {
  count: number;
  min: number;
  avg: number;
  max: number;
}

/** Slots of a tier that have to be computed from samples. */
interface SlotsOfSamples {
  slots: Map<number, Slot>;
  /** Slots that are only partly in the range, so that their roll-ups would cover too much. */
  partial: ReadonlySet<number>;
}

function fromRollups(reader: SeriesReader, tier: Tier, from: number, to: number, points: number): Buckets {
  const buckets = new Buckets(from, to, points, tier.slotMs);
  // Days are computed from hours as far back as these exist.
  const made = tier.name === 'day' ? tiers.hour : tier;
  const { slots: bySamples, partial } = slotsOfSamples(reader, made, from, to);
  const periodOf = (slot: number) => Math.floor((slot * made.slotMs) / made.periodMs);
  const mixed = new Set([...bySamples.keys(), ...partial].map(periodOf));
  const days = new Set<number>();
  const noteDay = (slot: number) => days.add(Math.floor((slot * made.slotMs) / tiers.day.slotMs));
  for (const rollups of rollupsOf(reader, made, from, to)) {
    const counted = !mixed.has(periodOf(rollups.slots[0] ?? NaN))
      ? rollups
      : filtered(rollups, (slot, count) => {
          if (partial.has(slot) || (bySamples.get(slot)?.count ?? 0) >= count) return false;
          bySamples.delete(slot);
          return true;
        });
    buckets.addRollups(counted, made.slotMs);
    if (tier.name === 'day') counted.slots.forEach(noteDay);
  }
  for (const [slot, { count, min, avg, max }] of bySamples) {
    buckets.addFolded(slot * made.slotMs, count, min, avg, max);
    noteDay(slot);
  }
  if (tier.name !== 'day') return buckets;
  for (const rollups of rollupsOf(reader, tier, from, to)) {
    buckets.addRollups(
      filtered(rollups, (slot) => !days.has(slot)),
      tier.slotMs,
    );
  }
  return buckets;
}

/** All roll-ups of a tier. */
function* rollupsOf(reader: SeriesReader, tier: Tier, from: number, to: number): Generator<Rollups> {
  const [first, end] = [Math.floor(from / tier.slotMs), Math.ceil(to / tier.slotMs)];
  for (const period of reader.periods(tier, from, to)) {
    const rollups = reader.rollups(tier, period);
    if (rollups === undefined) continue;
    const { slots } = rollups;
    const inside = (slots[0] ?? NaN) >= first && (slots.at(-1) ?? NaN) < end;
    yield inside ? rollups : filtered(rollups, (slot) => slot >= first && slot < end);
  }
}

function filtered(rollups: Rollups, counts: (slot: number, count: number) => boolean): Rollups {
  const { slots, count } = rollups;
  const kept = slots.map((slot, entry) => (counts(slot, count[entry] ?? 0) ? 1 : 0));
  const column = (values: Float64Array) => values.filter((_, entry) => kept[entry] === 1);
  const { min, avg, max } = rollups;
  return { slots: column(slots), count: column(count), min: column(min), avg: column(avg), max: column(max) };
}

/** Samples of hours that are not rolled up yet, and of the slots in which the range begins and ends. */
function slotsOfSamples(reader: SeriesReader, { slotMs }: Tier, from: number, to: number): SlotsOfSamples {
  const slots = new Map<number, Slot>();
  const unrolled = new Set(reader.unrolledHours(hourOf(from), hourOf(to)));
  const partial = new Set(
    [from, to]
      .filter((time) => time % slotMs !== 0)
      .filter((time) => reader.hours(hourOf(time), hourOf(time)).length > 0)
      .map((time) => Math.floor(time / slotMs)),
  );
  const atEnds = [...partial].map((slot) => hourOf(slot * slotMs));
  for (const hour of new Set([...unrolled, ...atEnds])) {
    const begin = hour * hourMs;
    const buckets = new Buckets(begin, begin + hourMs, hourMs / slotMs);
    const { at, values } = reader.samples(hour);
    buckets.addSamples(at, values, from, to);
    const { slots: inHour, count, min, avg, max } = buckets.rollups();
    inHour.forEach((place, entry) => {
      const slot = begin / slotMs + place;
      if (!unrolled.has(hour) && !partial.has(slot)) return;
      slots.set(slot, {
        count: count[entry] ?? 0,
        min: min[entry] ?? NaN,
        avg: avg[entry] ?? NaN,
        max: max[entry] ?? NaN,
      });
    });
  }
  return { slots, partial };
}
