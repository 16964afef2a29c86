import type { ColumnReading } from '../contract/columns.ts';
import type { BlockTables } from './block-tables.ts';
import { columnKey, encodeTick } from './codec.ts';
import type { Layout, Layouts, SourceLayouts } from './layouts.ts';
import { columnsText, fits, noteTick } from './layouts.ts';
import type { HadBefore } from './messages.ts';
import { hourOf, widestTime } from './schema.ts';
import type { TickTable } from './tick-table.ts';

/** The content of the blocks of one hour of a source. */
interface SealedHour {
  source: number;
  hour: number;
  /** The index of each time. */
  places: ReadonlyMap<number, number>;
  /** The values of a series at these indexes, by its key; NaN where it was absent. */
  column(key: string): Float64Array | undefined;
}

const nothingStored = (): undefined => undefined;

/** Called for each sample of a reading that already existed, with its index. */
export type OnHad = (sample: number, had: HadBefore['had']) => void;
const noteNothing: OnHad = () => undefined;

/**
 * The layout of a reading that is newer than all others of its source and has the series of the latest one; undefined
 * for any other.
 */
export function usualLayout({ latest, newestAt }: SourceLayouts, reading: ColumnReading): Layout | undefined {
  const isNext = reading.at > newestAt && Math.abs(reading.at) < widestTime;
  return isNext && latest !== undefined && fits(latest, reading) ? latest : undefined;
}

/**
 * Writes new readings, each as one row, without samples that already exist. If a host has too many sets of series, each
 * series gets a row of its own. Methods throw SQLite's errors.
 */
export class ReadingWriter {
  readonly #ticks: TickTable;
  readonly #tables: BlockTables;
  /** The hour in which a late reading was last looked up, because late readings often come in a row. */
  #lookedInto: SealedHour | undefined;

  constructor(ticks: TickTable, tables: BlockTables) {
    this.#ticks = ticks;
    this.#tables = tables;
  }

  /** To be called when the content of blocks has changed. */
  forgetBlocks(): void {
    this.#lookedInto = undefined;
  }

  /**
   * Returns how many samples were stored. A reading without numbers, or with an invalid time, leaves a gap, because one
   * row must not block all later ones.
   */
  add(layouts: Layouts, reading: ColumnReading, onHad: OnHad = noteNothing): number {
    const { host, source: name, at, columns, values } = reading;
    if (!(Math.abs(at) < widestTime)) return 0;
    const source = layouts.source(host, name);
    const usual = usualLayout(source, reading);
    if (usual !== undefined) return this.#addTick(source, usual, at, encodeTick(values, at));
    const isNew = at > source.newestAt;
    const storedAt = isNew ? nothingStored : this.#storedAt(source, at);
    const kept = new Map<string, number>();
    columns.forEach(({ metric, labels }, place) => {
      const value = values[place] ?? NaN;
      if (!Number.isFinite(value)) return;
      const key = columnKey(metric, labels);
      const first = kept.get(key) ?? storedAt(key);
      if (first === undefined) kept.set(key, value);
      else onHad(place, first === value ? 'same' : 'other');
    });
    if (kept.size === 0) return 0;
    const known = source.layouts.get(columnsText(kept.keys()));
    if (known !== undefined || kept.size === 1 || layouts.hasRoom(host)) {
      const layout = known ?? this.#ticks.addLayout(layouts, source, kept.keys());
      return this.#addTick(source, layout, at, encodeTick([...kept.values()], at));
    }
    for (const [key, value] of kept) {
      const layout = source.layouts.get(columnsText([key])) ?? this.#ticks.addLayout(layouts, source, [key]);
      this.#addTick(source, layout, at, encodeTick([value], at));
    }
    return kept.size;
  }

  #addTick(source: SourceLayouts, layout: Layout, at: number, data: Uint8Array): number {
    this.#ticks.add(layout, at, data);
    noteTick(source, layout, at);
    return layout.columns.length;
  }

  /** Returns the stored value of each series of the source at this time, by key; NaN for an unreadable one. */
  #storedAt(source: SourceLayouts, at: number): (key: string) => number | undefined {
    const ticks = this.#ticks.at(source, at);
    const sealed = this.#sealedHour(source, hourOf(at));
    const place = sealed?.places.get(at);
    return (key) => {
      for (const { layout, value } of ticks) {
        const column = layout.places.get(key);
        if (column !== undefined) return value(column) ?? NaN;
      }
      const number = place === undefined ? NaN : (sealed?.column(key)?.[place] ?? NaN);
      return Number.isNaN(number) ? undefined : number;
    };
  }

  #sealedHour(source: SourceLayouts, hour: number): SealedHour | undefined {
    const { id } = source;
    if (id === undefined) return undefined;
    if (this.#lookedInto?.source === id && this.#lookedInto.hour === hour) return this.#lookedInto;
    const times = this.#tables.times(id, hour) ?? new Float64Array();
    const columns = new Map<string, Float64Array | undefined>();
    const column = (key: string) => {
      if (columns.has(key)) return columns.get(key);
      const series = this.#tables.series(id, key);
      const values = series && this.#tables.block(hour, series.id, times.length);
      columns.set(key, values);
      return values;
    };
    const places = new Map(Array.from(times, (time, place) => [time, place]));
    return (this.#lookedInto = { source: id, hour, places, column });
  }
}
