import type { Sender } from '../contract/ingest.ts';
import type { PostedColumns, PostedSeries } from '../monitor/hosts/ingest.ts';
import { isExact } from './plain-batch.ts';
import type { PlainBatch } from './plain-batch.ts';

/** A batch with the same structure as an earlier one, but other numbers. */
export interface KnownBatch {
  host: string;
  batch: string | undefined;
  sentAt: number | undefined;
  backlog: boolean;
  /** The same object for all batches of this structure. */
  sender: Sender;
  /** The sender without `judges`. */
  senderOfNoRules: Sender;
  columns: PostedColumns;
}

/** The kinds of slots between the literals of a body. */
const slotKinds = { value: 0, at: 1, sentAt: 2, batch: 3 } as const;
type SlotKind = (typeof slotKinds)[keyof typeof slotKinds];
/** Keys with a slot, in the batch itself or in one of its samples. The same names elsewhere, such as a label, are literals. */
const kindsInBatch = new Map<string, SlotKind>([
  ['sentAt', slotKinds.sentAt],
  ['batch', slotKinds.batch],
]);
const kindsInSample = new Map<string, SlotKind>([
  ['value', slotKinds.value],
  ['at', slotKinds.at],
]);
/** Nesting depth of the keys of a sample: batch, list, sample. */
const depthOfSample = 3;

/** Larger bodies are not cached. */
const bodyBytesAtMost = 64 * 1024;
/** Bounds of the cache: shapes for one host, and bytes of all. */
const shapesOfHost = 4;
const bytesAtMost = 16 * 1024 * 1024;

const [quote, backslash, minus, point, zero, nine, space, del] = [
  0x22, 0x5c, 0x2d, 0x2e, 0x30, 0x39, 0x20, 0x7f,
];
const [plus, smallE, largeE, colon] = [0x2b, 0x65, 0x45, 0x3a];
const [brace, braceEnd, bracket, bracketEnd] = [0x7b, 0x7d, 0x5b, 0x5d];
/**
 * Numbers up to this many digits, and powers of ten up to this exponent, are exact as doubles, so dividing them rounds
 * like `JSON.parse`.
 */
const exactDigits = 15;
const powers = Float64Array.from({ length: exactDigits + 1 }, (_, power) => 10 ** power);

/**
 * Cache of earlier bodies of `POST /api/v1/ingest` by host, to parse the next body of the same host faster: machines
 * repeat the same structure with other numbers. Comparing bytes with the last body takes a tenth of the time of parsing
 * JSON and checking each name. Bytes equal to those that `plainBatch` has parsed are as valid as those were.
 *
 * A body is split into literals and slots. Slots are the value and time of each sample, `sentAt` and the name of the
 * batch. All the rest is compared: if anything else differs, `plainBatch` parses the body, and it replaces the cached
 * one.
 */
export class KnownBatches {
  /** In order of insertion. */
  readonly #byHost = new Map<string, Shape[]>();
  #bytes = 0;

  /** Undefined if no cached body has the same structure. */
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

  /** Caches a body together with the result of `plainBatch`. */
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

/** The first text after `"host":`. It need not be the host's name; the comparison of the whole body decides that. */
function hostIn(body: Uint8Array): string | undefined {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const found = buffer.indexOf(beforeHost);
  if (found < 0) return undefined;
  const start = found + beforeHost.length;
  const end = buffer.indexOf(quote, start);
  return end < 0 ? undefined : buffer.toString('latin1', start, end);
}

/** The structure of one body, without its numbers. */
class Shape {
  /** All literals joined. The literal before slot i ends at `ends[i]`; the last one ends with the array. */
  readonly #literals: Uint8Array;
  readonly #ends: Int32Array;
  readonly #kinds: Uint8Array;
  readonly #host: string;
  readonly #backlog: boolean;
  readonly #sender: Sender;
  readonly #senderOfNoRules: Sender;
  readonly #series: readonly PostedSeries[];
  /** Approximate memory, in bytes. */
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
    // The series and the data derived from them take more memory than their bytes, and there is overhead for the
    // objects.
    this.bytes = 1500 + literals.length + 200 * samples.length;
  }

  /** Undefined if not every variable part was found as a slot, for example because of a space before a number. */
  static of(body: Uint8Array, batch: PlainBatch): Shape | undefined {
    const literals = new Uint8Array(body.length);
    const ends: number[] = [];
    const slots: SlotKind[] = [];
    const counts = [0, 0, 0, 0];
    let length = 0;
    /** End of the part of the body that is already in a literal or a slot. */
    let done = 0;
    const copyUntil = (end: number): void => {
      literals.set(body.subarray(done, end), length);
      length += end - done;
    };
    let depth = 0;
    let isInSamples = false;
    let [keyStart, keyEnd] = [0, 0];
    for (let at = 0; at < body.length;) {
      const byte = body[at];
      const isText = byte === quote;
      const textEnd = isText ? body.indexOf(quote, at + 1) : -1;
      const isValue = body[at - 1] === colon;
      const kinds = isValue && depth === 1 ? kindsInBatch : undefined;
      const kindsHere = isValue && isInSamples && depth === depthOfSample ? kindsInSample : kinds;
      const kind = kindsHere?.get(textIn(body, keyStart, keyEnd));
      if (kind !== undefined && isText === (kind === slotKinds.batch)) {
        // The quotation marks of a text belong to the literals.
        copyUntil(isText ? at + 1 : at);
        ends.push(length);
        slots.push(kind);
        counts[kind] = (counts[kind] ?? 0) + 1;
        done = isText ? textEnd : endOfNumber(body, at);
        at = isText ? textEnd + 1 : done;
        keyEnd = keyStart;
      } else if (isText) {
        [keyStart, keyEnd] = [at + 1, textEnd];
        at = textEnd + 1;
      } else {
        if (byte === brace || byte === bracket) {
          if (depth === 1) isInSamples = textIn(body, keyStart, keyEnd) === 'samples';
          depth++;
        } else if (byte === braceEnd || byte === bracketEnd) depth--;
        at++;
      }
    }
    copyUntil(body.length);
    const { samples } = batch;
    const isWhole =
      counts[slotKinds.value] === samples.length &&
      counts[slotKinds.at] === samples.length &&
      counts[slotKinds.sentAt] === Number(batch.sentAt !== undefined) &&
      counts[slotKinds.batch] === Number(batch.batch !== undefined);
    if (!isWhole) return undefined;
    return new Shape(literals.slice(0, length), ends, slots, batch);
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

/** End of a text of visible ASCII without escapes that is short enough for the name of a batch; otherwise -1. */
function endOfText(body: Uint8Array, from: number): number {
  const most = Math.min(body.length, from + 101);
  for (let at = from; at < most; at++) {
    const byte = body[at] ?? 0;
    if (byte === quote) return at;
    if (byte === backslash || byte < space || byte >= del) return -1;
  }
  return -1;
}

/** Parses numbers in JSON syntax. */
class NumberReader {
  readonly #body: Uint8Array;
  /** End of the last number. */
  end = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  /** NaN if there is no number here, or one that cannot be stored exactly, such as -0. */
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

  /** A number with more digits, or with an exponent. */
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
