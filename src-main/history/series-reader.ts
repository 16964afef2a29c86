import type { BlockTables } from './block-tables.ts';
import type { Rollups } from './blocks.ts';
import type { SourceLayouts } from './layouts.ts';
import type { Tier } from './rollups.ts';
import type { TickTable } from './tick-table.ts';

/** Samples in order of time, NaN where the series was absent. */
export interface Samples {
  at: Float64Array;
  values: Float64Array;
}

const none: Samples = { at: new Float64Array(), values: new Float64Array() };

/** One series, wherever its samples are: in ticks, in blocks, in roll-ups. */
export class SeriesReader {
  readonly #tables: BlockTables;
  readonly #ticks: TickTable;
  readonly #source: SourceLayouts;
  readonly #key: string;
  readonly #id: number | undefined;

  constructor(tables: BlockTables, ticks: TickTable, source: SourceLayouts, key: string) {
    this.#tables = tables;
    this.#ticks = ticks;
    this.#source = source;
    this.#key = key;
    this.#id = source.id === undefined ? undefined : tables.series(source.id, key)?.id;
  }

  /** Hours of the source with samples, from `first` to `last`, oldest first. */
  hours(first: number, last: number): number[] {
    const { id, ticks } = this.#source;
    const sealed = id === undefined ? [] : this.#tables.hours(id, first, last);
    const open = [...ticks.keys()].filter((hour) => hour >= first && hour <= last);
    return open.length === 0 ? sealed : inOrder(sealed, open);
  }

  /** Those among them that are not, or not completely, in the roll-ups. */
  unrolledHours(first: number, last: number): number[] {
    const { id, ticks } = this.#source;
    const sealed = id === undefined ? [] : this.#tables.unrolledHours(id, first, last);
    return inOrder(
      sealed,
      [...ticks.keys()].filter((hour) => hour >= first && hour <= last),
    );
  }

  /** The oldest hour of the source with samples; Infinity if there is none. */
  oldestHour(): number {
    const { id, ticks } = this.#source;
    const sealed = id === undefined ? undefined : this.#tables.oldestHour(id);
    return Math.min(sealed ?? Infinity, ...ticks.keys());
  }

  /** All samples of an hour. */
  samples(hour: number): Samples {
    const sealed = this.sealed(hour);
    const open = [...this.#ticks.samples(this.#source, this.#key, hour)];
    if (open.length === 0) return sealed;
    const all = open;
    sealed.values.forEach((value, place) => {
      if (!Number.isNaN(value)) all.push([sealed.at[place] ?? NaN, value]);
    });
    all.sort(([a], [b]) => a - b);
    return { at: Float64Array.from(all, ([at]) => at), values: Float64Array.from(all, ([, value]) => value) };
  }

  /** Those of them that are in blocks. */
  sealed(hour: number): Samples {
    const { id } = this.#source;
    if (id === undefined || this.#id === undefined) return none;
    const at = this.#tables.times(id, hour);
    const values = at && this.#tables.block(hour, this.#id, at.length);
    return at === undefined || values === undefined ? none : { at, values };
  }

  /** Their values at these times, which must be the source's times in this hour; empty if the series has no block. */
  sealedAt(hour: number, times: Float64Array): Float64Array {
    if (this.#id === undefined) return none.values;
    return this.#tables.block(hour, this.#id, times.length) ?? none.values;
  }

  /** Periods between `from` and `to` in which any series may have roll-ups. */
  *periods(tier: Tier, from: number, to: number): Generator<number> {
    const kept = this.#tables.periods(tier);
    if (kept === undefined) return;
    const last = Math.min(kept.newest, Math.ceil(to / tier.periodMs) - 1);
    for (let period = Math.max(kept.oldest, Math.floor(from / tier.periodMs)); period <= last; period++)
      yield period;
  }

  /** Infinity if the tier has no roll-ups. */
  oldestPeriod(tier: Tier): number {
    return this.#tables.periods(tier)?.oldest ?? Infinity;
  }

  /** With slots counted from 1970. */
  rollups(tier: Tier, period: number): Rollups | undefined {
    const rollups = this.#id === undefined ? undefined : this.#tables.rollups(tier, period, this.#id);
    if (rollups === undefined) return undefined;
    const { slots } = rollups;
    const begin = (period * tier.periodMs) / tier.slotMs;
    for (let entry = 0; entry < slots.length; entry++) slots[entry] = begin + (slots[entry] ?? NaN);
    return rollups;
  }
}

function inOrder(some: readonly number[], others: readonly number[]): number[] {
  return [...new Set([...some, ...others])].sort((a, b) => a - b);
}
