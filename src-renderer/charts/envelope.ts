import type { Columns } from './columns.ts';

/** How times of a series map to pixels. */
export interface Folding {
  /**
   * Pixels per millisecond. Pixels are counted from the epoch instead of the window's edge, so they do not change
   * while the window moves.
   */
  perMs: number;
  /** Offset by which the series is drawn later, in milliseconds. */
  shiftMs: number;
  /** Entries further apart than this, in milliseconds, have a gap between them. */
  gapMs: number;
}

/**
 * A series reduced to pixels: minimum, mean and maximum for each pixel that has values. `x` holds the positions: the
 * middle of a pixel, or the exact position of a single value. `breaks` marks positions that follow a gap.
 *
 * `follow` updates the envelope after entries were appended to the columns or the last one changed; it costs only as
 * much as the new entries.
 */
export class Envelope {
  readonly columns: Columns;
  readonly folding: Folding;
  x = new Float64Array(0);
  min = new Float64Array(0);
  avg = new Float64Array(0);
  max = new Float64Array(0);
  breaks = new Uint8Array(0);
  length = 0;
  /** Number of entries included, and index of the entry with which the last pixel begins. */
  #taken = 0;
  #last = 0;
  /** Values of the last entry when it was included. */
  #latest: readonly (number | undefined)[] = [];

  constructor(columns: Columns, folding: Folding) {
    this.columns = columns;
    this.folding = folding;
    this.follow();
  }

  /** Includes new entries. Returns the position from which the line has changed; `Infinity` if it has not. */
  follow(): number {
    const { at } = this.columns;
    if (at.length === this.#taken && !this.#lastDiffers()) return Infinity;
    if (at.length < this.#taken) this.#last = this.length = 0;
    const kept = Math.max(0, this.length - 1);
    this.length = kept;
    this.#fold(this.#last);
    return kept === 0 ? -Infinity : (this.x[kept - 1] ?? -Infinity);
  }

  #lastDiffers(): boolean {
    return this.#lastEntry().some((value, index) => value !== this.#latest[index]);
  }

  #lastEntry(): (number | undefined)[] {
    const { min, avg, max } = this.columns;
    return [min, avg, max].map((values) => values[this.#taken - 1]);
  }

  /** A single pass that allocates nothing per entry. */
  #fold(begin: number): void {
    const { at, min, avg, max } = this.columns;
    const { perMs, shiftMs, gapMs } = this.folding;
    const end = at.length;
    let before = begin === 0 ? -Infinity : (at[begin - 1] ?? NaN);
    let index = begin;
    while (index < end) {
      const time = at[index] ?? NaN;
      const exact = (time + shiftMs) * perMs;
      const pixel = Math.floor(exact);
      const until = (pixel + 1) / perMs - shiftMs;
      let low = min[index] ?? NaN;
      let high = max[index] ?? NaN;
      let sum = avg[index] ?? NaN;
      let latest = time;
      let next = index + 1;
      for (; next < end; next++) {
        const own = at[next] ?? NaN;
        if (own >= until || own - latest > gapMs) break;
        const least = min[next] ?? NaN;
        const most = max[next] ?? NaN;
        if (least < low) low = least;
        if (most > high) high = most;
        sum += avg[next] ?? NaN;
        latest = own;
      }
      const place = this.length;
      if (place >= this.x.length) this.#grow();
      this.x[place] = next - index > 1 ? pixel + 0.5 : exact;
      this.min[place] = low;
      this.avg[place] = sum / (next - index);
      this.max[place] = high;
      this.breaks[place] = time - before > gapMs ? 1 : 0;
      this.length = place + 1;
      this.#last = index;
      before = latest;
      index = next;
    }
    this.#taken = end;
    this.#latest = this.#lastEntry();
  }

  #grow(): void {
    const room = Math.max(1024, 2 * this.x.length);
    const larger = (values: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(room);
      grown.set(values);
      return grown;
    };
    [this.x, this.min, this.avg, this.max] = [
      larger(this.x),
      larger(this.min),
      larger(this.avg),
      larger(this.max),
    ];
    const breaks = new Uint8Array(room);
    breaks.set(this.breaks);
    this.breaks = breaks;
  }

  /** Index of the first position that is not left of `x`. */
  placeAt(x: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.x[middle] ?? Infinity) < x) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
