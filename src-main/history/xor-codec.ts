import type { ByteReader } from './bytes.ts';
import { ByteWriter } from './bytes.ts';

/**
 * Encodes each double against the previous one, as in Gorilla (Pelkonen et al., VLDB 2015, 4.1.2): one bit for an equal
 * one, otherwise the differing bits, in the previous window if they fit into it.
 */
export function xorBytes(values: Float64Array): Uint8Array {
  const writer = new ByteWriter();
  const halves = new Uint32Array(values.slice().buffer);
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

/** Throws if `xorBytes` did not write these bytes. */
export function unpackXor(count: number, reader: ByteReader): Float64Array<ArrayBuffer> {
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
