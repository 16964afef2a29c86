import { columnsOf, areSameColumns } from '../contract/columns.ts';
import type { Column } from '../contract/columns.ts';
import type { Reading } from '../contract/sample.ts';
import type { CountedReading } from './messages.ts';

/** What the samples of a source are about, in their order: told once, and again when it is another. */
export interface Layout {
  /** Readings refer to it by this number; the next layout of the same source takes its place. */
  slot: number;
  host: string;
  source: string;
  columns: readonly Column[];
}

/**
 * Readings without an error, on their way to another process. Most say of the same series how they are now: sending and taking
 * names and labels anew each second costs more than reading the numbers did.
 */
export interface PackedReadings {
  /** Those that were not told before. */
  layouts: readonly Layout[];
  /** Of each reading the slot of its layout, `at`, `durationMs` and `missedRuns`, then as many values as there are columns. */
  numbers: Float64Array<ArrayBuffer>;
}

/** Before the values of each reading. */
const headLength = 4;

/** The sending side. */
export class ReadingPacker {
  readonly #layouts = new Map<string, Layout>();

  /** Readings with an error cannot be packed. */
  pack(readings: readonly CountedReading[]): PackedReadings {
    const told: Layout[] = [];
    const count = readings.reduce((sum, { reading }) => sum + headLength + reading.samples.length, 0);
    const numbers = new Float64Array(count);
    let place = 0;
    for (const { reading, missedRuns } of readings) {
      const { source, at, durationMs, samples } = reading;
      let layout = this.#layouts.get(source);
      if (layout === undefined || !fits(layout, reading)) {
        layout = layoutOf(layout?.slot ?? this.#layouts.size, reading);
        this.#layouts.set(source, layout);
        told.push(layout);
      }
      numbers[place++] = layout.slot;
      numbers[place++] = at;
      numbers[place++] = durationMs;
      numbers[place++] = missedRuns;
      for (const { value } of samples) numbers[place++] = value;
    }
    return { layouts: told, numbers };
  }
}

/** The receiving side of one packer. Labels of the same series are the same object from reading to reading. */
export class ReadingUnpacker {
  readonly #layouts = new Map<number, Layout>();

  unpack({ layouts, numbers }: PackedReadings): CountedReading[] {
    for (const layout of layouts) this.#layouts.set(layout.slot, layout);
    const readings: CountedReading[] = [];
    for (let place = 0; place < numbers.length;) {
      const slot = numbers[place++] ?? NaN;
      const at = numbers[place++] ?? NaN;
      const durationMs = numbers[place++] ?? NaN;
      const missedRuns = numbers[place++] ?? NaN;
      const layout = this.#layouts.get(slot);
      if (layout === undefined) throw new Error(`readings refer to a layout ${slot} that was not told`);
      const { host, source, columns } = layout;
      const samples = columns.map(({ metric, labels }) => ({
        metric,
        labels,
        value: numbers[place++] ?? NaN,
      }));
      readings.push({ reading: { host, source, at, durationMs, samples, error: null }, missedRuns });
    }
    return readings;
  }
}

function layoutOf(slot: number, { host, source, samples }: Reading): Layout {
  return { slot, host, source, columns: columnsOf(samples) };
}

function fits({ host, columns }: Layout, reading: Reading): boolean {
  return host === reading.host && areSameColumns(reading.samples, columns);
}
