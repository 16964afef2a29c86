import { PlimsollError } from '../../contract/error.ts';

/*
 * The message of Prometheus remote write 1.0, in protobuf's wire format:
 *   WriteRequest { repeated TimeSeries timeseries = 1; }
 *   TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2; }
 *   Label        { string name = 1; string value = 2; }
 *   Sample       { double value = 1; int64 timestamp = 2; }   (milliseconds)
 */

export interface WrittenSeries {
  labels: Map<string, string>;
  samples: { value: number; at: number }[];
}

const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

interface Field {
  number: number;
  type: number;
  bytes: Uint8Array;
  varint: bigint;
}

/** Reads a write request; fields that are not known are skipped. Throws `usage` for what is none. */
export function readWriteRequest(message: Uint8Array): WrittenSeries[] {
  const series: WrittenSeries[] = [];
  for (const field of fieldsOf(message)) if (field.number === 1) series.push(seriesOf(bytesOf(field)));
  return series;
}

function seriesOf(message: Uint8Array): WrittenSeries {
  const series: WrittenSeries = { labels: new Map(), samples: [] };
  for (const field of fieldsOf(message)) {
    if (field.number === 1) {
      const [name = '', value = ''] = textsOf(bytesOf(field));
      series.labels.set(name, value);
    }
    if (field.number === 2) series.samples.push(sampleOf(bytesOf(field)));
  }
  return series;
}

/** The texts of the fields 1 and 2. */
function textsOf(message: Uint8Array): string[] {
  const texts = ['', ''];
  for (const field of fieldsOf(message))
    if (field.number === 1 || field.number === 2) texts[field.number - 1] = textOf(bytesOf(field));
  return texts;
}

function sampleOf(message: Uint8Array): { value: number; at: number } {
  // What is the default is not written.
  const sample = { value: 0, at: 0 };
  for (const { number, type, bytes, varint } of fieldsOf(message)) {
    if (number === 1 && type === wire.fixed64)
      sample.value = new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
    if (number === 2 && type === wire.varint) sample.at = Number(BigInt.asIntN(64, varint));
  }
  return sample;
}

function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw damaged();
  };
  const take = (length: number): Uint8Array => {
    if (length > message.length - at) throw damaged();
    at += length;
    return message.subarray(at - length, at);
  };
  const none = new Uint8Array();
  while (at < message.length) {
    const key = Number(BigInt.asUintN(32, varint()));
    const [number, type] = [key >>> 3, key & 7];
    if (type === wire.varint) yield { number, type, bytes: none, varint: varint() };
    else if (type === wire.fixed64) yield { number, type, bytes: take(8), varint: 0n };
    else if (type === wire.fixed32) yield { number, type, bytes: take(4), varint: 0n };
    else if (type === wire.bytes) yield { number, type, bytes: take(Number(varint())), varint: 0n };
    else throw damaged();
  }
}

function bytesOf({ type, bytes }: Field): Uint8Array {
  if (type !== wire.bytes) throw damaged();
  return bytes;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw damaged();
  }
}

function damaged(): PlimsollError {
  return new PlimsollError('usage', 'the body is not a write request of Prometheus remote write 1.0');
}
