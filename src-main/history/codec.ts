import type { Labels } from '../contract/sample.ts';

/**
 * Bytes of one tick, format 1: one version byte, then one IEEE 754 double, little-endian, for each column of the tick's
 * layout, in the layout's order. A tick holds a number for every column: a reading in which a series is absent has a
 * layout without that column, so that nothing stands for "absent" and no number can be taken for it.
 */
const version = 1;
const headerBytes = 1;
const valueBytes = 8;

/** One series of a source, without what the source's layout already says. */
export type Column = [metric: string, labels: Labels];

/** Text that is equal for two columns exactly when metric and labels are equal; it is also the column as JSON. */
export function columnKey(metric: string, labels: Labels): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([metric, Object.fromEntries(sorted)]);
}

export function encodeTick(values: Iterable<number>, width: number): Uint8Array {
  const bytes = new Uint8Array(headerBytes + valueBytes * width);
  const view = new DataView(bytes.buffer);
  bytes[0] = version;
  let offset = headerBytes;
  for (const value of values) {
    view.setFloat64(offset, value, true);
    offset += valueBytes;
  }
  return bytes;
}

/** The numbers of a tick of `width` columns, for `numberIn`; undefined when these bytes are not such a tick. */
export function tickNumbers(bytes: unknown, width: number): DataView | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined;
  if (bytes[0] !== version || bytes.length !== headerBytes + valueBytes * width) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The number in one column; undefined when what stands there is none. */
export function numberIn(numbers: DataView, column: number): number | undefined {
  const value = numbers.getFloat64(headerBytes + valueBytes * column, true);
  return Number.isFinite(value) ? value : undefined;
}

/** The number in one column of a tick of `width` columns; undefined when these bytes are not such a tick. */
export function tickValue(bytes: unknown, width: number, column: number): number | undefined {
  const numbers = tickNumbers(bytes, width);
  return numbers && numberIn(numbers, column);
}
