import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, crc32, zstdCompressSync, zstdDecompress } from 'node:zlib';
import type { Measurement } from '../../contract/sample.ts';
import type { Unit } from '../../contract/metric.ts';

/** The samples of one reading for one destination, after its filter. `at` is epoch milliseconds. */
export interface OutgoingReading {
  host: string;
  source: string;
  at: number;
  samples: (Measurement & { unit: Unit })[];
}

/** A record in a file: where it is, its length, and what its header says. */
export interface RecordPlace {
  /** Random, from its creation: the same record keeps it across restarts. */
  id: string;
  offset: number;
  bytes: number;
  samples: number;
  /** Time of the newest reading in it, epoch milliseconds. */
  newestAt: number;
}

/*
 * A record is a head of 32 bytes and a body, numbers little-endian:
 *   0  "PLS1"
 *   4  CRC-32 of everything behind it
 *   8  length of the body in bytes
 *  12  how many samples are in it
 *  16  time of the newest reading, a double
 *  24  id, eight random bytes
 *  32  the body: the readings as JSON, compressed with zstd
 */
const mark = Buffer.from('PLS1');
const headBytes = 32;
/** A body with a larger length was not written by us: a thousand samples with the longest labels are smaller. */
const bodyBytesAtMost = 8 * 1024 ** 2;
const decompressedAtMost = 64 * 1024 ** 2;

const decompress = promisify(zstdDecompress);

/** Encodes readings as one record. Returns the bytes to write, and its place as if it began at 0. */
export function recordOf(readings: readonly OutgoingReading[]): { place: RecordPlace; content: Buffer } {
  const body = zstdCompressSync(JSON.stringify(readings), {
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  const samples = readings.reduce((sum, reading) => sum + reading.samples.length, 0);
  const newestAt = readings.reduce((newest, { at }) => Math.max(newest, at), -Infinity);
  const id = randomBytes(8);
  const head = Buffer.alloc(headBytes);
  mark.copy(head);
  head.writeUInt32LE(body.length, 8);
  head.writeUInt32LE(samples, 12);
  head.writeDoubleLE(newestAt, 16);
  id.copy(head, 24);
  const content = Buffer.concat([head, body]);
  content.writeUInt32LE(crc32(content.subarray(8)), 4);
  const place = { id: id.toString('hex'), offset: 0, bytes: content.length, samples, newestAt };
  return { place, content };
}

/** The readings of a record, or undefined if it is damaged. */
export async function readingsOf(record: Buffer): Promise<OutgoingReading[] | undefined> {
  if (placeAt(record, 0) === undefined) return undefined;
  try {
    const text = await decompress(record.subarray(headBytes), { maxOutputLength: decompressedAtMost });
    return JSON.parse(text.toString()) as OutgoingReading[];
  } catch {
    return undefined;
  }
}

/** All complete records in the bytes of a file, and how many bytes belong to no record. */
export function recordsIn(file: Buffer): { records: RecordPlace[]; damagedBytes: number } {
  const records: RecordPlace[] = [];
  let start = file.indexOf(mark);
  while (start >= 0) {
    const place = placeAt(file, start);
    if (place === undefined) {
      start = file.indexOf(mark, start + 1);
      continue;
    }
    records.push(place);
    start = file.indexOf(mark, start + place.bytes);
  }
  const whole = records.reduce((sum, { bytes }) => sum + bytes, 0);
  return { records, damagedBytes: file.length - whole };
}

function placeAt(file: Buffer, offset: number): RecordPlace | undefined {
  if (file.length - offset < headBytes || !file.subarray(offset, offset + mark.length).equals(mark))
    return undefined;
  const length = file.readUInt32LE(offset + 8);
  const bytes = headBytes + length;
  if (length > bodyBytesAtMost || file.length - offset < bytes) return undefined;
  if (crc32(file.subarray(offset + 8, offset + bytes)) !== file.readUInt32LE(offset + 4)) return undefined;
  return {
    id: file.toString('hex', offset + 24, offset + headBytes),
    offset,
    bytes,
    samples: file.readUInt32LE(offset + 12),
    newestAt: file.readDoubleLE(offset + 16),
  };
}
