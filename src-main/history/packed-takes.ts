import { columnsOf, haveColumns } from '../contract/columns.ts';
import type { Column } from '../contract/columns.ts';
import type { Measurement, Reading } from '../contract/sample.ts';

/** Which series a reading is of, in their order: told once, and referred to by its number. */
interface Columns {
  slot: number;
  columns: readonly Column[];
}

/**
 * Readings of other machines on their way to history. Most name the same series as those before them, of the same machine or of another
 * one: taking names and labels apart and putting them together again costs more than storing the numbers.
 */
export interface PackedTakes {
  /** What is known of columns begins anew with these. */
  isAnew: boolean;
  /** Those that were not told before. */
  layouts: readonly Columns[];
  /** Host and source of each reading, one after the other. */
  names: readonly string[];
  /** Of each reading the slot of its columns and `at`, then as many values as there are columns. */
  numbers: Float64Array<ArrayBuffer>;
}

/** Before the values of each reading. */
const headLength = 2;
/** Columns of one source that are tried before they are told anew. */
const triedAtMost = 8;
/** All columns that are remembered; beyond that everything is told anew. */
const columnsAtMost = 100_000;

/** The sending side. What it tells is known to one process: each needs a packer of its own. */
export class TakePacker {
  readonly #bySource = new Map<string, Columns[]>();
  #slots = 0;
  #columns = 0;

  /** Only samples are packed: what was taken of another machine has neither an error nor a duration. */
  pack(readings: readonly Reading[]): PackedTakes {
    const isAnew = this.#slots === 0 || this.#columns > columnsAtMost;
    if (isAnew) {
      this.#bySource.clear();
      this.#slots = this.#columns = 0;
    }
    const layouts: Columns[] = [];
    const names: string[] = [];
    const numbers = new Float64Array(
      readings.reduce((sum, { samples }) => sum + headLength + samples.length, 0),
    );
    let place = 0;
    for (const reading of readings) {
      const { host, source, at, samples } = reading;
      names.push(host, source);
      numbers[place++] = this.#slotOf(reading, layouts);
      numbers[place++] = at;
      for (const { value } of samples) numbers[place++] = value;
    }
    return { isAnew, layouts, names, numbers };
  }

  #slotOf({ source, samples }: Reading, told: Columns[]): number {
    let known = this.#bySource.get(source);
    if (known === undefined) this.#bySource.set(source, (known = []));
    for (const { slot, columns } of known) if (haveColumns(samples, columns)) return slot;
    const layout = { slot: this.#slots++, columns: columnsOf(samples) };
    this.#columns += samples.length;
    known.unshift(layout);
    if (known.length > triedAtMost) known.pop();
    told.push(layout);
    return layout.slot;
  }
}

/** The receiving side of one packer. Labels of the same series are the same object from reading to reading. */
export class TakeUnpacker {
  readonly #layouts = new Map<number, Columns>();

  unpack({ isAnew, layouts, names, numbers }: PackedTakes): Reading[] {
    if (isAnew) this.#layouts.clear();
    for (const layout of layouts) this.#layouts.set(layout.slot, layout);
    const readings: Reading[] = [];
    let place = 0;
    for (let name = 0; name < names.length; name += 2) {
      const slot = numbers[place++] ?? NaN;
      const at = numbers[place++] ?? NaN;
      const layout = this.#layouts.get(slot);
      if (layout === undefined) throw new Error(`readings refer to columns ${slot} that were not told`);
      const samples: Measurement[] = [];
      for (const { metric, labels } of layout.columns)
        samples.push({ metric, labels, value: numbers[place++] ?? NaN });
      const [host = '', source = ''] = [names[name], names[name + 1]];
      readings.push({ host, source, at, durationMs: 0, samples, error: null });
    }
    return readings;
  }
}
