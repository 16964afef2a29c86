import { crc32 } from 'node:zlib';
import type { Column } from '../contract/columns.ts';
import type { Labels } from '../contract/sample.ts';

/**
 * Bytes of one tick: the version, then one IEEE 754 double, little-endian, for each column of the tick's layout, in the
 * layout's order, then the CRC-32 of all that and of the time. A tick holds a number for every column: a reading in which a
 * series is absent has a layout without that column, so that nothing stands for "absent" and no number can be taken for it.
 * Ticks of formats 1 and 2 have version 1 and no checksum.
 */
const [version, versionWithoutChecksum] = [2, 1];
const headerBytes = 1;
const valueBytes = 8;
const checksumBytes = 4;

/** Text that is equal for two columns exactly when metric and labels are equal: a JSON list of the two. */
export function columnKey(metric: string, labels: Labels): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([metric, Object.fromEntries(sorted)]);
}

/** The column that such a text stands for. */
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

/** Of the bytes and of the time they belong to, so that a damaged time is damage too. */
function checksumOf(bytes: Uint8Array, at: number): number {
  time[0] = at;
  return crc32(timeBytes, crc32(bytes));
}

/** The numbers of the tick of this time with `width` columns, for `numberIn`; undefined when these bytes are not such a tick. */
export function tickNumbers(bytes: unknown, width: number, at: number): DataView | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined;
  const end = headerBytes + valueBytes * width;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] === versionWithoutChecksum) return bytes.length === end ? view : undefined;
  if (bytes[0] !== version || bytes.length !== end + checksumBytes) return undefined;
  return view.getUint32(end, true) === checksumOf(bytes.subarray(0, end), at) ? view : undefined;
}

/** The number in one column; undefined when it is not finite. */
export function numberIn(numbers: DataView, column: number): number | undefined {
  const value = numbers.getFloat64(headerBytes + valueBytes * column, true);
  return Number.isFinite(value) ? value : undefined;
}
