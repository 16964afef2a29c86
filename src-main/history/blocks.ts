import { crc32 } from 'node:zlib';
import { ByteReader, ByteWriter } from './bytes.ts';
import { decodeColumn, encodeColumn } from './column-codec.ts';

/** The first byte of every block, see `docs/storage-format.md`. */
const version = 1;
const checksumBytes = 4;
/** Averages in roll-ups are stored as one of this many steps from the smallest to the largest sample. */
const averageSteps = 65_535;
/** No block of an hour or period of roll-ups has more places: a sample each millisecond. */
const mostPlaces = 3_600_000;

/** Statistics of one series by slot, in columns; entry i belongs to slot `slots[i]`, in order. */
export interface Rollups {
  slots: Float64Array;
  count: Float64Array;
  min: Float64Array;
  avg: Float64Array;
  max: Float64Array;
}

/** Encodes the times of all readings of a source within one hour, in epoch milliseconds and ascending order. */
export function encodeTimes(times: Float64Array): Uint8Array {
  const writer = begin();
  // All series of a source share them, so fast reading matters more than size.
  writer.append(encodeColumn(times, 0));
  return sealed(writer);
}

/** Undefined if these bytes are not such a block. */
export function decodeTimes(bytes: unknown): Float64Array<ArrayBuffer> | undefined {
  return opened(bytes, (reader) => decodeColumn(reader.take(reader.left)));
}

/** Encodes the values of one series at the times of its source, NaN where it was absent, and returns their number. */
export function encodeBlock(values: Float64Array): { bytes: Uint8Array; count: number } {
  const present = new Float64Array(values.length);
  let count = 0;
  for (const value of values) if (!Number.isNaN(value)) present[count++] = value;
  const writer = begin();
  if (count === values.length) {
    writer.varint(0);
  } else {
    const places: number[] = [];
    values.forEach((value, place) => {
      if (!Number.isNaN(value)) places.push(place);
    });
    writePlaces(writer, places);
  }
  writer.append(encodeColumn(present.subarray(0, count)));
  return { bytes: sealed(writer), count };
}

/** The values at `length` times, NaN where the series was absent; undefined if these bytes are not such a block. */
export function decodeBlock(bytes: unknown, length: number): Float64Array<ArrayBuffer> | undefined {
  return opened(bytes, (reader) => {
    const places = readPlaces(reader);
    const present = decodeColumn(reader.take(reader.left));
    if (places === undefined && present.length === length) return present;
    if (places?.length !== present.length) throw new RangeError('This block has more times than numbers.');
    const values = new Float64Array(length).fill(NaN);
    places.forEach((place, index) => {
      if (place >= length) throw new RangeError('This block has numbers after the end of its hour.');
      values[place] = present[index] ?? NaN;
    });
    return values;
  });
}

export function encodeRollups({ slots, count, min, avg, max }: Rollups): Uint8Array {
  const writer = begin();
  writePlaces(writer, [...slots]);
  for (const column of [count, min, max]) {
    const bytes = encodeColumn(column, 0);
    writer.varint(bytes.length);
    writer.append(bytes);
  }
  for (let entry = 0; entry < slots.length; entry++) {
    const [low, high] = [min[entry] ?? 0, max[entry] ?? 0];
    // Halves, because the span of two large doubles can exceed the largest double.
    if (low < high)
      writer.bits(Math.round((((avg[entry] ?? 0) / 2 - low / 2) / (high / 2 - low / 2)) * averageSteps), 16);
  }
  writer.endBits();
  return sealed(writer);
}

/** Undefined if these bytes are not such a block. */
export function decodeRollups(bytes: unknown): Rollups | undefined {
  return opened(bytes, (reader) => {
    const slots = readPlaces(reader) ?? new Float64Array();
    const column = () => decodeColumn(reader.take(reader.varint()));
    const [count, min, max] = [column(), column(), column()];
    if ([count, min, max].some(({ length }) => length !== slots.length)) {
      throw new RangeError('These roll-ups are of different lengths.');
    }
    const parts = reader.take(reader.left);
    const avg = new Float64Array(slots.length);
    for (let entry = 0, at = 0; entry < slots.length; entry++) {
      const low = min[entry] ?? 0;
      const high = max[entry] ?? 0;
      if (low < high) {
        const part = ((parts[at] ?? 0) + 256 * (parts[at + 1] ?? 0)) / averageSteps;
        avg[entry] = Math.min(high, Math.max(low, low * (1 - part) + high * part));
        at += 2;
      } else avg[entry] = low;
    }
    return { slots, count, min, avg, max };
  });
}

/** The first slot of such a block, without reading the others; undefined if these bytes are not such a block. */
export function firstSlotIn(bytes: unknown): number | undefined {
  return opened(bytes, (reader) => (reader.varint() === 0 ? undefined : reader.varint()));
}

function begin(): ByteWriter {
  const writer = new ByteWriter();
  writer.byte(version);
  return writer;
}

function sealed(writer: ByteWriter): Uint8Array {
  const sum = crc32(writer.taken());
  for (let shift = 0; shift < 32; shift += 8) writer.byte((sum >>> shift) & 0xff);
  return writer.taken();
}

/** Whether these bytes are an undamaged block, by their checksum. */
export function isWhole(bytes: unknown): bytes is Uint8Array {
  if (!(bytes instanceof Uint8Array) || bytes.length < 1 + checksumBytes || bytes[0] !== version)
    return false;
  const end = bytes.length - checksumBytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return crc32(bytes.subarray(0, end)) === view.getUint32(end, true);
}

function opened<Content>(bytes: unknown, read: (reader: ByteReader) => Content): Content | undefined {
  if (!isWhole(bytes)) return undefined;
  try {
    return read(new ByteReader(bytes.subarray(1, bytes.length - checksumBytes)));
  } catch {
    return undefined;
  }
}

/** Runs of places: their number, then for each the gap before it and its length. No runs mean every place. */
function writePlaces(writer: ByteWriter, places: readonly number[]): void {
  const runs: [gap: number, length: number][] = [];
  let next = -1;
  for (const place of places) {
    const run = runs.at(-1);
    if (run !== undefined && place === next) run[1]++;
    else runs.push([place - Math.max(0, next), 1]);
    next = place + 1;
  }
  writer.varint(runs.length);
  for (const [gap, run] of runs) {
    writer.varint(gap);
    writer.varint(run);
  }
}

function readPlaces(reader: ByteReader): Float64Array<ArrayBuffer> | undefined {
  const runs = reader.varint();
  if (runs === 0) return undefined;
  const ends: [start: number, end: number][] = [];
  let next = 0;
  let length = 0;
  for (let run = 0; run < runs; run++) {
    const start = next + reader.varint();
    next = start + reader.varint();
    if (next > mostPlaces) throw new RangeError('This block has more places than there can be.');
    length += next - start;
    ends.push([start, next]);
  }
  const places = new Float64Array(length);
  let index = 0;
  for (const [start, end] of ends) for (let place = start; place < end; place++) places[index++] = place;
  return places;
}
