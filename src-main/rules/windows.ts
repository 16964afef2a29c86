import type { RuleWindow, WindowFunction } from '../contract/rule.ts';

/** A series that is pushed ever so fast does not fill the memory: of more samples in one window the newest count. */
const samplesAtMost = 20_000;

/**
 * The samples of the last seconds of one series, and what a function makes of them. Time is what passed between
 * samples, as the caller measured it, so that a clock that is set changes nothing.
 */
export class SampleWindow {
  readonly #function: WindowFunction;
  readonly #lengthMs: number;
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  /** The samples of the window by their size, where it is asked for at every sample; null where it is not. */
  readonly #sorted: number[] | null;
  /** Where the oldest sample stands; what is before it is cut off now and then. */
  #first = 0;
  #elapsed = 0;
  /** When the samples began to come without a gap, in the same time. */
  #coveredSince = 0;

  constructor({ function: windowFunction, seconds }: RuleWindow) {
    this.#function = windowFunction;
    this.#lengthMs = seconds * 1000;
    this.#sorted = windowFunction === 'p95' ? [] : null;
  }

  /** Forgets everything: after a gap nobody knows what happened in it. */
  clear(): void {
    this.#times.length = 0;
    this.#values.length = 0;
    this.#first = 0;
    if (this.#sorted !== null) this.#sorted.length = 0;
  }

  /** Takes a sample that came `elapsedMs` after the one before. */
  add(value: number, elapsedMs: number): void {
    if (this.#times.length === 0) this.#coveredSince = this.#elapsed += elapsedMs;
    else this.#elapsed += elapsedMs;
    this.#times.push(this.#elapsed);
    this.#values.push(value);
    this.#sorted?.splice(placeOf(this.#sorted, value), 0, value);
    // The beginning of the window is not in it: of five minutes at one a minute it holds five samples.
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
   * What the function makes of the window, NaN while it is not filled: samples have come without a gap for its length, but
   * for the one interval that is always under way. `rate` and `delta` need two samples.
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

  /** Added up anew each time: a sum that is carried on gathers what rounding lost. */
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

/** The first place in sorted numbers that has this one or a larger one. */
function placeOf(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? NaN) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The value that a part `q` of the sorted values does not exceed: the nearest rank, so that it is always one that was
 * sampled. NaN of none.
 */
export function quantile(sorted: readonly number[], q: number): number {
  // A product such as 0.95 × 20 must not come out as 19.000000000000004 and take the next one.
  const rank = Math.ceil(q * sorted.length - 1e-9);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] ?? NaN;
}
