import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes.ts';
import { packScaled, scale, unpackScaled } from './scaled-codec.ts';
import { unpackXor, xorBytes } from './xor-codec.ts';

/** The encodings of a column, see `docs/storage-format.md`. */
const encodings = { constant: 0, frame: 1, delta: 2, xor: 3, raw: 4, halves: 5, runs: 6 } as const;
const zstdFlag = 0x80;

/** zstd is worth its decoding time if at most this part remains. */
const worthwhile = 0.85;
const leastSqueezed = 48;
/** Runs are tried if they have this average length: shorter ones are rarely smaller than plain numbers. */
const leastRun = 8;
/**
 * XOR takes one bit for a number equal to the previous one, and is slow to read: it is tried if one of this many is
 * equal.
 */
const oftenEqual = 4;
/** No column of an hour or period of roll-ups has more numbers: a sample each millisecond. */
const mostNumbers = 3_600_000;

/** Encodes finite doubles losslessly, with zstd if at most `part` of the bytes remains. */
export function encodeColumn(values: Float64Array, part = worthwhile): Uint8Array {
  const first = values[0];
  if (first === undefined) return new Uint8Array([encodings.raw, 0]);
  const runs = countRuns(values);
  if (runs === 1) {
    const writer = new ByteWriter();
    writer.double(first);
    return assembled(encodings.constant, values.length, writer.taken());
  }
  const scaled = scale(values);
  const packed = scaled && packScaled(scaled);
  if (runs * leastRun <= values.length) {
    const byRuns = assembled(encodings.runs, values.length, runBytes(values, runs, part));
    if (packed === undefined || byRuns.length <= packed.payload.length) return byRuns;
  }
  if (packed !== undefined)
    return squeezed(packed.byDelta ? encodings.delta : encodings.frame, values.length, packed.payload, part);
  return encodeDoubles(values, runs, part);
}

/** Encodes doubles that are not whole numbers of any decimal place. */
function encodeDoubles(values: Float64Array, runs: number, part: number): Uint8Array {
  const byHalves = assembled(encodings.halves, values.length, halfBytes(values, part));
  if ((values.length - runs) * oftenEqual < values.length) return byHalves;
  const byXor = squeezed(encodings.xor, values.length, xorBytes(values), part);
  return byXor.length < byHalves.length ? byXor : byHalves;
}

/**
 * Decodes what `encodeColumn` wrote. Throws if these bytes are not such a column, or contain a number that is not
 * finite.
 */
export function decodeColumn(bytes: Uint8Array, mostLength = mostNumbers): Float64Array<ArrayBuffer> {
  const header = new ByteReader(bytes);
  const flags = header.byte();
  const length = header.varint();
  if (length > mostLength) throw new RangeError('This column has more numbers than there can be.');
  const rest = header.take(header.left);
  const payload =
    (flags & zstdFlag) === 0 ? rest : zstdDecompressSync(rest, { maxOutputLength: 9 * length + 64 });
  return unpack(flags & ~zstdFlag, length, payload);
}

function unpack(encoding: number, length: number, payload: Uint8Array): Float64Array<ArrayBuffer> {
  switch (encoding) {
    case encodings.constant: {
      const value = finite(new ByteReader(payload).double());
      return new Float64Array(length).fill(value);
    }
    case encodings.frame:
    case encodings.delta:
      return unpackScaled(encoding === encodings.delta, length, payload);
    case encodings.xor:
      return allFinite(unpackXor(length, new ByteReader(payload)));
    case encodings.raw: {
      const reader = new ByteReader(payload);
      const values = new Float64Array(length);
      for (let place = 0; place < length; place++) values[place] = reader.double();
      return allFinite(values);
    }
    case encodings.halves:
      return allFinite(unpackHalves(length, payload));
    case encodings.runs:
      return unpackRuns(length, payload);
    default:
      throw new RangeError('This column has an unknown encoding.');
  }
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError('This column holds what is no number.');
  return value;
}

function allFinite(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  for (const value of values) finite(value);
  return values;
}

function squeezed(encoding: number, length: number, payload: Uint8Array, part: number): Uint8Array {
  if (part > 0 && payload.length >= leastSqueezed && repeatsItself(payload)) {
    const smaller = zstdCompressSync(payload);
    if (smaller.length < part * payload.length) return assembled(encoding | zstdFlag, length, smaller);
  }
  return assembled(encoding, length, payload);
}

/**
 * Whether some bytes occur more often than in noise. Most packed columns look like noise, on which zstd would waste its
 * time.
 */
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

/** Two columns, the first one preceded by its length. */
function bothBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(first.length);
  writer.append(first);
  writer.append(second);
  return writer.taken();
}

function unpackBoth(mostLength: number, payload: Uint8Array): [first: Float64Array, second: Float64Array] {
  const reader = new ByteReader(payload);
  const first = decodeColumn(reader.take(reader.varint()), mostLength);
  const second = decodeColumn(reader.take(reader.left), mostLength);
  if (first.length !== second.length) throw new RangeError('This column has parts of different lengths.');
  return [first, second];
}

/**
 * The upper and the lower 32 bits of each double as two columns of whole numbers: the parts that resemble the previous
 * number, sign, exponent and first digits, are in the upper ones.
 */
function halfBytes(values: Float64Array, part: number): Uint8Array {
  const words = new Uint32Array(values.slice().buffer);
  const half = (which: 0 | 1) =>
    encodeColumn(
      Float64Array.from({ length: values.length }, (_, place) => words[2 * place + which] ?? 0),
      part,
    );
  return bothBytes(half(1), half(0));
}

function unpackHalves(length: number, payload: Uint8Array): Float64Array<ArrayBuffer> {
  const [upper, lower] = unpackBoth(length, payload);
  if (upper.length !== length) throw new RangeError('This column has fewer numbers than it says.');
  const values = new Float64Array(length);
  const words = new Uint32Array(values.buffer);
  for (let place = 0; place < length; place++) {
    words[2 * place] = lower[place] ?? 0;
    words[2 * place + 1] = upper[place] ?? 0;
  }
  return values;
}

function countRuns(values: Float64Array): number {
  let runs = 1;
  for (let place = 1; place < values.length; place++)
    if (!Object.is(values[place], values[place - 1])) runs++;
  return runs;
}

/** The number of each run and its length, both as columns. */
function runBytes(values: Float64Array, runs: number, part: number): Uint8Array {
  const numbers = new Float64Array(runs);
  const lengths = new Float64Array(runs);
  let run = -1;
  values.forEach((value, place) => {
    if (place === 0 || !Object.is(value, values[place - 1])) numbers[++run] = value;
    lengths[run] = (lengths[run] ?? 0) + 1;
  });
  return bothBytes(encodeColumn(numbers, part), encodeColumn(lengths, part));
}

function unpackRuns(length: number, payload: Uint8Array): Float64Array<ArrayBuffer> {
  const [numbers, lengths] = unpackBoth(length, payload);
  const values = new Float64Array(length);
  let place = 0;
  for (let run = 0; run < numbers.length; run++) {
    const end = place + (lengths[run] ?? NaN);
    if (!(end > place && end <= length)) throw new RangeError('This column has runs that do not fit.');
    values.fill(numbers[run] ?? NaN, place, end);
    place = end;
  }
  if (place !== length) throw new RangeError('This column has fewer numbers than it says.');
  return values;
}
