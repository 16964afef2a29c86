const widestBits = 24;

/** Bytes as they are written, in a buffer that grows. Bits are written from the lowest on, see `docs/storage-format.md`. */
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

  /** A whole number from 0 to 2^53: seven bits a byte, the lowest first, the highest bit set where more follow. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** A whole number of at most 2^52 either way, as a varint: 0, -1, 1, -2, 2 … are 0, 1, 2, 3, 4 … */
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

  #fewBits(value: number, width: number): void {
    this.#pending |= value << this.#pendingBits;
    this.#pendingBits += width;
    while (this.#pendingBits >= 8) {
      this.byte(this.#pending & 0xff);
      this.#pending >>>= 8;
      this.#pendingBits -= 8;
    }
  }

  /** Fills the last byte with zeros. What follows begins at a byte. */
  endBits(): void {
    if (this.#pendingBits > 0) this.byte(this.#pending & 0xff);
    this.#pending = 0;
    this.#pendingBits = 0;
  }

  /** A copy of what was written. */
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

/** Reads what `ByteWriter` wrote. Throws a `RangeError` at the end of the bytes. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #pending = 0;
  #pendingBits = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new RangeError('These bytes end too early.');
    return value;
  }

  double(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
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
    if (length > this.left) throw new RangeError('These bytes end too early.');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  bits(width: number): number {
    let value = 0;
    let factor = 1;
    let left = width;
    while (left > widestBits) {
      value += this.#fewBits(widestBits) * factor;
      factor *= 0x1000000;
      left -= widestBits;
    }
    return value + this.#fewBits(left) * factor;
  }

  #fewBits(width: number): number {
    while (this.#pendingBits < width) {
      this.#pending |= this.byte() << this.#pendingBits;
      this.#pendingBits += 8;
    }
    const value = this.#pending & ((1 << width) - 1);
    this.#pending >>>= width;
    this.#pendingBits -= width;
    return value;
  }

  endBits(): void {
    this.#pending = 0;
    this.#pendingBits = 0;
  }

  /** Numbers of `width` bits each into `to`, from `start` to before `end`. They begin at a byte, and so does what follows. */
  numbers(width: number, to: Float64Array, start: number, end: number): void {
    if (width > widestBits) {
      for (let place = start; place < end; place++) to[place] = this.bits(width);
      this.endBits();
      return;
    }
    const bytes = this.#bytes;
    const next = this.#at + Math.ceil((width * (end - start)) / 8);
    if (next > bytes.length) throw new RangeError('These bytes end too early.');
    const mask = (1 << width) - 1;
    let at = this.#at;
    let pending = 0;
    let pendingBits = 0;
    for (let place = start; place < end; place++) {
      while (pendingBits < width) {
        pending |= (bytes[at++] ?? 0) << pendingBits;
        pendingBits += 8;
      }
      to[place] = pending & mask;
      pending >>>= width;
      pendingBits -= width;
    }
    this.#at = next;
  }
}
