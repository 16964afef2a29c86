import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes.ts';

/** How the numbers of a column are written, see `docs/storage-format.md`. */
const encodings = { constant: 0, frame: 1, delta: 2, xor: 3, raw: 4 } as const;
const zstdFlag = 0x80;

const groupLength = 32;
/** Beyond it the difference of two numbers could need more than 53 bits. */
const mostWhole = 2 ** 50;
const mostPlaces = 6;
/** zstd is worth the time of reading it when it leaves at most this part. */
const worthwhile = 0.85;
const leastSqueezed = 48;

/** Numbers as whole numbers: `values[i] === whole[i] / 10 ** places`. */
interface Scaled {
  places: number;
  whole: Float64Array;
}

/** Writes finite doubles so that each comes back bit for bit; with zstd where that leaves at most `part` of the bytes. */
export function encodeColumn(values: Float64Array, part = worthwhile): Uint8Array {
  const first = values[0];
  if (first === undefined) return new Uint8Array([encodings.raw, 0]);
  if (values.every((value) => Object.is(value, first))) {
    const writer = new ByteWriter();
    writer.double(first);
    return assembled(encodings.constant, values.length, writer.taken());
  }
  const scaled = scale(values);
  if (scaled !== undefined) {
    const packed = packScaled(scaled);
    return squeezed(packed.encoding, values.length, packed.payload, part);
  }
  const raw = rawBytes(values);
  const byXor = squeezed(encodings.xor, values.length, xorBytes(values), part);
  const byRaw = squeezed(encodings.raw, values.length, raw, part);
  return byRaw.length < byXor.length ? byRaw : byXor;
}

/** Reads what `encodeColumn` wrote. Throws when these bytes are no such column, or hold what is no finite number. */
export function decodeColumn(bytes: Uint8Array): Float64Array<ArrayBuffer> {
  const header = new ByteReader(bytes);
  const flags = header.byte();
  const length = header.varint();
  const rest = header.take(header.left);
  const payload =
    (flags & zstdFlag) === 0 ? rest : zstdDecompressSync(rest, { maxOutputLength: 9 * length + 64 });
  return unpack(flags & ~zstdFlag, length, payload);
}

function unpack(encoding: number, length: number, payload: Uint8Array): Float64Array<ArrayBuffer> {
  switch (encoding) {
    case encodings.constant:
      return finite(new Float64Array(length).fill(new ByteReader(payload).double()));
    case encodings.frame:
    case encodings.delta:
      return unpackScaled(encoding, length, payload);
    case encodings.xor:
      return finite(unpackXor(length, new ByteReader(payload)));
    case encodings.raw: {
      const reader = new ByteReader(payload);
      const values = new Float64Array(length);
      for (let place = 0; place < length; place++) values[place] = reader.double();
      return finite(values);
    }
    default:
      throw new RangeError('This column has an unknown encoding.');
  }
}

function finite(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  for (const value of values) {
    if (!Number.isFinite(value)) throw new RangeError('This column holds what is no number.');
  }
  return values;
}

function squeezed(encoding: number, length: number, payload: Uint8Array, part: number): Uint8Array {
  if (part > 0 && payload.length >= leastSqueezed && repeatsItself(payload)) {
    const smaller = zstdCompressSync(payload);
    if (smaller.length < part * payload.length) return assembled(encoding | zstdFlag, length, smaller);
  }
  return assembled(encoding, length, payload);
}

/** Whether some bytes come more often than in noise, which is most of what is packed: zstd would take its time for nothing. */
function repeatsItself(bytes: Uint8Array): boolean {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  let squares = 0;
  for (let byte = 0; byte < 256; byte++) squares += (counts[byte] ?? 0) ** 2;
  return squares > 1.6 * (bytes.length ** 2 / 256 + bytes.length);
}

function assembled(flags: number, length: number, payload: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(flags);
  writer.varint(length);
  writer.append(payload);
  return writer.taken();
}

