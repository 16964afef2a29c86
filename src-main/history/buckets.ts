import type { SeriesHistory } from '../contract/history.ts';
import type { Rollups } from './blocks.ts';

type Entries = Pick<SeriesHistory, 'at' | 'min' | 'avg' | 'max'>;

/**
 * Aggregates samples with `from` ≤ time < `to` (epoch milliseconds), in any order, into at most `points` buckets of
 * equal width, aligned to multiples of `stepMs`. Keeps only the buckets, never the samples. There are no empty buckets.
 */
export class Buckets {
  readonly bucketMs: number;
  readonly #from: number;
  readonly #origin: number;
  readonly #count: Float64Array;
  readonly #min: Float64Array;
  readonly #avg: Float64Array;
  readonly #max: Float64Array;
  #samples = 0;

  constructor(from: number, to: number, points: number, stepMs = 1) {
    this.#from = from;
    this.#origin = stepMs === 1 ? from : Math.floor(from / stepMs) * stepMs;
    this.bucketMs = Math.max(1, Math.ceil((to - this.#origin) / points / stepMs)) * stepMs;
    const buckets = Math.max(0, Math.ceil((to - this.#origin) / this.bucketMs));
    this.#count = new Float64Array(buckets);
    this.#min = new Float64Array(buckets).fill(Infinity);
    this.#avg = new Float64Array(buckets);
    this.#max = new Float64Array(buckets).fill(-Infinity);
  }

  /** How many samples were added. */
  get samples(): number {
    return this.#samples;
  }

  /** Adds the samples with `from` ≤ time < `to`; NaN values are left out. Fastest if times ascend. */
  addSamples(at: Float64Array, values: Float64Array, from: number, to: number): void {
    for (let place = 0; place < at.length;) {
      const time = at[place] ?? NaN;
      const first = values[place] ?? NaN;
      if (!(time >= from && time < to) || Number.isNaN(first)) {
        place++;
        continue;
      }
      const index = Math.floor((time - this.#origin) / this.bucketMs);
      const begin = this.#origin + index * this.bucketMs;
      const [earliest, end] = [Math.max(from, begin), Math.min(to, begin + this.bucketMs)];
      const start = place;
      let [count, min, max, sum] = [0, first, first, 0];
      do {
        const value = values[place] ?? NaN;
        place++;
        if (Number.isNaN(value)) continue;
        count++;
        if (value < min) min = value;
        if (value > max) max = value;
        sum += value - first;
      } while (place < at.length && (at[place] ?? NaN) >= earliest && (at[place] ?? NaN) < end);
      const avg = first + sum / count;
      this.#fold(index, count, min, Number.isFinite(avg) ? avg : meanOf(values.subarray(start, place)), max);
    }
  }

  /** Adds `count` samples at once, all in the same bucket; the first one has this time. */
  addFolded(at: number, count: number, min: number, avg: number, max: number): void {
    const index = Math.floor((Math.max(at, this.#origin) - this.#origin) / this.bucketMs);
    this.#fold(index, count, min, avg, max);
  }

  #fold(index: number, count: number, min: number, avg: number, max: number): void {
    const before = this.#count[index] ?? 0;
    const all = before + count;
    this.#count[index] = all;
    this.#samples += count;
    if (min < (this.#min[index] ?? 0)) this.#min[index] = min;
    if (max > (this.#max[index] ?? 0)) this.#max[index] = max;
    // The sum of both could overflow.
    this.#avg[index] = before === 0 ? avg : (this.#avg[index] ?? 0) * (before / all) + avg * (count / all);
  }

  /** Adds roll-ups whose slots are counted from 1970, each `slotMs` wide. */
  addRollups({ slots, count, min, avg, max }: Rollups, slotMs: number): void {
    for (let entry = 0; entry < slots.length; entry++) {
      const at = (slots[entry] ?? NaN) * slotMs;
      this.addFolded(at, count[entry] ?? 0, min[entry] ?? NaN, avg[entry] ?? NaN, max[entry] ?? NaN);
    }
  }

  /** The buckets in order of time, each at its beginning, the first one not before `from`. */
  entries(): Entries {
    const { slots, min, avg, max } = this.rollups();
    const at = Array.from(slots, (index) => Math.max(this.#from, this.#origin + index * this.bucketMs));
    return { at, min: [...min], avg: [...avg], max: [...max] };
  }

  /** The same, by bucket number. */
  rollups(): Rollups {
    let length = 0;
    for (const count of this.#count) if (count !== 0) length++;
    const column = () => new Float64Array(length);
    const made = { slots: column(), count: column(), min: column(), avg: column(), max: column() };
    for (let index = 0, entry = 0; index < this.#count.length; index++) {
      if (this.#count[index] === 0) continue;
      const [min, avg, max] = [this.#min[index] ?? NaN, this.#avg[index] ?? NaN, this.#max[index] ?? NaN];
      made.slots[entry] = index;
      made.count[entry] = this.#count[index] ?? 0;
      made.min[entry] = min;
      // Rounding may move the mean past its samples by the last bit.
      made.avg[entry] = Math.min(max, Math.max(min, avg));
      made.max[entry] = max;
      entry++;
    }
    return made;
  }
}

/** Computes a mean incrementally, because a sum of large doubles overflows. */
function meanOf(values: Float64Array): number {
  let [mean, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    count++;
    mean = count === 1 ? value : mean + (value / count - mean / count);
  }
  return mean;
}
