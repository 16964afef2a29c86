import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inColumns } from '../contract/columns.ts';
import type { Reading } from '../contract/sample.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { randomFrom } from '../testing/random-from.ts';
import { openHistory } from './open.ts';
import type { HistoryStore } from './store.ts';

const cases = Number(process.env['PLIMSOLL_DAMAGES'] ?? 40);
const seed = Number(process.env['PLIMSOLL_SEED'] ?? Date.now() % 2 ** 31);
const hour = 3_600_000;
const begin = Date.UTC(2026, 9, 5);
const hours = 30;
const metrics = Array.from({ length: 12 }, (_, place) => `metric_${place}`);
const sources = ['cpu', 'disk'];
/** The source of another machine, with more readings than fit into a page. */
const sent = 'sent';
const sentAtOnce = 60;

let root: string;
/** What a killed owner left: blocks and roll-ups in the file, the last readings only in the log. */
let good: string;
const expected = new Map<string, ReadonlyMap<number, number>>();

function valueOf(source: string, place: number, tick: number): number {
  return place % 2 === 0
    ? Math.round(1000 * Math.sin(tick / 50 + place)) / 10
    : Math.sin(tick * (place + 1) + source.length);
}

function reading(source: string, tick: number): Reading {
  const samples = metrics.map((metric, place) => ({
    metric,
    labels: {},
    value: valueOf(source, place, tick),
  }));
  return { host: 'h', source, at: begin + tick * 10_000, durationMs: 1, samples, error: null };
}

function seriesOf(store: HistoryStore, source: string, metric: string): Map<number, number> {
  const found = new Map<number, number>();
  for (let from = begin; from < begin + hours * hour; from += 10 * hour) {
    const stretch = { from, to: from + 10 * hour, points: 5000 };
    const { at, avg, bucketMs } = store.range({ host: 'h', source, metric, labels: {}, ...stretch });
    if (bucketMs === 0) at.forEach((time, place) => found.set(time, avg[place] ?? NaN));
  }
  return found;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'plimsoll-damaged-'));
  const [alive] = [join(root, 'alive')];
  good = join(root, 'good');
  const { store } = await openHistory(alive, new HandClock());
  const ticks = (hours * hour) / 10_000;
  for (let first = 0; first < ticks; first += 60) {
    const minutes = Array.from({ length: Math.min(60, ticks - first) }, (_, more) => first + more);
    store.append(minutes.flatMap((tick) => sources.map((source) => reading(source, tick))).map(inColumns));
  }
  while (store.tend({ now: begin + (hours - 1) * hour, rawHours: 1e5 }));
  for (const source of sources)
    store.append(
      metrics
        .map((metric) => ({
          ...reading(source, ticks - 1),
          samples: [{ metric, labels: { late: 'yes' }, value: 1 }],
        }))
        .map(inColumns),
    );
  // Readings of other machines are not in their places yet.
  for (let tick = 0; tick < 5 * sentAtOnce; tick += sentAtOnce)
    store.take(Array.from({ length: sentAtOnce }, (_, more) => inColumns(reading(sent, tick + more))));
  mkdirSync(good);
  for (const name of readdirSync(alive)) copyFileSync(join(alive, name), join(good, name));
  for (const source of [...sources, sent])
    for (const metric of metrics) expected.set(`${source} ${metric}`, seriesOf(store, source, metric));
  store.close();
}, 300_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test(
  `damaged ${cases} times by flipped bytes and cut ends: it starts, keeps the bad file, and loses no more than what was hit (PLIMSOLL_SEED=${seed})`,
  async () => {
    const random = randomFrom(seed);
    let [wrong, lostMost, told] = [0, 0, 0];
    const all = [...expected.values()].reduce((sum, { size }) => sum + size, 0);
    for (let one = 0; one < cases; one++) {
      const directory = mkdtempSync(join(root, 'case-'));
      for (const name of readdirSync(good)) copyFileSync(join(good, name), join(directory, name));
      const path = join(directory, random() < 0.15 ? 'history.sqlite-wal' : 'history.sqlite');
      const bytes = readFileSync(path);
      const isCut = random() < 0.2;
      const flips = 1 + Math.floor(random() * 8);
      const kept = Math.floor(bytes.length * random());
      for (let flip = 0; flip < flips && !isCut; flip++) {
        const at = Math.floor(bytes.length * random());
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(8 * random()));
      }
      writeFileSync(path, isCut ? bytes.subarray(0, kept) : bytes);

      const { store, notice } = await openHistory(directory, new HandClock());
      if (notice !== null) {
        told++;
        expect(notice).toContain('It was kept as');
        expect(readdirSync(directory).some((name) => name.includes('.damaged-'))).toBe(true);
      }
      let missing = 0;
      for (const [name, samples] of expected) {
        const [source = '', metric = ''] = name.split(' ');
        const found = seriesOf(store, source, metric);
        for (const [at, value] of samples) {
          if (!found.has(at)) missing++;
          else if (found.get(at) !== value) wrong++;
        }
        for (const at of found.keys()) expect(samples.has(at)).toBe(true);
      }
      // A row of times belongs to all series of its source and hour, a page to a few blocks. Whatever was cut off is
      // gone.
      if (!isCut)
        expect(missing, `${path}, case ${one}: ${notice}`).toBeLessThanOrEqual(((flips + 1) * all) / hours);
      lostMost = Math.max(lostMost, isCut ? 0 : missing / all / flips);
      // Everything continues: upkeep meets nothing that it cannot handle.
      store.append([reading('cpu', (hours * hour) / 10_000 + 1)].map(inColumns));
      while (store.tend({ now: begin + 100 * hour, rawHours: 1e5 }));
      store.close();
      rmSync(directory, { recursive: true });
    }
    console.log(
      `${told} of ${cases} were told of at the start; a flipped byte lost at most ${(100 * lostMost).toFixed(2)} % of the samples; ${statSync(join(good, 'history.sqlite')).size} bytes`,
    );
    expect(wrong).toBe(0);
  },
  cases * 30_000,
);
