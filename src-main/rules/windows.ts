import type { RuleWindow, WindowFunction } from '../contract/rule.ts';

/** Bounds memory if a series is pushed very fast: of more samples in one window only the newest count. */
const samplesAtMost = 20_000;

/**
 * The samples of one series within the window's length, and their aggregate. Time is the sum of the elapsed times that
 * the caller measured, so setting the clock changes nothing.
 */
export class SampleWindow {
  readonly #function: WindowFunction;
  readonly #lengthMs: number;
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  /** The window's samples in ascending order, for functions that need that at every sample; otherwise null. */
  readonly #sorted: number[] | null;
  /** Index of the oldest sample in the window. Samples before it are removed from time to time. */
  #first = 0;
  #elapsed = 0;
  /** Start of the current run of samples without a gap, on the window's own clock. */
  #coveredSince = 0;

  constructor({ function: windowFunction, seconds }: RuleWindow) {
    this.#function = windowFunction;
    this.#lengthMs = seconds * 1000;
    this.#sorted = windowFunction === 'p95' ? [] : null;
  }

  /** Empties the window after a gap, because nobody knows what happened in it. */
  clear(): void {
    this.#times.length = 0;
    this.#values.length = 0;
    this.#first = 0;
    if (this.#sorted !== null) this.#sorted.length = 0;
  }

  /** Adds a sample that was taken `elapsedMs` after the previous one. */
  add(value: number, elapsedMs: number): void {
    if (this.#times.length === 0) this.#coveredSince = this.#elapsed += elapsedMs;
    else this.#elapsed += elapsedMs;
    this.#times.push(this.#elapsed);
    this.#values.push(value);
    this.#sorted?.splice(placeOf(this.#sorted, value), 0, value);
    // The beginning of the window is excluded: five minutes at one sample a minute hold five samples.
    const from = this.#elapsed - this.#lengthMs;
    while (
      (this.#times[this.#first] ?? Infinity) <= from ||
      this.#times.length - this.#first > samplesAtMost
    ) {
      this.#sorted?.splice(placeOf(this.#sorted, this.#values[this.#first] ?? NaN), 1);
      this.#first++;
    }
    if (this.#first > 64 && this.#first * 2 > this.#times.length) {
      this.#times.splice(0, this.#first);
      this.#values.splice(0, this.#first);
      this.#first = 0;
    }
  }

  /**
   * The aggregate of the window. NaN until samples without a gap cover its length, apart from the one interval that is
   * always in progress. `rate` and `delta` need two samples.
   */
  result(intervalMs: number): number {
    const covered = this.#elapsed - this.#coveredSince + Math.min(intervalMs, this.#lengthMs);
    if (this.#values.length === 0 || covered < this.#lengthMs) return NaN;
    const values = this.#values;
    const count = values.length - this.#first;
    const [oldest, newest] = [values[this.#first] ?? NaN, values.at(-1) ?? NaN];
    switch (this.#function) {
      case 'avg':
        return this.#sum() / count;
      case 'sum':
        return this.#sum();
      case 'min':
        return this.#folded(Math.min);
      case 'max':
        return this.#folded(Math.max);
      case 'p95':
        return quantile(this.#sorted ?? [], 0.95);
      case 'delta':
        return count < 2 ? NaN : newest - oldest;
      case 'rate': {
        const seconds = (this.#elapsed - (this.#times[this.#first] ?? NaN)) / 1000;
        return seconds > 0 ? (newest - oldest) / seconds : NaN;
      }
    }
  }

  /** Recomputed each time, because a running sum accumulates rounding errors. */
  #sum(): number {
    let total = 0;
    for (let place = this.#first; place < this.#values.length; place++) total += this.#values[place] ?? NaN;
    return total;
  }

  #folded(fold: (a: number, b: number) => number): number {
    let folded = this.#values[this.#first] ?? NaN;
    for (let place = this.#first + 1; place < this.#values.length; place++)
      folded = fold(folded, this.#values[place] ?? NaN);
    return folded;
  }
}

/** Index of the first of the sorted numbers that is not smaller than `value`. */
function placeOf(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? NaN) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The quantile `q` of sorted values by nearest rank, so that the result is always a sampled value. NaN if there are none. */
export function quantile(sorted: readonly number[], q: number): number {
  // A product such as 0.95 × 20 must not become 19.000000000000004 and select the next value.
  const rank = Math.ceil(q * sorted.length - 1e-9);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] ?? NaN;
}
