import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { systemClock } from '../../src-main/base/clock.ts';
import { inColumns } from '../../src-main/contract/columns.ts';
import { encodeTick } from '../../src-main/history/codec.ts';
import { openHistory } from '../../src-main/history/open.ts';
import type { HistoryStore } from '../../src-main/history/store.ts';
import type { Measured } from './measure.ts';
import { bytesBelow, cpuMs, quickest, report, temporary, threadMs } from './measure.ts';
import type { Recording } from './recording.ts';
import { begin, dayMs, hourMs, readingsOf } from './recording.ts';

const ripeMs = 6 * 60_000;
const longEnough = 24 * 365;

/** How long each slice of upkeep took. */
class Slices {
  readonly #tookMs: number[] = [];
  #totalMs = 0;

  /** All that is to be done at this time. */
  tend(store: HistoryStore, now: number): void {
    for (;;) {
      const [begun, begunHere] = [cpuMs(), threadMs()];
      const more = store.tend({ now, rawHours: longEnough });
      this.#tookMs.push(threadMs() - begunHere);
      this.#totalMs += cpuMs() - begun;
      if (!more) return;
    }
  }

  get totalMs(): number {
    return this.#totalMs;
  }

  get words(): string {
    const sorted = this.#tookMs.toSorted((a, b) => b - a);
    const ms = (place: number) => (sorted[place] ?? NaN).toFixed(1);
    return `${sorted.length} slices: median ${ms(sorted.length >> 1)}, 99th percentile ${ms(Math.floor(sorted.length / 100))}, longest ${ms(0)} ms`;
  }
}

/** A recording as it comes: a transaction for each reading, blocks each hour, roll-ups after midnight. */
export async function measurePlimsoll(recording: Recording, goal: string): Promise<Measured> {
  const { name, samples } = recording;
  const directory = temporary();
  const { store } = await openHistory(directory, systemClock);
  const slices = new Slices();
  let appendMs = 0;
  for (let hour = 0; hour < 24; hour++) {
    const readings = readingsOf(recording, hour).map(inColumns);
    // What the bench made is no work of the store.
    globalThis.gc?.();
    const begun = cpuMs();
    for (const reading of readings) store.append([reading]);
    appendMs += cpuMs() - begun;
    readings.length = 0;
    globalThis.gc?.();
    slices.tend(store, begin + (hour + 1) * hourMs + ripeMs);
  }
  slices.tend(store, begin + dayMs + ripeMs);
  const bytesPerSample = bytesBelow(directory) / samples;
  const samplesPerSecond = (1000 * samples) / appendMs;
  report(
    `${name}: Plimsoll, live file and log, with roll-ups`,
    `${bytesPerSample.toFixed(2)} bytes a sample${goal}`,
  );
  report(
    `${name}: Plimsoll, append, a transaction for each reading`,
    `${(samplesPerSecond / 1e6).toFixed(2)} M samples/s; with blocks and roll-ups ${(samples / (appendMs + slices.totalMs) / 1000).toFixed(2)}`,
  );
  report(`${name}: Plimsoll, upkeep in processor time`, slices.words);

  const [source] = recording.sources;
  const found: number[] = [];
  const perKind = source?.source === 'mixed' ? [3, 55, 75, 100, 125, 145, 190] : [0];
  for (const place of perKind) {
    const series = source?.series[place];
    if (series === undefined) continue;
    const one = { host: 'bench', source: source?.source ?? '', ...series };
    const day = { from: begin, to: begin + dayMs };
    const buckets = await quickest(300, () => store.range({ ...one, ...day, points: 500 }));
    const raw = await quickest(300, () => store.recorded({ ...one, columns: [series], ...day }));
    found.push(raw);
    report(
      `${name}: Plimsoll, a day of ${series.metric}`,
      `${raw.toFixed(2)} ms as it is, ${buckets.toFixed(2)} ms in 500 buckets`,
    );
  }
  store.close();
  report(`${name}: Plimsoll, of the file`, shareOfTables(directory, samples));
  return { bytesPerSample, samplesPerSecond, dayMs: found[0] ?? NaN };
}

function shareOfTables(directory: string, samples: number): string {
  const db = new DatabaseSync(join(directory, 'history.sqlite'));
  const rows = db
    .prepare('SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 4')
    .all();
  db.close();
  return rows
    .map((row) => `${String(row['name'])} ${(Number(row['bytes']) / samples).toFixed(2)}`)
    .join(', ');
}

/** What it costs that a reading has a checksum, of all that is done to store one. */
export async function measureChecksums(): Promise<void> {
  const numbers = Array.from({ length: 200 }, (_, place) => place / 7);
  const bytes = encodeTick(numbers, begin);
  const times = 1000;
  const encoding = await quickest(200, () => {
    for (let time = 0; time < times; time++) encodeTick(numbers, begin);
  });
  const summing = await quickest(200, () => {
    for (let time = 0; time < times; time++) crc32(bytes);
  });
  const microseconds = (ms: number) => ((1000 * ms) / times).toFixed(2);
  report(
    'a reading of 200 numbers as bytes; its checksum alone',
    `${microseconds(encoding)} µs; ${microseconds(summing)} µs, 4 of ${bytes.length} bytes`,
  );
}

/** 30 days of a few of its series, the same day again and again. */
export async function measureMonth(recording: Recording): Promise<void> {
  const { store } = await openHistory(temporary(), systemClock);
  const slices = new Slices();
  const [mixed] = recording.sources;
  if (mixed === undefined) return;
  const places = [3, 53, 103, 153];
  const few: Recording = {
    ...recording,
    sources: [
      {
        ...mixed,
        series: places.flatMap((place) => mixed.series[place] ?? []),
        columns: places.flatMap((place) => mixed.columns[place] ?? []),
      },
    ],
  };
  for (let day = 0; day < 30; day++) {
    for (let hour = 0; hour < 24; hour++) {
      const readings = readingsOf(few, hour).map(inColumns);
      store.append(readings.map((reading) => ({ ...reading, at: reading.at + day * dayMs })));
    }
    slices.tend(store, begin + (day + 1) * dayMs + ripeMs);
  }
  for (const series of few.sources[0]?.series ?? []) {
    const one = { host: 'bench', source: 'mixed', ...series };
    const month = { from: begin, to: begin + 30 * dayMs };
    const took = await quickest(200, () => store.range({ ...one, ...month, points: 500 }));
    report(`30 days of ${series.metric} in 500 buckets`, `${took.toFixed(2)} ms (goal 5)`);
  }
  store.close();
}
