import { columnsOf, areSameColumns } from '../contract/columns.ts';
import type { Column, ColumnReading } from '../contract/columns.ts';
import type { Reading } from '../contract/sample.ts';

/** The series of a reading, in order: sent once, and then referred to by number. */
interface Columns {
  slot: number;
  columns: readonly Column[];
}

/** A source of a host, also sent once. */
interface PackedSource {
  slot: number;
  host: string;
  source: string;
}

/**
 * Readings on their way to the history. Most have the same series as earlier ones, of the same machine or another:
 * serialising names and labels every time would cost more than storing the numbers.
 */
export interface PackedTakes {
  /** Everything known about columns and sources starts anew with these. */
  isAnew: boolean;
  /** Layouts that were not sent before. */
  layouts: readonly Columns[];
  sources: readonly PackedSource[];
  /** Slots of columns that no later reading refers to. */
  dropped: readonly number[];
  /** For each reading the slots of its source and its columns and `at`, then as many values as there are columns. */
  numbers: Float64Array<ArrayBuffer>;
}

/** The numbers before the values of each reading. */
const headLength = 3;
/** How many column sets of one source are compared before a new one is sent. */
const triedAtMost = 8;
/** How many columns, sources, and characters of their names are remembered; beyond that everything is sent anew. */
const columnsAtMost = 100_000;
const charactersAtMost = 16 * 1024 * 1024;

/** The sending side. The receiver has to know everything sent before, so each receiver needs its own packer. */
export class TakePacker {
  readonly #bySource = new Map<string, Columns[]>();
  /** Slots of sources by host. */
  readonly #sources = new Map<string, Map<string, number>>();
  #slots = 0;
  #columns = 0;
  #characters = 0;

  /** Packs only samples: the history keeps neither errors nor durations. */
  pack(readings: readonly Reading[]): PackedTakes {
    const isMany = this.#columns > columnsAtMost || this.#slots > columnsAtMost;
    const isAnew = this.#slots === 0 || isMany || this.#characters > charactersAtMost;
    if (isAnew) {
      this.#bySource.clear();
      this.#sources.clear();
      this.#slots = this.#columns = this.#characters = 0;
    }
    const layouts: Columns[] = [];
    const sources: PackedSource[] = [];
    const dropped: number[] = [];
    const numbers = new Float64Array(
      readings.reduce((sum, { samples }) => sum + headLength + samples.length, 0),
    );
    let place = 0;
    for (const reading of readings) {
      numbers[place++] = this.#slotOfSource(reading, sources);
      numbers[place++] = this.#slotOfColumns(reading, layouts, dropped);
      numbers[place++] = reading.at;
      for (const { value } of reading.samples) numbers[place++] = value;
    }
    return { isAnew, layouts, sources, dropped, numbers };
  }

  #slotOfSource({ host, source }: Reading, told: PackedSource[]): number {
    let ofHost = this.#sources.get(host);
    if (ofHost === undefined) this.#sources.set(host, (ofHost = new Map<string, number>()));
    const known = ofHost.get(source);
    if (known !== undefined) return known;
    const slot = this.#slots++;
    ofHost.set(source, slot);
    told.push({ slot, host, source });
    return slot;
  }

  #slotOfColumns({ source, samples }: Reading, told: Columns[], dropped: number[]): number {
    let known = this.#bySource.get(source);
    if (known === undefined) this.#bySource.set(source, (known = []));
    for (const { slot, columns } of known) if (areSameColumns(samples, columns)) return slot;
    const layout = { slot: this.#slots++, columns: columnsOf(samples) };
    this.#columns += samples.length;
    this.#characters += charactersOf(layout.columns);
    known.unshift(layout);
    const oldest = known.length > triedAtMost ? known.pop() : undefined;
    if (oldest !== undefined) {
      this.#columns -= oldest.columns.length;
      this.#characters -= charactersOf(oldest.columns);
      dropped.push(oldest.slot);
    }
    told.push(layout);
    return layout.slot;
  }
}

function charactersOf(columns: readonly Column[]): number {
  let characters = 0;
  for (const { metric, labels } of columns) {
    characters += metric.length;
    for (const [name, value] of Object.entries(labels)) characters += name.length + value.length;
  }
  return characters;
}

/** The receiving side of one packer. Columns with the same slot are the same object from reading to reading. */
export class TakeUnpacker {
  readonly #layouts = new Map<number, readonly Column[]>();
  readonly #sources = new Map<number, PackedSource>();

  unpack({ isAnew, layouts, sources, dropped, numbers }: PackedTakes): ColumnReading[] {
    if (isAnew) {
      this.#layouts.clear();
      this.#sources.clear();
    }
    for (const { slot, columns } of layouts) this.#layouts.set(slot, columns);
    for (const source of sources) this.#sources.set(source.slot, source);
    const readings: ColumnReading[] = [];
    for (let place = 0; place < numbers.length;) {
      const from = this.#sources.get(numbers[place++] ?? NaN);
      const columns = this.#layouts.get(numbers[place++] ?? NaN);
      const at = numbers[place++] ?? NaN;
      if (from === undefined || columns === undefined)
        throw new Error('readings refer to sources or columns that were not told');
      const values = numbers.subarray(place, (place += columns.length));
      readings.push({ host: from.host, source: from.source, at, columns, values });
    }
    for (const slot of dropped) this.#layouts.delete(slot);
    return readings;
  }
}
