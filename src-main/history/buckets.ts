import type { SeriesHistory } from '../contract/history.ts';
import type { Rollups } from './blocks.ts';

type Entries = Pick<SeriesHistory, 'at' | 'min' | 'avg' | 'max'>;

/**
 * Folds samples of `from` ≤ time < `to` (epoch milliseconds), in any order, into at most `points` buckets of equal width, which
 * begin and end at multiples of `stepMs`. Holds the buckets and never the samples. A bucket without samples does not exist.
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

  /** How many samples were folded. */
  get samples(): number {
    return this.#samples;
  }

  add(at: number, value: number): void {
    const index = Math.floor((at - this.#origin) / this.bucketMs);
    const count = (this.#count[index] ?? 0) + 1;
    this.#count[index] = count;
    this.#samples++;
    if (value < (this.#min[index] ?? 0)) this.#min[index] = value;
    if (value > (this.#max[index] ?? 0)) this.#max[index] = value;
    // A running mean: a sum of large doubles overflows, and equal values keep exactly their value.
    const avg = this.#avg[index] ?? 0;
    this.#avg[index] = count === 1 ? value : avg + (value / count - avg / count);
  }

  /** `count` samples at once, of which the first is of this time and all are in the same bucket. */
  addFolded(at: number, count: number, min: number, avg: number, max: number): void {
    const index = Math.floor((Math.max(at, this.#origin) - this.#origin) / this.bucketMs);
    const before = this.#count[index] ?? 0;
    const all = before + count;
    this.#count[index] = all;
    this.#samples += count;
    if (min < (this.#min[index] ?? 0)) this.#min[index] = min;
    if (max > (this.#max[index] ?? 0)) this.#max[index] = max;
    this.#avg[index] = before === 0 ? avg : (this.#avg[index] ?? 0) * (before / all) + avg * (count / all);
  }

  /** Roll-ups whose slots are counted from 1970 on, each `slotMs` wide. */
  addRollups({ slots, count, min, avg, max }: Rollups, slotMs: number): void {
    for (let entry = 0; entry < slots.length; entry++) {
      const at = (slots[entry] ?? NaN) * slotMs;
      this.addFolded(at, count[entry] ?? 0, min[entry] ?? NaN, avg[entry] ?? NaN, max[entry] ?? NaN);
    }
  }

  /** The buckets in time order, each at its beginning, the first one not before `from`. */
  entries(): Entries {
    const { slots, min, avg, max } = this.rollups();
    const at = Array.from(slots, (index) => Math.max(this.#from, this.#origin + index * this.bucketMs));
    return { at, min: [...min], avg: [...avg], max: [...max] };
  }

  /** The same, by the number of the bucket. */
  rollups(): Rollups {
    const slots: number[] = [];
    this.#count.forEach((count, index) => {
      if (count > 0) slots.push(index);
    });
    const column = (values: Float64Array) => Float64Array.from(slots, (index) => values[index] ?? 0);
    const [count, min, max] = [column(this.#count), column(this.#min), column(this.#max)];
    // Rounding may carry the mean past its samples by the last bit.
    const avg = column(this.#avg).map((value, index) =>
      Math.min(max[index] ?? value, Math.max(min[index] ?? value, value)),
    );
    return { slots: Float64Array.from(slots), count, min, avg, max };
  }
}
