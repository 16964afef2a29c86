import type { Columns } from './columns.ts';

/** How a series is laid on pixels. */
export interface Folding {
  /**
   * Pixels in a millisecond. They are counted from the beginning of time, not from the edge of a window: so they stay what they are
   * while a window moves over them.
   */
  perMs: number;
  /** By how much the series is drawn later than it was. */
  shiftMs: number;
  /** Entries further apart have a gap between them. */
  gapMs: number;
}

/**
 * A series as pixels can show it: for each pixel that has values the smallest, the mean and the largest. `x` says where they are: the middle
 * of a pixel, or the very place of a lone value. `breaks` marks those before which there is a gap.
 *
 * What is added at the end of the columns, or changed in their last entry, is taken over by `follow`, at the cost of what is new.
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
  /** How many entries are in it, and with which of them its last pixel begins. */
  #taken = 0;
  #last = 0;
  /** What the last entry was when it was taken. */
  #latest: readonly (number | undefined)[] = [];

  constructor(columns: Columns, folding: Folding) {
    this.columns = columns;
    this.folding = folding;
    this.follow();
  }

  /** Takes over what is new. Returns the place from which on the line is another one; `Infinity` where it is the same. */
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

  /** One pass without anything made for an entry. */
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

  /** The first place that is not left of `x`. */
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
