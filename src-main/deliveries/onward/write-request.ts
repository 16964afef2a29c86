import type { OutgoingSample } from './sample-destination.ts';
import { prometheusLabels, prometheusName } from './prometheus-names.ts';

/*
 * The message of Prometheus remote write 1.0, in protobuf's wire format:
 *   WriteRequest { repeated TimeSeries timeseries = 1; }
 *   TimeSeries   { repeated Label labels = 1; repeated Sample samples = 2; }
 *   Label        { string name = 1; string value = 2; }
 *   Sample       { double value = 1; int64 timestamp = 2; }   (milliseconds)
 */

/** The samples as one write request: one series for each, its samples in order of time. */
export function writeRequestOf(samples: readonly OutgoingSample[]): Buffer {
  const series = new Map<string, { labels: [string, string][]; samples: Map<number, number> }>();
  for (const sample of samples) {
    const labels = prometheusLabels(sample);
    labels.unshift(['__name__', prometheusName(sample.metric)]);
    const key = JSON.stringify(labels);
    const found = series.get(key) ?? { labels, samples: new Map<number, number>() };
    // Two samples with the same time would make Prometheus refuse the whole request: the first one is kept.
    const at = Math.trunc(sample.at);
    if (!found.samples.has(at)) found.samples.set(at, sample.value);
    series.set(key, found);
  }
  return Buffer.concat(
    [...series.values()].map((one) => {
      const byTime = [...one.samples].sort(([a], [b]) => a - b);
      return field(1, Buffer.concat([...one.labels.map(labelOf), ...byTime.map(sampleOf)]));
    }),
  );
}

function labelOf([name, value]: [string, string]): Buffer {
  return field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))]));
}

function sampleOf([at, value]: [number, number]): Buffer {
  const number = Buffer.alloc(9);
  // Field 1, eight bytes.
  number[0] = (1 << 3) | 1;
  number.writeDoubleLE(value, 1);
  return field(2, Buffer.concat([number, Buffer.from([2 << 3]), varint(BigInt(at))]));
}

/** A field preceded by its length: text, bytes and messages. */
function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(BigInt(content.length)), content]);
}

/** A negative number is written as 64 bits in two's complement. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, value);
  while (left >= 128n) {
    bytes.push(Number(left & 127n) | 128);
    left >>= 7n;
  }
  bytes.push(Number(left));
  return Buffer.from(bytes);
}
