import type { BlockTables } from './block-tables.ts';
import { numberIn, tickNumbers } from './codec.ts';
import type { SourceLayouts } from './layouts.ts';
import { hourOf } from './schema.ts';
import type { TickTable } from './tick-table.ts';

/**
 * What a source has at a time already, series by series. One for each transaction: it remembers the hours that it looked into,
 * since what comes late comes in rows.
 */
export class SentBefore {
  readonly #tables: BlockTables;
  readonly #ticks: TickTable;
  readonly #hours = new Map<string, SealedHour | null>();

  constructor(tables: BlockTables, ticks: TickTable) {
    this.#tables = tables;
    this.#ticks = ticks;
  }

  /** The values by the keys of their columns; NaN for one that is there and can not be read. The caller may add to it. */
  at(source: SourceLayouts, at: number): Map<string, number> {
    const values = new Map<string, number>();
    if (at > source.newestAt) return values;
    const sealed = this.#sealed(source, hourOf(at));
    const place = sealed?.places.get(at);
    if (sealed !== null && place !== undefined) {
      for (const [key, block] of sealed.blocks) {
        const value = block[place];
        if (value !== undefined && !Number.isNaN(value)) values.set(key, value);
      }
    }
    if (!source.ticks.has(hourOf(at))) return values;
    for (const layout of source.layouts.values()) {
      const data = this.#ticks.dataAt(layout, at);
      if (data === undefined) continue;
      const numbers = tickNumbers(data, layout.columns.length);
      for (const [key, column] of layout.places)
        values.set(key, (numbers && numberIn(numbers, column)) ?? NaN);
    }
    return values;
  }

  #sealed({ id }: SourceLayouts, hour: number): SealedHour | null {
    if (id === undefined) return null;
    const name = `${id} ${hour}`;
    let sealed = this.#hours.get(name);
    if (sealed === undefined) this.#hours.set(name, (sealed = this.#readHour(id, hour)));
    return sealed;
  }

  #readHour(source: number, hour: number): SealedHour | null {
    const times = this.#tables.times(source, hour);
    if (times === undefined) return null;
    const blocks = new Map<string, Float64Array>();
    for (const { id, key } of this.#tables.seriesSince(source, hour)) {
      const block = this.#tables.block(hour, id, times.length);
      if (block !== undefined) blocks.set(key, block);
    }
    return { places: new Map(Array.from(times, (at, place) => [at, place])), blocks };
  }
}

/** An hour whose readings are in blocks. */
interface SealedHour {
  /** Where each time stands. */
  places: ReadonlyMap<number, number>;
  blocks: ReadonlyMap<string, Float64Array>;
}
