const space = 0x20;
const tab = 0x09;
const lineFeed = 0x0a;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;

const latin = new TextDecoder('latin1');

/** Reads lines and numbers from bytes without creating strings. */
export class ByteCursor {
  /**
   * A permanent instance. If a garbage collection finds no instance of a class, V8 discards all its compiled code, and
   * other instances live only for one reading.
   */
  static readonly kept = new ByteCursor(Buffer.alloc(0));
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Position of the next byte. */
  get position(): number {
    return this.#at;
  }

  moveTo(position: number): void {
    this.#at = position;
  }

  /** Skips `word` if it comes next; otherwise stays. */
  take(word: Uint8Array): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    for (let index = 0; index < word.length; index++) {
      if (bytes[at + index] !== word[index]) return false;
    }
    this.#at = at + word.length;
    return true;
  }

  skipSpaces(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    while (bytes[at] === space || bytes[at] === tab) at++;
    this.#at = at;
  }

  /**
   * The next decimal number on this line, or null if something else comes next. A number ends at a space or at the end
   * of the line; `12x` is not one. Beyond 2^53 the value is the nearest double.
   */
  number(): number | null {
    this.skipSpaces();
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let value = 0;
    let byte = bytes[at];
    while (byte !== undefined && byte >= zero && byte <= nine) {
      value = value * 10 + (byte - zero);
      byte = bytes[++at];
    }
    this.#at = at;
    const ended = byte === space || byte === tab || byte === lineFeed;
    return ended && at > start ? value : null;
  }

  /** Like `number`, but with decimals, as in `0.25`. */
  decimal(): number | null {
    this.skipSpaces();
    const start = this.#at;
    let value = 0;
    let scale = 0;
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte === point && scale === 0 && this.#at > start) {
        scale = 1;
      } else if (byte === undefined || byte < zero || byte > nine) {
        const ended = byte === space || byte === tab || byte === lineFeed;
        return ended && this.#at > start ? value / (scale || 1) : null;
      } else {
        value = value * 10 + (byte - zero);
        scale *= 10;
      }
      this.#at++;
    }
  }

  /** The text up to the next space on this line; empty at its end. */
  word(): string {
    this.skipSpaces();
    const start = this.#at;
    this.skipWord();
    return latin.decode(this.#bytes.subarray(start, this.#at));
  }

  /** Like `word`, without creating a string. */
  skipWord(): void {
    this.skipSpaces();
    const bytes = this.#bytes;
    let at = this.#at;
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined || byte === space || byte === tab || byte === lineFeed) break;
      at++;
    }
    this.#at = at;
  }

  /** The end of this line: the position of its line break, or of the end of the text. */
  lineEnd(): number {
    const end = this.#bytes.indexOf(lineFeed, this.#at);
    return end === -1 ? this.#bytes.length : end;
  }

  nextLine(): void {
    this.#at = this.lineEnd() + 1;
  }
}
