/**
 * A year of history by a hand-turned clock: 50 series of one source @ 5 s with values as our collectors round them, written each
 * ten seconds, looked after each hour, kept for as long as the settings say that name nothing. `npm run bench:year`; `DAYS=30`
 * is a shorter one, `SEED=7` makes other numbers. Prints what the file takes, how long other work had to wait, what a month of
 * a series takes to ask for, and how soon history is ready again after its process was killed.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { inColumns } from '../src-main/contract/columns.ts';
import type { Reading } from '../src-main/contract/sample.ts';
import type { FromHistory } from '../src-main/history/messages.ts';
import { openHistory } from '../src-main/history/open.ts';
import { HandClock } from '../src-main/testing/hand-clock.ts';
import { bytesBelow, quickest, report, temporary, threadMs } from './history-stores/measure.ts';
import type { Recording } from './history-stores/recording.ts';
import { begin, dayMs, hourMs, mixedDay, readingsOf } from './history-stores/recording.ts';

const days = Number(process.env['DAYS'] ?? 365);
const seed = Number(process.env['SEED'] ?? 20_261_125);
/** As it is installed. */
const entry = join(import.meta.dirname, '..', 'dist', 'main', 'history.mjs');
const retention = {
  rawHours: 168,
  minuteDays: 90,
  hourDays: 730,
  dayDays: 3650,
  mostBytes: 2048 * 1024 ** 2,
};
/** As `monitoring` has them where nothing is said. */
const readingsAtOnce = 2;
const ripeMs = 6 * 60_000;
const starts = 7;

/** Every fourth series, so that all kinds are among them. Three days follow one another again and again. */
function fiftySeries(recording: Recording): Recording {
  const sources = recording.sources.map((source) => ({
    ...source,
    series: source.series.filter((_, place) => place % 4 === 0),
    columns: source.columns.filter((_, place) => place % 4 === 0),
  }));
  return { ...recording, sources, samples: recording.samples / 4 };
}
const threeDays = [0, 1, 2].map((more) => fiftySeries(mixedDay(true, seed + more)));

/** Made once: making them anew each day would take longer than all that is measured. */
const made = new Map<string, Reading[]>();

function readingsIn(day: number, hour: number): Reading[] {
  const which = day % threeDays.length;
  const recording = threeDays[which];
  if (recording === undefined) return [];
  const name = `${which} ${hour}`;
  const readings = made.get(name) ?? readingsOf(recording, hour);
  made.set(name, readings);
  return readings.map((reading) => ({ ...reading, at: reading.at + day * dayMs }));
}

/** How long work took, one piece after the other, in processor time of the thread that nothing else is done by meanwhile. */
class Pieces {
  readonly #tookMs: number[] = [];

  do<Result>(work: () => Result): Result {
    const begun = threadMs();
    const result = work();
    this.#tookMs.push(threadMs() - begun);
    return result;
  }

  get words(): string {
    const sorted = Float64Array.from(this.#tookMs).sort();
    const ms = (part: number) => (sorted[Math.floor(part * (sorted.length - 1))] ?? NaN).toFixed(2);
    const over = this.#tookMs.flatMap((one, number) => (one > 50 ? [number + 1] : []));
    const which = over.length === 0 ? '' : ` (number ${over.slice(0, 10).join(', ')})`;
    return `${sorted.length}: median ${ms(0.5)}, 99.9th percentile ${ms(0.999)}, longest ${ms(1)} ms, ${over.length} over 50 ms${which}`;
  }
}

/** From starting the process to its first answer, of a copy that was made while its owner wrote. */
async function readyMs(directory: string): Promise<number> {
  const begun = performance.now();
  const host = fork(entry, [directory], { execArgv: [] });
  const ended = once(host, 'exit');
  const took = await new Promise<number>((resolve, reject) => {
    host.on('message', (message: FromHistory) => {
      if (message.type === 'ready') resolve(performance.now() - begun);
    });
    host.once('exit', (code) => reject(new Error(`History ended with ${code} before it was ready.`)));
  });
  host.kill('SIGKILL');
  await ended;
  return took;
}

const directory = temporary();
const { store } = await openHistory(directory, new HandClock(begin));
const [appends, slices] = [new Pieces(), new Pieces()];
let largest = 0;
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, ${days} days, SEED=${seed}`,
);
for (let day = 0; day < days; day++) {
  // What the bench made is no work of the store.
  globalThis.gc?.();
  for (let hour = 0; hour < 24; hour++) {
    const readings = readingsIn(day, hour);
    const batches = Array.from({ length: Math.ceil(readings.length / readingsAtOnce) }, (_, batch) =>
      readings.slice(batch * readingsAtOnce, (batch + 1) * readingsAtOnce),
    );
    for (const batch of batches) appends.do(() => store.append(batch.map(inColumns)));
    const now = begin + day * dayMs + (hour + 1) * hourMs + ripeMs;
    while (slices.do(() => store.tend({ now, ...retention })));
  }
  largest = Math.max(largest, bytesBelow(directory));
  if (day % 30 === 29)
    report(
      `after ${day + 1} days`,
      `${(bytesBelow(directory) / 1024 ** 2).toFixed(1)} MiB; slices ${slices.words}`,
    );
}
report('file and log at their largest', `${(largest / 1024 ** 2).toFixed(1)} MiB (goal 200)`);
report('transactions of ten seconds, in processor time', appends.words);
report('slices of upkeep, in processor time', `${slices.words} (goal 50)`);

const to = begin + days * dayMs;
for (const series of threeDays[0]?.sources[0]?.series.filter((_, place) => place % 5 === 0) ?? []) {
  const month = { host: 'bench', source: 'mixed', ...series, from: to - 30 * dayMs, to, points: 500 };
  const took = await quickest(100, () => store.range(month));
  report(`the last 30 days of ${series.metric} in 500 buckets`, `${took.toFixed(2)} ms (goal 5)`);
}
store.append(readingsIn(days, 0).map(inColumns));
const orphaned = temporary();
cpSync(directory, orphaned, { recursive: true });
store.close();
const took: number[] = [];
for (let start = 0; start < starts; start++) took.push(await readyMs(orphaned));
report(
  'ready after a kill',
  `${Math.min(...took).toFixed(0)} to ${Math.max(...took).toFixed(0)} ms of ${starts} (goal 2000)`,
);