/** Undefined when some number is none of at most six decimal places, or is -0. */
function scale(values: Float64Array): Scaled | undefined {
  let places = 0;
  let factor = 1;
  for (const value of values) {
    if (value === 0 && Object.is(value, -0)) return undefined;
    while (Math.round(value * factor) / factor !== value) {
      if (++places > mostPlaces) return undefined;
      factor *= 10;
    }
  }
  const whole = new Float64Array(values.length);
  for (let place = 0; place < values.length; place++) {
    const value = values[place] ?? 0;
    const scaled = Math.round(value * factor) + 0;
    if (Math.abs(scaled) > mostWhole || scaled / factor !== value) return undefined;
    whole[place] = scaled;
  }
  return { places, whole };
}

function packScaled({ places, whole }: Scaled): { encoding: number; payload: Uint8Array } {
  const frame = reduce(whole);
  const steps = new Float64Array(whole.length - 1);
  for (let place = 0; place < steps.length; place++) {
    steps[place] = (whole[place + 1] ?? 0) - (whole[place] ?? 0);
  }
  const delta = reduce(steps);
  const writer = new ByteWriter();
  writer.byte(places);
  const byDelta = bytesOf(delta.numbers) < bytesOf(frame.numbers);
  if (byDelta) writer.signed(whole[0] ?? 0);
  const { base, divisor, numbers } = byDelta ? delta : frame;
  writer.signed(base);
  writer.varint(divisor);
  pack(writer, numbers);
  return { encoding: byDelta ? encodings.delta : encodings.frame, payload: writer.taken() };
}

/** `whole[i] === base + divisor * numbers[i]`, with numbers from 0 on that are as small as can be. */
function reduce(whole: Float64Array): { base: number; divisor: number; numbers: Float64Array } {
  let base = Infinity;
  for (const value of whole) base = Math.min(base, value);
  const numbers = new Float64Array(whole.length);
  let divisor = 0;
  for (let place = 0; place < whole.length; place++) {
    const number = (whole[place] ?? 0) - base;
    numbers[place] = number;
    if (divisor !== 1) divisor = greatestCommonDivisor(divisor, number);
  }
  if (divisor > 1)
    for (let place = 0; place < numbers.length; place++) numbers[place] = (numbers[place] ?? 0) / divisor;
  return { base, divisor: Math.max(1, divisor), numbers };
}

function greatestCommonDivisor(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small !== 0) [large, small] = [small, large % small];
  return large;
}

function widthOf(number: number): number {
  return number < 2 ** 32 ? 32 - Math.clz32(number) : 64 - Math.clz32(Math.floor(number / 2 ** 32));
}

function groupWidth(numbers: Float64Array, start: number): number {
  let widest = 0;
  const end = Math.min(numbers.length, start + groupLength);
  for (let place = start; place < end; place++) widest = Math.max(widest, numbers[place] ?? 0);
  return widthOf(widest);
}

function bytesOf(numbers: Float64Array): number {
  let bytes = 0;
  for (let start = 0; start < numbers.length; start += groupLength) {
    bytes += 1 + Math.ceil((groupWidth(numbers, start) * Math.min(groupLength, numbers.length - start)) / 8);
  }
  return bytes;
}

function pack(writer: ByteWriter, numbers: Float64Array): void {
  for (let start = 0; start < numbers.length; start += groupLength) {
    const width = groupWidth(numbers, start);
    writer.byte(width);
    const end = Math.min(numbers.length, start + groupLength);
    for (let place = start; place < end; place++) writer.bits(numbers[place] ?? 0, width);
    writer.endBits();
  }
}

