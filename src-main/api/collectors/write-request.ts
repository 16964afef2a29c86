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

/** Most labels of one series: more than can be stored, plus those that become its name, host and source. */
const labelsAtMost = 100;

const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

interface Field {
  number: number;
  type: number;
  bytes: Uint8Array;
  varint: number;
}

/**
 * Parses a write request; unknown fields are skipped. Throws `usage` if it is invalid, and `too_large` as soon as it has
 * more series or samples than allowed: an empty one takes two bytes here, and much more in memory.
 */
export function readWriteRequest(message: Uint8Array, samplesAtMost: number): WrittenSeries[] {
  const series: WrittenSeries[] = [];
  let left = samplesAtMost;
  for (const field of fieldsOf(message)) {
    if (field.number !== 1) continue;
    const one = seriesOf(bytesOf(field), left);
    series.push(one);
    // A series without samples takes memory too.
    left -= Math.max(1, one.samples.length);
    if (left < 0) throw tooMany();
  }
  return series;
}

function seriesOf(message: Uint8Array, samplesAtMost: number): WrittenSeries {
  const series: WrittenSeries = { labels: new Map(), samples: [] };
  let labels = 0;
  for (const field of fieldsOf(message)) {
    if (field.number === 1) {
      const [name, value] = textsOf(bytesOf(field));
      series.labels.set(name, value);
      labels++;
    }
    if (field.number === 2) series.samples.push(sampleOf(bytesOf(field)));
    if (labels > labelsAtMost || series.samples.length > samplesAtMost) throw tooMany();
  }
  return series;
}

/** The texts of fields 1 and 2. */
function textsOf(message: Uint8Array): [string, string] {
  const texts: Uint8Array[] = [none, none];
  for (const field of fieldsOf(message))
    if (field.number === 1 || field.number === 2) texts[field.number - 1] = bytesOf(field);
  const [name = none, value = none] = texts;
  return [textOf(name), textOf(value)];
}

function sampleOf(message: Uint8Array): { value: number; at: number } {
  // Protobuf leaves out default values.
  const sample = { value: 0, at: 0 };
  for (const { number, type, bytes, varint } of fieldsOf(message)) {
    if (number === 1 && type === wire.fixed64)
      sample.value = new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
    if (number === 2 && type === wire.varint) sample.at = varint;
  }
  return sample;
}

const none = new Uint8Array();

function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  /** A signed 64-bit integer; rounded if a double cannot hold it. */
  const varint = (): number => {
    let value = 0;
    for (let place = 0; place < 10; place++) {
      const byte = message[at++];
      if (byte === undefined) break;
      value += (byte & 127) * 2 ** (7 * place);
      if (byte < 128) return value < 2 ** 63 ? value : value - 2 ** 64;
    }
    throw damaged();
  };
  const take = (length: number): Uint8Array => {
    if (length < 0 || length > message.length - at) throw damaged();
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = varint();
    const [number, type] = [key >>> 3, key & 7];
    if (type === wire.varint) yield { number, type, bytes: none, varint: varint() };
    else if (type === wire.fixed64) yield { number, type, bytes: take(8), varint: 0 };
    else if (type === wire.fixed32) yield { number, type, bytes: take(4), varint: 0 };
    else if (type === wire.bytes) yield { number, type, bytes: take(varint()), varint: 0 };
    else throw damaged();
  }
}

function bytesOf({ type, bytes }: Field): Uint8Array {
  if (type !== wire.bytes) throw damaged();
  return bytes;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw damaged();
  }
}

function damaged(): PlimsollError {
  return new PlimsollError('usage', 'the body is not a write request of Prometheus remote write 1.0');
}

function tooMany(): PlimsollError {
  return new PlimsollError(
    'too_large',
    `the request has too many series or samples, or a series with more than ${labelsAtMost} labels; send them in several requests`,
  );
}
