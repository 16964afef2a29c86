import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { HandClock } from '../testing/hand-clock.ts';
import { openHistory } from './open.ts';

/**
 * Written by the version before format 2: two sources, four hours from 22:30 on, a series that comes and goes, a late
 * reading.
 */
const fixture = fileURLToPath(new URL('fixtures/format-1.sqlite', import.meta.url));
const begin = Date.UTC(2025, 10, 3, 22, 30);
const now = Date.UTC(2025, 10, 6);

function copy(): string {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-format-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  copyFileSync(fixture, join(directory, 'history.sqlite'));
  return directory;
}

/** What the old version reported, tick by tick. */
function expected(ticks: number) {
  const each = Array.from({ length: ticks }, (_, tick) => ({ tick, at: begin + tick * 60_000 + (tick % 3) }));
  const odd = [-0, 5e-324, Number.MAX_VALUE, 0.1];
  return {
    cpu_percent: each.map(({ tick, at }) => [at, Math.round(500 + 400 * Math.sin(tick / 9)) / 10]),
    core_percent: each.filter(({ tick }) => tick % 50 < 40).map(({ tick, at }) => [at, tick / 7]),
    odd: each.filter(({ tick }) => tick % 2 === 0).map(({ tick, at }) => [at, odd[tick % 4]]),
  };
}

test('history of format 1 is taken over: at once as it is, and then as blocks, each sample once', async () => {
  const directory = copy();
  const { store, notice } = await openHistory(directory, new HandClock());
  expect(notice).toBeNull();
  const before = store.size();
  const samplesOf = (metric: string, source = 'cpu', labels: Record<string, string> = {}) => {
    const { at, avg } = store.range({ host: 'old', source, metric, labels, from: 0, to: now, points: 5000 });
    return at.map((time, index) => [time, avg[index]]);
  };
  const inTime = ([at]: (number | undefined)[]) => (at ?? 0) % 60_000 < 3;
  const all = () => {
    const [cpu, core, odd] = [
      samplesOf('cpu_percent'),
      samplesOf('core_percent', 'cpu', { core: '1' }),
      samplesOf('odd', 'disk'),
    ];
    return {
      cpu_percent: cpu.filter(inTime),
      core_percent: core.filter(inTime),
      odd: odd.filter(inTime),
      late: [...cpu, ...core, ...odd].filter((sample) => !inTime(sample)),
    };
  };
  const told = all();
  expect(told).toMatchObject(expected(240));
  expect(told.late.length).toBe(2);
  const latest = store.latest(0);
  while (store.tend({ now, rawHours: 1e4 }));
  expect(all()).toEqual(told);
  const { samples, oldestAt } = store.size();
  expect({ samples, oldestAt }).toEqual({ samples: before.samples, oldestAt: before.oldestAt });
  expect(new Set(store.latest(0))).toEqual(new Set(latest));
  store.close();

  const db = new DatabaseSync(join(directory, 'history.sqlite'));
  expect(
    db.prepare('SELECT (SELECT count(*) FROM tick) AS ticks, (SELECT count(*) FROM layout) AS layouts').get(),
  ).toEqual({ ticks: 0, layouts: 0 });
  expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 5 });
  db.close();
});

test('a file of format 1 whose tables are not those of format 1 is set aside', async () => {
  const directory = copy();
  const db = new DatabaseSync(join(directory, 'history.sqlite'));
  db.exec('DROP INDEX tick_once');
  db.close();
  const { store, notice } = await openHistory(directory, new HandClock());
  expect(notice).toContain('could not be read');
  // Whatever the tables are: the rows in them are readings.
  expect(store.size().samples).toBe(682);
  store.close();
  expect(statSync(fixture).size).toBe(40_960);
});