function unpackScaled(encoding: number, length: number, payload: Uint8Array): Float64Array<ArrayBuffer> {
  const reader = new ByteReader(payload);
  const factor = 10 ** reader.byte();
  const values = new Float64Array(length);
  const byDelta = encoding === encodings.delta;
  let whole = byDelta ? reader.signed() : 0;
  const base = reader.signed();
  const divisor = reader.varint();
  let place = 0;
  if (byDelta) values[place++] = whole / factor;
  while (place < length) {
    const width = reader.byte();
    const end = Math.min(length, place + groupLength);
    reader.numbers(width, values, place, end);
    for (; place < end; place++) {
      const number = base + divisor * (values[place] ?? NaN);
      whole = byDelta ? whole + number : number;
      values[place] = whole / factor;
    }
  }
  return values;
}

function rawBytes(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(8 * values.length);
  const view = new DataView(bytes.buffer);
  for (let place = 0; place < values.length; place++) view.setFloat64(8 * place, values[place] ?? 0, true);
  return bytes;
}

/**
 * Each double against the one before, as in Gorilla (Pelkonen et al., VLDB 2015, 4.1.2): nothing for an equal one, else
 * the bits that differ, in the window of the last one where they fit into it.
 */
function xorBytes(values: Float64Array): Uint8Array {
  const writer = new ByteWriter();
  const halves = new Uint32Array(rawBytes(values).buffer);
  let [low, high] = [halves[0] ?? 0, halves[1] ?? 0];
  writer.bits(low, 32);
  writer.bits(high, 32);
  let [leading, length] = [64, 0];
  for (let half = 2; half < halves.length; half += 2) {
    const lowXor = (low ^ (halves[half] ?? 0)) >>> 0;
    const highXor = (high ^ (halves[half + 1] ?? 0)) >>> 0;
    [low, high] = [halves[half] ?? 0, halves[half + 1] ?? 0];
    if (lowXor === 0 && highXor === 0) {
      writer.bits(0, 1);
      continue;
    }
    const zerosAbove = highXor === 0 ? 32 + Math.clz32(lowXor) : Math.clz32(highXor);
    const zerosBelow = lowXor === 0 ? 32 + trailingZeros(highXor) : trailingZeros(lowXor);
    if (length > 0 && zerosAbove >= leading && zerosBelow >= 64 - leading - length) {
      writer.bits(0b01, 2);
    } else {
      leading = zerosAbove;
      length = 64 - zerosAbove - zerosBelow;
      writer.bits(0b11, 2);
      writer.bits(leading, 6);
      writer.bits(length - 1, 6);
    }
    const below = 64 - leading - length;
    const lowPart =
      below < 32
        ? ((lowXor >>> below) | (below === 0 ? 0 : highXor << (32 - below))) >>> 0
        : highXor >>> (below - 32);
    writer.bits(length < 32 ? lowPart % 2 ** length : lowPart, Math.min(length, 32));
    if (length > 32) writer.bits(highXor >>> below, length - 32);
  }
  writer.endBits();
  return writer.taken();
}

function trailingZeros(value: number): number {
  return 31 - Math.clz32(value & -value);
}

function unpackXor(count: number, reader: ByteReader): Float64Array<ArrayBuffer> {
  const values = new Float64Array(count);
  const halves = new Int32Array(values.buffer);
  let low = reader.bits(32) | 0;
  let high = reader.bits(32) | 0;
  halves[0] = low;
  halves[1] = high;
  let [leading, length] = [64, 0];
  for (let half = 2; half < halves.length; half += 2) {
    if (reader.bits(1) === 1) {
      if (reader.bits(1) === 1) {
        const window = reader.bits(12);
        leading = window & 63;
        length = (window >>> 6) + 1;
      }
      const below = 64 - leading - length;
      if (below < 0) throw new RangeError('This column has bits that do not fit.');
      const lowPart = reader.bits(length < 32 ? length : 32) | 0;
      const highPart = length > 32 ? reader.bits(length - 32) | 0 : 0;
      if (below < 32) {
        low ^= lowPart << below;
        high ^= (below === 0 ? 0 : lowPart >>> (32 - below)) ^ (highPart << below);
      } else high ^= lowPart << (below - 32);
    }
    halves[half] = low;
    halves[half + 1] = high;
  }
  return values;
}
