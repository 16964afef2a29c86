/**
 * Makes `recorded-hour.json.zst` of an hour that Plimsoll recorded, without the names of programs:
 * `plimsoll history export --since TIME --until TIME | node bench/history-stores/record.ts`. The hour begins with its first sample.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { constants, zstdCompressSync } from 'node:zlib';
import { labelsKey } from '../../src-main/contract/series-key.ts';
import type { Sample } from '../../src-main/contract/sample.ts';
import type { RecordedHour } from './recording.ts';
import { hourMs } from './recording.ts';

interface Kept {
  series: { metric: string; labels: Sample['labels'] };
  values: Map<number, number>;
}

const sources = new Map<string, Map<string, Kept>>();
let first = Infinity;
for await (const line of createInterface({ input: process.stdin })) {
  const { source, metric, labels, at, value } = JSON.parse(line) as Sample;
  if ('process' in labels) continue;
  first = Math.min(first, at);
  const key = `${metric} ${labelsKey(labels)}`;
  const ofSource = sources.get(source) ?? new Map<string, Kept>();
  sources.set(source, ofSource);
  const kept = ofSource.get(key) ?? { series: { metric, labels }, values: new Map<number, number>() };
  ofSource.set(key, kept);
  kept.values.set(at, value);
}

const hour: RecordedHour = { sources: [] };
for (const [source, ofSource] of sources) {
  const kept = [...ofSource.values()];
  const times = [...new Set(kept.flatMap(({ values }) => [...values.keys()]))]
    .filter((at) => at < first + hourMs)
    .sort((a, b) => a - b);
  const steps = times.map((at, place) => at - (times[place - 1] ?? first));
  const columns = kept.map(({ values }) => times.map((at) => values.get(at) ?? null));
  hour.sources.push({ source, series: kept.map(({ series }) => series), steps, columns });
}
const bytes = zstdCompressSync(JSON.stringify(hour), {
  params: { [constants.ZSTD_c_compressionLevel]: 19 },
});
writeFileSync(join(import.meta.dirname, 'recorded-hour.json.zst'), bytes);
console.log(`${hour.sources.length} sources, ${bytes.length} bytes`);
