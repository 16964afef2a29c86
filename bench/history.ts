/**
 * What history costs: 200 series of one source × 1 day @ 5 s in our store, in a naive table and in a table that is sorted by
 * series and time, in the same run; then 30 days of a few series. `npm run bench:history`; `SEED=7` repeats a run. Prints
 * bytes for each sample with roll-ups, samples a second, and times of queries in ms.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Reading } from '../src-main/contract/sample.ts';
import { openHistory } from '../src-main/history/open.ts';
import type { HistoryStore } from '../src-main/history/store.ts';
import { systemClock } from '../src-main/base/clock.ts';

const seed = Number(process.env['SEED'] ?? 20_261_125);
const dayMs = 86_400_000;
const stepMs = 5000;
const seriesCount = 200;
const ticks = dayMs / stepMs;
const begin = Date.UTC(2026, 0, 5);

let state = seed % 2_147_483_647;
const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
/** About normal, with a deviation of 1. */
const noise = () => random() + random() + random() + random() + random() + random() - 3;

type Series = () => number;
const round = (value: number, places: number) => Math.round(value * 10 ** places) / 10 ** places;

/** A percentage that wanders and jitters, as processor time does. */
function percentage(places: number | undefined): Series {
  let level = 20 + 60 * random();
  return () => {
    level += noise() / 2 + (40 - level) / 500;
    const value = Math.min(100, Math.max(0, level + 4 * noise()));
    return places === undefined ? value : round(value, places);
  };
}

function walk(start: number, step: number, chance: number, unit: number): Series {
  let value = start;
  return () => {
    if (random() < chance) value = Math.max(0, value + Math.round(step * noise()) * unit);
    return value;
  };
}

function rate(whole: boolean): Series {
  let level = 1e5 * random();
  return () => {
    level = Math.max(0, level + 2000 * noise());
    const value = Math.max(0, level * (1 + noise() / 10));
    return whole ? Math.round(value) : value;
  };
}

function counter(): Series {
  let value = Math.round(1e9 * random());
  return () => (value += Math.round(20_000 * random()));
}

function mostlyZero(): Series {
  return () => (random() < 0.97 ? 0 : Math.round(50 * random()));
}

/** The mix of a machine. `rounded`: percentages to two decimals and rates to whole numbers, as our collectors return them. */
function mix(rounded: boolean): Series[] {
  const constant = () => {
    const value = Math.round(1e9 * random());
    return () => value;
  };
  const load = () => {
    const series = walk(150, 4, 0.6, 1);
    return () => series() / 100;
  };
  const kinds: [count: number, make: () => Series][] = [
    [50, () => percentage(1)],
    [20, () => percentage(rounded ? 2 : undefined)],
    [25, () => walk(1e6, 40, 0.7, 4096)],
    [20, () => rate(true)],
    [10, () => rate(rounded)],
    [25, () => walk(1000, 2, 0.02, 1)],
    [15, constant],
    [10, load],
    [15, mostlyZero],
    [10, counter],
  ];
  return kinds.flatMap(([count, make]) => Array.from({ length: count }, make));
}

