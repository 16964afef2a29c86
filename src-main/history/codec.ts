import { crc32 } from 'node:zlib';
import type { Column } from '../contract/columns.ts';
import type { Labels } from '../contract/sample.ts';

/**
 * The bytes of one tick: the version; one IEEE 754 double, little-endian, for each column of the tick's layout, in the
 * layout's order; and the CRC-32 of all that and of the time. A tick has a number for every column: a reading that
 * lacks a series uses a layout without that column, so that no number has to mean "absent". Ticks of formats 1 and 2
 * have version 1 and no checksum.
 */
const [version, versionWithoutChecksum] = [2, 1];
const headerBytes = 1;
const valueBytes = 8;
const checksumBytes = 4;

/** A text that is equal for two columns exactly if metric and labels are equal: a JSON list of both. */
export function columnKey(metric: string, labels: Labels): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([metric, Object.fromEntries(sorted)]);
}

/** The column of such a text. */
export function columnOfKey(key: string): Column {
  const [metric, labels] = JSON.parse(key) as [string, Labels];
  return { metric, labels };
}

export function encodeTick(values: ArrayLike<number>, at: number): Uint8Array {
  const bytes = new Uint8Array(headerBytes + valueBytes * values.length + checksumBytes);
  const view = new DataView(bytes.buffer);
  bytes[0] = version;
  let offset = headerBytes;
  for (let place = 0; place < values.length; place++, offset += valueBytes)
    view.setFloat64(offset, values[place] ?? NaN, true);
  view.setUint32(offset, checksumOf(bytes.subarray(0, offset), at), true);
  return bytes;
}

const time = new Float64Array(1);
const timeBytes = new Uint8Array(time.buffer);

/** Covers the bytes and their time, so that a damaged time is also detected. */
function checksumOf(bytes: Uint8Array, at: number): number {
  time[0] = at;
  return crc32(timeBytes, crc32(bytes));
}

/**
 * The numbers of a tick with this time and `width` columns, for `numberIn`; undefined if these bytes are not such a
 * tick.
 */
export function tickNumbers(bytes: unknown, width: number, at: number): DataView | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined;
  const end = headerBytes + valueBytes * width;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] === versionWithoutChecksum) return bytes.length === end ? view : undefined;
  if (bytes[0] !== version || bytes.length !== end + checksumBytes) return undefined;
  return view.getUint32(end, true) === checksumOf(bytes.subarray(0, end), at) ? view : undefined;
}

/** The number in one column; undefined if it is not finite. */
export function numberIn(numbers: DataView, column: number): number | undefined {
  const value = numbers.getFloat64(headerBytes + valueBytes * column, true);
  return Number.isFinite(value) ? value : undefined;
}
