import { ByteReader, ByteWriter } from './bytes.ts';

const groupLength = 32;
/** Beyond this the difference of two numbers could need more than 53 bits. */
const mostWhole = 2 ** 50;
const mostPlaces = 6;

/** Doubles as whole numbers: `values[i] === whole[i] / 10 ** places`. */
interface Scaled {
  places: number;
  whole: Float64Array;
}

/** The numbers themselves, or the difference of each from the previous one: whichever is smaller. */
interface PackedScaled {
  byDelta: boolean;
  payload: Uint8Array;
}

/** Undefined if a number has more than six decimal places, or is -0. */
export function scale(values: Float64Array): Scaled | undefined {
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

export function packScaled({ places, whole }: Scaled): PackedScaled {
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
  return { byDelta, payload: writer.taken() };
}

/** `whole[i] === base + divisor * numbers[i]`, with the smallest possible numbers from 0 on. */
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
    writer.numbers(width, numbers, start, Math.min(numbers.length, start + groupLength));
  }
}

export function unpackScaled(
  byDelta: boolean,
  length: number,
  payload: Uint8Array,
): Float64Array<ArrayBuffer> {
  const reader = new ByteReader(payload);
  const factor = 10 ** reader.byte();
  const values = new Float64Array(length);
  let whole = byDelta ? reader.signed() : 0;
  const base = reader.signed();
  const divisor = reader.varint();
  const first = byDelta ? 1 : 0;
  for (let start = first; start < length; start += groupLength) {
    const width = reader.byte();
    reader.numbers(width, values, start, Math.min(length, start + groupLength));
  }
  // One long loop for each kind: V8 compiles it after the first few blocks.
  if (byDelta) {
    values[0] = whole / factor;
    for (let place = 1; place < length; place++) {
      whole += base + divisor * (values[place] ?? NaN);
      values[place] = whole / factor;
    }
  } else
    for (let place = 0; place < length; place++)
      values[place] = (base + divisor * (values[place] ?? NaN)) / factor;
  return values;
}
