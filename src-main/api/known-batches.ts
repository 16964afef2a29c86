import type { Sender } from '../contract/ingest.ts';
import type { PostedColumns, PostedSeries } from '../monitor/hosts/ingest.ts';
import { isExact } from './plain-batch.ts';
import type { PlainBatch } from './plain-batch.ts';

/** A batch that is one before it with other numbers. */
export interface KnownBatch {
  host: string;
  batch: string | undefined;
  sentAt: number | undefined;
  backlog: boolean;
  /** The same object each time. */
  sender: Sender;
  /** The same without the rules that it says to judge. */
  senderOfNoRules: Sender;
  columns: PostedColumns;
}

/** What stands between two literals of a body. */
const slotKinds = { value: 0, at: 1, sentAt: 2, batch: 3 } as const;
type SlotKind = (typeof slotKinds)[keyof typeof slotKinds];
const kindOf: Readonly<Record<string, SlotKind | undefined>> = slotKinds;

/** Larger bodies are not remembered, */
const bodyBytesAtMost = 64 * 1024;
/** nor more than so many of one host, and bytes of all. */
const shapesOfHost = 4;
const bytesAtMost = 16 * 1024 * 1024;

const [quote, backslash, minus, point, zero, nine, space, del] = [
  0x22, 0x5c, 0x2d, 0x2e, 0x30, 0x39, 0x20, 0x7f,
];
const [plus, smallE, largeE] = [0x2b, 0x65, 0x45];
/** So many digits are a whole number that a double holds, and ten to a power of so much as well: dividing them rounds as reading does. */
const exactDigits = 15;
const powers = Float64Array.from({ length: exactDigits + 1 }, (_, power) => 10 ** power);

/**
 * Bodies of `POST /api/v1/ingest` as hosts have sent them, to read the next one of the same host: machines say the same thing again and
 * again with other numbers. Comparing bytes with the last body takes a tenth of reading JSON and looking at each name, and what is equal
 * to what `plainBatch` has read is as good as that was.
 *
 * A body is taken apart into literals and slots. Slots are the value and time of each sample, `sentAt` and the name of the batch, and
 * everything else is compared: a body in which anything else is different is read by `plainBatch`, and remembered in its place.
 */
export class KnownBatches {
  /** In the order in which they were remembered. */
  readonly #byHost = new Map<string, Shape[]>();
  #bytes = 0;

