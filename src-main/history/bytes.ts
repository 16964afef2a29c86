/** This many bits fit in one 32-bit word, at any bit offset in its first byte. */
const widestBits = 24;
const endsTooEarly = 'These bytes end too early.';

/** Writes bytes to a growing buffer. Bits are written from the lowest on, see `docs/storage-format.md`. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#length++] = value;
  }

  double(value: number): void {
    this.#makeRoom(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** A whole number from 0 to 2^53: seven bits per byte, the lowest first, the highest bit set if more follow. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** A whole number of at most ±2^52 as a varint: 0, -1, 1, -2, 2 … become 0, 1, 2, 3, 4 … */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  append(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The lowest `width` bits of a whole number from 0 to 2^53. */
  bits(value: number, width: number): void {
    let [rest, left] = [value, width];
    while (left > widestBits) {
      this.#fewBits(rest % 0x1000000, widestBits);
      rest = Math.floor(rest / 0x1000000);
      left -= widestBits;
    }
    this.#fewBits(rest, left);
  }

  /**
   * The lowest `width` bits of each of these numbers, from `start` to before `end`. Starts at a byte boundary, and so
   * does whatever follows.
   */
  numbers(width: number, numbers: Float64Array, start: number, end: number): void {
    this.#makeRoom(8 * (end - start));
    const bytes = this.#bytes;
    let [at, pending, pendingBits] = [this.#length, 0, 0];
    for (let place = start; place < end; place++) {
      let [rest, left] = [numbers[place] ?? 0, width];
      while (left > 0) {
        const few = Math.min(left, widestBits);
        pending |= (left > widestBits ? rest % 0x1000000 : rest) << pendingBits;
        pendingBits += few;
        left -= few;
        if (left > 0) rest = Math.floor(rest / 0x1000000);
        for (; pendingBits >= 8; pendingBits -= 8) {
          bytes[at++] = pending;
          pending >>>= 8;
        }
      }
    }
    if (pendingBits > 0) bytes[at++] = pending;
    this.#length = at;
  }

  #fewBits(value: number, width: number): void {
    this.#pending |= value << this.#pendingBits;
    this.#pendingBits += width;
    while (this.#pendingBits >= 8) {
      this.byte(this.#pending & 0xff);
      this.#pending >>>= 8;
      this.#pendingBits -= 8;
    }
  }

  /** Fills the last byte with zeros, so that whatever follows starts at a byte boundary. */
  endBits(): void {
    if (this.#pendingBits > 0) this.byte(this.#pending & 0xff);
    this.#pending = 0;
    this.#pendingBits = 0;
  }

  /** A copy of the bytes written so far. */
  taken(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #makeRoom(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Reads what `ByteWriter` wrote, up to 256 MB. Throws a `RangeError` at the end of the bytes. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #lastWord: number;
  readonly #end: number;
  /** Position of the next bit. */
  #bit = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#lastWord = bytes.length - 4;
    this.#end = 8 * bytes.length;
  }

  get left(): number {
    return (this.#end - this.#bit) >>> 3;
  }

  byte(): number {
    const value = this.#bytes[this.#bit >>> 3];
    this.#bit += 8;
    if (value === undefined) throw new RangeError(endsTooEarly);
    return value;
  }

  double(): number {
    const value = this.#view.getFloat64(this.#bit >>> 3, true);
    this.#bit += 64;
    return value;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError('These bytes hold no such number.');
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  take(length: number): Uint8Array {
    const at = this.#bit >>> 3;
    if (length > this.left) throw new RangeError(endsTooEarly);
    this.#bit += 8 * length;
    return this.#bytes.subarray(at, at + length);
  }

  bits(width: number): number {
    const bit = this.#bit;
    this.#bit += width;
    if (this.#bit > this.#end) throw new RangeError(endsTooEarly);
    return width <= widestBits ? this.#fewBits(bit, width) : this.#manyBits(bit, width);
  }

  /** Reads a word at a time: reading single bytes takes longer than everything else that is done with a number. */
  #fewBits(bit: number, width: number): number {
    const at = bit >>> 3;
    const word = at <= this.#lastWord ? this.#view.getUint32(at, true) : this.#wordAtEnd(at);
    return (word >>> (bit & 7)) & ((1 << width) - 1);
  }

  #manyBits(bit: number, width: number): number {
    if (width <= 32) return this.#word(bit, width);
    return this.#word(bit, 32) + this.#word(bit + 32, width - 32) * 2 ** 32;
  }

  #word(bit: number, width: number): number {
    const at = bit >>> 3;
    const shift = bit & 7;
    const low = at <= this.#lastWord ? this.#view.getUint32(at, true) : this.#wordAtEnd(at);
    const word = shift === 0 ? low : (low >>> shift) | ((this.#bytes[at + 4] ?? 0) << (32 - shift));
    return (word & (0xffffffff >>> (32 - width))) >>> 0;
  }

  #wordAtEnd(at: number): number {
    let word = 0;
    for (let place = this.#bytes.length - 1; place >= at; place--)
      word = (word << 8) | (this.#bytes[place] ?? 0);
    return word;
  }

  endBits(): void {
    this.#bit = (this.#bit + 7) & ~7;
  }

  /**
   * Reads numbers of `width` bits each into `to`, from `start` to before `end`. They start at a byte boundary, and so
   * does whatever follows.
   */
  numbers(width: number, to: Float64Array, start: number, end: number): void {
    let bit = this.#bit;
    this.#bit += width * (end - start);
    if (this.#bit > this.#end) throw new RangeError(endsTooEarly);
    const view = this.#view;
    // No call for each number, and only calls that V8 inlines early: `getInt32` earlier than `getUint32`.
    if (width <= widestBits && (this.#bit - width) >>> 3 <= this.#lastWord) {
      const mask = (1 << width) - 1;
      for (let place = start; place < end; place++) {
        to[place] = (view.getInt32(bit >>> 3, true) >>> (bit & 7)) & mask;
        bit += width;
      }
    } else if (width === 32) {
      for (let place = start; place < end; place++) {
        to[place] = view.getInt32(bit >>> 3, true) >>> 0;
        bit += 32;
      }
    } else
      for (let place = start; place < end; place++) {
        to[place] = width <= widestBits ? this.#fewBits(bit, width) : this.#manyBits(bit, width);
        bit += width;
      }
    this.endBits();
  }
}
