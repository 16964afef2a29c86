import type { RuleWindow, WindowFunction } from '../contract/rule.ts';

/** A series that is pushed ever so fast does not fill the memory: of more samples in one window the newest count. */
const samplesAtMost = 20_000;

/**
 * The samples of the last so many seconds of one series, and what a function makes of them. Time is what passed between
 * samples, as the caller measured it, so that a clock that is set changes nothing.
 */
export class SampleWindow {
  readonly #function: WindowFunction;
  readonly #lengthMs: number;
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  /** Where the oldest sample stands; what is before it is cut off now and then. */
  #first = 0;
  #elapsed = 0;
  /** When the samples began to come without a gap, in the same time. */
  #coveredSince = 0;

  constructor({ function: windowFunction, seconds }: RuleWindow) {
    this.#function = windowFunction;
    this.#lengthMs = seconds * 1000;
  }

  /** Forgets everything: after a gap nobody knows what happened in it. */
  clear(): void {
    this.#times.length = 0;
    this.#values.length = 0;
    this.#first = 0;
  }

  /** Takes a sample that came `elapsedMs` after the one before. */
  add(value: number, elapsedMs: number): void {
    if (this.#times.length === 0) this.#coveredSince = this.#elapsed += elapsedMs;
    else this.#elapsed += elapsedMs;
    this.#times.push(this.#elapsed);
    this.#values.push(value);
    // The beginning of the window is not in it: of five minutes at one a minute it holds five samples.
    const from = this.#elapsed - this.#lengthMs;
    while ((this.#times[this.#first] ?? Infinity) <= from || this.#times.length - this.#first > samplesAtMost)
      this.#first++;
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
    const values = this.#first === 0 ? this.#values : this.#values.slice(this.#first);
    switch (this.#function) {
      case 'avg':
        return sum(values) / values.length;
      case 'sum':
        return sum(values);
      case 'min':
        return values.reduce((least, value) => Math.min(least, value), Infinity);
      case 'max':
        return values.reduce((most, value) => Math.max(most, value), -Infinity);
      case 'p95':
        return quantile(
          [...values].sort((a, b) => a - b),
          0.95,
        );
      case 'delta':
        return values.length < 2 ? NaN : last(values) - first(values);
      case 'rate': {
        const seconds = (this.#elapsed - (this.#times[this.#first] ?? NaN)) / 1000;
        return seconds > 0 ? (last(values) - first(values)) / seconds : NaN;
      }
    }
  }
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function first(values: readonly number[]): number {
  return values[0] ?? NaN;
}

function last(values: readonly number[]): number {
  return values.at(-1) ?? NaN;
}
