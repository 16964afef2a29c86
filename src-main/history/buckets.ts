import type { SeriesHistory } from '../contract/history.ts';

interface Bucket {
  count: number;
  min: number;
  avg: number;
  max: number;
}

type Entries = Pick<SeriesHistory, 'at' | 'min' | 'avg' | 'max'>;

/**
 * Folds the samples of `from` ≤ time < `to` (epoch milliseconds), in any order, into at most `points` buckets of equal
 * width. Holds the buckets and never the samples. A bucket without samples does not exist.
 */
export class Buckets {
  readonly bucketMs: number;
  readonly #from: number;
  readonly #buckets = new Map<number, Bucket>();

  constructor(from: number, to: number, points: number) {
    this.#from = from;
    this.bucketMs = Math.max(1, Math.ceil((to - from) / points));
  }

  add(at: number, value: number): void {
    const index = Math.floor((at - this.#from) / this.bucketMs);
    const bucket = this.#buckets.get(index);
    if (bucket === undefined) {
      this.#buckets.set(index, { count: 1, min: value, avg: value, max: value });
      return;
    }
    bucket.count++;
    bucket.min = Math.min(bucket.min, value);
    bucket.max = Math.max(bucket.max, value);
    // A running mean: a sum of large doubles overflows, and equal values keep exactly their value.
    bucket.avg += value / bucket.count - bucket.avg / bucket.count;
  }

  /** The buckets in time order, each at its beginning. */
  entries(): Entries {
    const entries: Entries = { at: [], min: [], avg: [], max: [] };
    for (const [index, bucket] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      entries.at.push(this.#from + index * this.bucketMs);
      entries.min.push(bucket.min);
      // Rounding may carry the mean past its samples by the last bit.
      entries.avg.push(Math.min(bucket.max, Math.max(bucket.min, bucket.avg)));
      entries.max.push(bucket.max);
    }
    return entries;
  }
}