/** Times of the day, of which three in ten are up to 3 ms off. */
const times = Array.from(
  { length: ticks },
  (_, tick) => begin + tick * stepMs + (random() < 0.3 ? Math.round(6 * random()) - 3 : 0),
).map((at) => Math.max(begin, at));

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Processor time of one of them in milliseconds, once warm. */
function timed(times: number, work: () => void): number {
  for (let round = 0; round < 30; round++) work();
  return median(
    Array.from({ length: 7 }, () => {
      const begun = cpuMs();
      for (let round = 0; round < times; round++) work();
      return (cpuMs() - begun) / times;
    }),
  );
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function bytesIn(directory: string): number {
  return ['', '-wal']
    .map(
      (suffix) => statSync(join(directory, `history.sqlite${suffix}`), { throwIfNoEntry: false })?.size ?? 0,
    )
    .reduce((a, b) => a + b, 0);
}

function readingOf(at: number, series: readonly Series[]): Reading {
  const samples = series.map((next, place) => ({ metric: metrics[place] ?? '', labels: {}, value: next() }));
  return { host: 'bench', source: 'mixed', at, durationMs: 1, samples, error: null };
}
const metrics = Array.from({ length: seriesCount }, (_, place) => `metric_${place}`);

interface Slices {
  longestMs: number;
  totalMs: number;
}

/** Processor time of this process in milliseconds: what other work on the machine does not change. */
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

function tendAll(store: HistoryStore, now: number, slices: Slices): void {
  for (;;) {
    const begun = cpuMs();
    const more = store.tend({ now, rawHours: 24 * 365 });
    const took = cpuMs() - begun;
    slices.totalMs += took;
    slices.longestMs = Math.max(slices.longestMs, took);
    if (!more) return;
  }
}

/** One day as it comes: a transaction for each reading, blocks each hour, roll-ups after midnight. */
async function ourDay(rounded: boolean) {
  const directory = temporary();
  const { store } = await openHistory(directory, systemClock);
  const series = mix(rounded);
  const slices: Slices = { longestMs: 0, totalMs: 0 };
  let appendMs = 0;
  for (let tick = 0; tick < ticks; tick += 720) {
    const readings = times.slice(tick, tick + 720).map((at) => readingOf(at, series));
    const begun = cpuMs();
    for (const reading of readings) store.append([reading]);
    appendMs += cpuMs() - begun;
    tendAll(store, (readings.at(-1)?.at ?? 0) + 6 * 60_000, slices);
  }
  tendAll(store, begin + dayMs + 6 * 60_000, slices);
  const samples = ticks * seriesCount;
  return { directory, store, slices, appendMs, samples };
}

function report(name: string, text: string): void {
  console.log(`${name.padEnd(58)} ${text}`);
}

console.log(
  `machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, SQLite ${String(new DatabaseSync(':memory:').prepare('SELECT sqlite_version() AS v').get()?.['v'])}, SEED=${seed}`,
);
console.log(
  `one day: ${seriesCount} series × ${ticks} readings = ${(ticks * seriesCount) / 1e6} M samples; times are processor time`,
);

interface Measured {
  bytes: number;
  samplesPerSecond: number;
  dayMs: number;
}

async function measureOurs(rounded: boolean): Promise<Measured> {
  const name = rounded ? 'Plimsoll, rounded values' : 'Plimsoll, mixed values';
  const { directory, store, slices, appendMs, samples } = await ourDay(rounded);
  const series = { host: 'bench', source: 'mixed', metric: 'metric_3', labels: {} };
  const day = { ...series, from: begin, to: begin + dayMs };
  const bytes = bytesIn(directory) / samples;
  report(
    `${name}: live file and log, with roll-ups`,
    `${bytes.toFixed(2)} bytes a sample (goal ${rounded ? '2.5' : '3.0'})`,
  );
  const samplesPerSecond = (1000 * samples) / appendMs;
  report(
    `${name}: append, a transaction for each reading`,
    `${(samplesPerSecond / 1e6).toFixed(2)} M samples/s (goal 2)`,
  );
  report(
    `${name}: the same with making blocks and roll-ups`,
    `${(samples / (appendMs + slices.totalMs) / 1000).toFixed(2)} M samples/s`,
  );
  report(`${name}: longest slice of upkeep`, `${slices.longestMs.toFixed(1)} ms`);
  const whole = timed(20, () => store.range({ ...day, points: 500 }));
  report(`${name}: all 17,280 samples of a day into 500 buckets`, `${whole.toFixed(2)} ms`);
  const tables = shareOfTables(store, directory, samples);
  report(`${name}: of the file`, tables);
  return { bytes, samplesPerSecond, dayMs: whole };
}

function shareOfTables(store: HistoryStore, directory: string, samples: number): string {
  store.close();
  const db = new DatabaseSync(join(directory, 'history.sqlite'));
  const rows = db
    .prepare('SELECT name, sum(pgsize) AS bytes FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 4')
    .all();
  db.close();
  return rows
    .map((row) => `${String(row['name'])} ${(Number(row['bytes']) / samples).toFixed(2)}`)
    .join(', ');
}

type Table = 'naive' | 'sorted';

/** The tables that a day is compared with, as they are commonly made; the same log and the same transactions. */
const tables: Record<Table, { create: string; insert: string; read: string; name: string }> = {
  naive: {
    name: 'a table of rows with an index',
    create:
      'CREATE TABLE samples (id INTEGER PRIMARY KEY, host TEXT, metric TEXT, at TEXT, value REAL); CREATE INDEX by_series ON samples (host, metric, at)',
    insert: 'INSERT INTO samples (host, metric, at, value) VALUES (?, ?, ?, ?)',
    read: "SELECT at, value FROM samples WHERE host = 'bench' AND metric = ? ORDER BY at",
  },
  sorted: {
    name: 'a table without rowid, by series and time',
    create:
      'CREATE TABLE samples (series INTEGER, at INTEGER, value REAL, PRIMARY KEY (series, at)) WITHOUT ROWID',
    insert: 'INSERT INTO samples (series, at, value) VALUES (?, ?, ?)',
    read: 'SELECT at, value FROM samples WHERE series = ? ORDER BY at',
  },
};

function measureTable(kind: Table): Measured {
  const { name, create, insert, read } = tables[kind];
  const directory = temporary();
  const db = new DatabaseSync(join(directory, 'history.sqlite'));
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${create}`);
  const add = db.prepare(insert);
  const series = mix(false);
  let appendMs = 0;
  for (const at of times) {
    const values = series.map((next) => next());
    const begun = cpuMs();
    db.exec('BEGIN');
    const iso = new Date(at).toISOString();
    values.forEach((value, place) => {
      if (kind === 'naive') add.run('bench', metrics[place] ?? '', iso, value);
      else add.run(place, at, value);
    });
    db.exec('COMMIT');
    appendMs += cpuMs() - begun;
  }
  const samples = ticks * seriesCount;
  const bytes = bytesIn(directory) / samples;
  const query = db.prepare(read);
  const whole = timed(3, () => query.all(kind === 'naive' ? 'metric_3' : 3));
  db.close();
  report(`${name}: live file and log`, `${bytes.toFixed(2)} bytes a sample`);
  report(`${name}: append`, `${(samples / appendMs / 1000).toFixed(3)} M samples/s`);
  report(`${name}: the samples of a day`, `${whole.toFixed(1)} ms`);
  return { bytes, samplesPerSecond: (1000 * samples) / appendMs, dayMs: whole };
}

async function measureMonth(): Promise<void> {
  const { store } = await openHistory(temporary(), systemClock);
  const series = mix(false).filter((_, place) => place % 50 === 3);
  const slices: Slices = { longestMs: 0, totalMs: 0 };
  for (let day = 0; day < 30; day++) {
    const readings = times.map((at) => readingOf(at + day * dayMs, series));
    store.append(readings);
    tendAll(store, begin + (day + 1) * dayMs + 6 * 60_000, slices);
  }
  const month = {
    host: 'bench',
    source: 'mixed',
    metric: 'metric_0',
    labels: {},
    from: begin,
    to: begin + 30 * dayMs,
  };
  const answer = store.range({ ...month, points: 500 });
  report(
    `Plimsoll: 30 days of a series in ${answer.at.length} buckets`,
    `${timed(20, () => store.range({ ...month, points: 500 })).toFixed(2)} ms (goal 5)`,
  );
  report(
    'Plimsoll: a day of a series in 500 buckets, of a month',
    `${timed(20, () => store.range({ ...month, from: month.to - dayMs, points: 500 })).toFixed(2)} ms`,
  );
  store.close();
}

const ours = await measureOurs(false);
await measureOurs(true);
await measureMonth();
if (!process.argv.includes('--ours')) {
  for (const kind of ['sorted', 'naive'] as const) {
    const other = measureTable(kind);
    report(
      `Plimsoll against ${tables[kind].name}`,
      `1/${(other.bytes / ours.bytes).toFixed(1)} of the bytes, ${(ours.samplesPerSecond / other.samplesPerSecond).toFixed(0)} × append, ${(other.dayMs / ours.dayMs).toFixed(0)} × the samples of a day`,
    );
  }
}