  /** Undefined for a body that is not like one that was remembered. */
  read(body: Uint8Array): KnownBatch | undefined {
    const host = hostIn(body);
    const shapes = host === undefined ? undefined : this.#byHost.get(host);
    if (shapes === undefined) return undefined;
    for (const shape of shapes) {
      const known = shape.read(body);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  /** Remembers a body, and what `plainBatch` has read in it. */
  remember(body: Uint8Array, batch: PlainBatch): void {
    if (body.length > bodyBytesAtMost || hostIn(body) !== batch.host) return;
    const shape = Shape.of(body, batch);
    if (shape === undefined) return;
    const shapes = this.#byHost.get(batch.host) ?? [];
    this.#byHost.delete(batch.host);
    this.#byHost.set(batch.host, shapes);
    shapes.unshift(shape);
    this.#bytes += shape.bytes;
    if (shapes.length > shapesOfHost) this.#bytes -= shapes.pop()?.bytes ?? 0;
    for (const [oldest, forgotten] of this.#byHost) {
      if (this.#bytes <= bytesAtMost) return;
      this.#byHost.delete(oldest);
      this.#bytes -= forgotten.reduce((sum, { bytes }) => sum + bytes, 0);
    }
  }
}

const beforeHost = Buffer.from('"host":"');

function textIn(body: Uint8Array, start: number, end: number): string {
  return Buffer.from(body.buffer, body.byteOffset + start, end - start).toString('latin1');
}

/** The first text that stands behind `"host":`. Whether it is the name of the host is found out by comparing all of the body. */
function hostIn(body: Uint8Array): string | undefined {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const found = buffer.indexOf(beforeHost);
  if (found < 0) return undefined;
  const start = found + beforeHost.length;
  const end = buffer.indexOf(quote, start);
  return end < 0 ? undefined : buffer.toString('latin1', start, end);
}

/** One body without its numbers. */
class Shape {
  /** All literals, one after the other; those of a slot end at its place in `ends`, and the last one with the body. */
  readonly #literals: Uint8Array;
  readonly #ends: Int32Array;
  readonly #kinds: Uint8Array;
  readonly #host: string;
  readonly #backlog: boolean;
  readonly #sender: Sender;
  readonly #senderOfNoRules: Sender;
  readonly #series: readonly PostedSeries[];
  /** About what it takes in memory. */
  readonly bytes: number;

  private constructor(literals: Uint8Array, ends: number[], kinds: SlotKind[], batch: PlainBatch) {
    const { host, batch: _batch, sentAt: _sentAt, backlog = false, samples, ...sender } = batch;
    const { judges: _judges, ...ofNoRules } = sender;
    this.#literals = literals;
    this.#ends = Int32Array.from(ends);
    this.#kinds = Uint8Array.from(kinds);
    this.#host = host;
    this.#backlog = backlog;
    this.#sender = sender;
    this.#senderOfNoRules = sender.judges === undefined ? sender : ofNoRules;
    this.#series = samples.map(({ value: _value, at: _at, ...series }) => series);
    // The list of series, and what is found out of each, are larger than their bytes.
    this.bytes = literals.length + 200 * samples.length;
  }

  /** Undefined where not each sample has its value and its time in slots, as with a space before them. */
  static of(body: Uint8Array, batch: PlainBatch): Shape | undefined {
    const literals = new Uint8Array(body.length);
    const ends: number[] = [];
    const kinds: SlotKind[] = [];
    const counts = [0, 0, 0, 0];
    let length = 0;
    let key = '';
    for (let at = 0; at < body.length;) {
      const kind = body[at - 1] === 0x3a ? kindOf[key] : undefined;
      const isText = body[at] === quote;
      if (kind !== undefined && isText === (kind === slotKinds.batch)) {
        const from = isText ? at + 1 : at;
        if (isText) literals[length++] = quote;
        const end = isText ? body.indexOf(quote, from) : endOfNumber(body, from);
        ends.push(length);
        kinds.push(kind);
        counts[kind] = (counts[kind] ?? 0) + 1;
        at = end;
        // The mark that ends a text begins the next literal.
        if (isText) literals[length++] = body[at++] ?? 0;
        key = '';
        continue;
      }
      if (isText) {
        const end = body.indexOf(quote, at + 1);
        key = textIn(body, at + 1, end);
        literals.set(body.subarray(at, end + 1), length);
        length += end + 1 - at;
        at = end + 1;
      } else literals[length++] = body[at++] ?? 0;
    }
    const { samples } = batch;
    if (counts[slotKinds.value] !== samples.length || counts[slotKinds.at] !== samples.length)
      return undefined;
    return new Shape(literals.slice(0, length), ends, kinds, batch);
  }

  read(body: Uint8Array): KnownBatch | undefined {
    const [literals, ends, kinds] = [this.#literals, this.#ends, this.#kinds];
    const values = new Float64Array(this.#series.length);
    const ats = new Float64Array(this.#series.length);
    const reader = new NumberReader(body);
    let [at, from, valueCount, atCount] = [0, 0, 0, 0];
    let batch: string | undefined;
    let sentAt: number | undefined;
    for (let slot = 0; ; slot++) {
      const end = slot < ends.length ? (ends[slot] ?? 0) : literals.length;
      while (from < end) if (body[at++] !== literals[from++]) return undefined;
      if (slot === ends.length) break;
      const kind = kinds[slot];
      if (kind === slotKinds.batch) {
        const textEnd = endOfText(body, at);
        if (textEnd < 0) return undefined;
        batch = textIn(body, at, textEnd);
        at = textEnd;
        continue;
      }
      const value = reader.read(at);
      if (Number.isNaN(value)) return undefined;
      at = reader.end;
      if (kind === slotKinds.value) values[valueCount++] = value;
      else if (!Number.isSafeInteger(value)) return undefined;
      else if (kind === slotKinds.at) ats[atCount++] = value;
      else sentAt = value;
    }
    if (at !== body.length) return undefined;
    return {
      ...{ host: this.#host, batch, sentAt, backlog: this.#backlog },
      ...{ sender: this.#sender, senderOfNoRules: this.#senderOfNoRules },
      columns: { series: this.#series, values, ats },
    };
  }
}

/** The end of a text in which every byte means itself and is visible, and which may be the name of a batch; -1 for every other one. */
function endOfText(body: Uint8Array, from: number): number {
  const most = Math.min(body.length, from + 101);
  for (let at = from; at < most; at++) {
    const byte = body[at] ?? 0;
    if (byte === quote) return at;
    if (byte === backslash || byte < space || byte >= del) return -1;
  }
  return -1;
}

/** Reads numbers as JSON has them. */
class NumberReader {
  readonly #body: Uint8Array;
  /** Where the number that was read last ends. */
  end = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  /** NaN where none stands, or one that can not be kept exactly, such as -0. */
  read(from: number): number {
    const body = this.#body;
    let at = from;
    const isNegative = body[at] === minus;
    if (isNegative) at++;
    const start = at;
    let digits = 0;
    let byte = body[at] ?? 0;
    for (; byte >= zero && byte <= nine; byte = body[++at] ?? 0) digits = digits * 10 + (byte - zero);
    const whole = at - start;
    if (whole === 0 || (whole > 1 && body[start] === zero)) return NaN;
    let decimals = 0;
    if (byte === point) {
      const first = ++at;
      for (byte = body[at] ?? 0; byte >= zero && byte <= nine; byte = body[++at] ?? 0)
        digits = digits * 10 + (byte - zero);
      decimals = at - first;
      if (decimals === 0) return NaN;
    }
    if (byte === smallE || byte === largeE || whole + decimals > exactDigits) return this.#readLong(from);
    this.end = at;
    const value = decimals === 0 ? digits : digits / (powers[decimals] ?? NaN);
    return isNegative ? (value === 0 ? NaN : -value) : value;
  }

  /** One with more digits, or an exponent. */
  #readLong(from: number): number {
    this.end = endOfNumber(this.#body, from);
    const text = textIn(this.#body, from, this.end);
    const value: unknown = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
    return isExact(value) ? value : NaN;
  }
}

function endOfNumber(body: Uint8Array, from: number): number {
  let at = from;
  for (let byte = body[at]; byte !== undefined; byte = body[++at]) {
    const isDigit = byte >= zero && byte <= nine;
    if (!isDigit && ![minus, plus, point, smallE, largeE].includes(byte)) break;
  }
  return at;
}
