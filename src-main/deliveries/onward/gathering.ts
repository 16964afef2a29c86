import type { OutgoingReading } from './spool-record.ts';

/** How many samples one record has at most: every destination accepts this many per request. */
const recordSamplesAtMost = 1000;
/** How many samples may be pending while the spool of the last run is still being read. */
const gatheredAtMost = 100_000;

/** Readings on their way into a spool, gathered for a while so that records are few. */
export class Gathering {
  #readings: OutgoingReading[] = [];
  #samples = 0;

  get samples(): number {
    return this.#samples;
  }

  /** Whether it is enough for a record. */
  get isEnough(): boolean {
    return this.#samples >= recordSamplesAtMost;
  }

  add(reading: OutgoingReading): void {
    this.#readings.push(reading);
    this.#samples += reading.samples.length;
  }

  /** Lets go of the oldest where it is too much to be kept. Returns how many samples these were. */
  dropMuch(): number {
    let lost = 0;
    while (this.#samples > gatheredAtMost) {
      const samples = this.#readings.shift()?.samples.length ?? 0;
      this.#samples -= samples;
      lost += samples;
    }
    return lost;
  }

  /** Gives all of it in groups of at most a thousand samples, and begins anew. A reading that has more is taken apart. */
  takeRecords(): OutgoingReading[][] {
    const records: OutgoingReading[][] = [];
    let room = 0;
    for (const reading of this.#readings) {
      for (let from = 0; from < reading.samples.length;) {
        if (room === 0) {
          records.push([]);
          room = recordSamplesAtMost;
        }
        const samples = reading.samples.slice(from, from + room);
        records.at(-1)?.push({ ...reading, samples });
        room -= samples.length;
        from += samples.length;
      }
    }
    this.#readings = [];
    this.#samples = 0;
    return records;
  }
}
