import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { TakePacker } from './packed-takes.ts';
import { inColumns } from '../contract/columns.ts';
import { systemClock } from '../base/clock.ts';
import type { Reading } from '../contract/sample.ts';
import { randomFrom } from '../testing/random-from.ts';
import type { FromHistory, ToHistory } from './messages.ts';
import { markDamaged, openHistory } from './open.ts';
import { schemaOf } from './schema.ts';

const entry = fileURLToPath(new URL('host.ts', import.meta.url));
const kills = Number(process.env['PLIMSOLL_KILLS'] ?? 20);
const seed = Number(process.env['PLIMSOLL_SEED'] ?? Date.now() % 2 ** 31);
const hour = 3_600_000;
const stepMs = 30_000;
/**
 * Between two kills at most 8,400 readings are sent, of three days: far enough in the past for every hour to become
 * blocks at the next check.
 */
const begin = Math.floor(Date.now() / hour) * hour - Math.max(60, 3 * kills) * 24 * hour;

// A busy machine takes long for each start.
vi.setConfig({ testTimeout: 600_000 + kills * 60_000 });

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-killed-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function start(directory: string): {
  child: ChildProcess;
  ended: Promise<unknown>;
  send: (message: ToHistory) => void;
} {
  const child = fork(entry, [directory], { execArgv: [], serialization: 'advanced' });
  // A message to a process that was just killed fails, as it should.
  child.on('error', () => undefined);
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    ended: once(child, 'exit'),
    send: (message) => {
      if (child.connected) child.send(message, () => undefined);
    },
  };
}

const names = Array.from({ length: 20 }, (_, place) => `metric_${place}`);
const timeOf = (tick: number) => begin + tick * stepMs;
const valueOf = (tick: number, place: number) => (place % 3 === 0 ? tick / 7 : Math.round(tick * place) / 10);

/** Within three hours everything is shuffled: many readings arrive for an hour that may already be blocks. */
function outOfOrder(number: number): number {
  const stretch = 400;
  return number - (number % stretch) + (((number % stretch) * 7) % stretch);
}

function reading(tick: number): Reading {
  const samples = names.map((metric, place) => ({ metric, labels: {}, value: valueOf(tick, place) }));
  return { host: 'h', source: 'cpu', at: timeOf(tick), durationMs: 1, samples, error: null };
}

/** A tick as in format 1. */
function firstFormat(values: readonly number[]): Uint8Array {
  return Buffer.concat([Buffer.from([1]), Buffer.from(Float64Array.from(values).buffer)]);
}

/** The file is intact and contains exactly `ticks`, each once, before and after all upkeep. */
async function expectExactly(
  directory: string,
  ticks: readonly number[],
  leftovers: readonly Reading[],
): Promise<void> {
  const { store, notice } = await openHistory(directory, systemClock);
  expect(notice).toBeNull();
  store.append(leftovers.map(inColumns));
  for (const upkeep of [false, true]) {
    if (upkeep) while (store.tend({ now: Date.now(), rawHours: 1e5 }));
    for (const place of [0, 1, 19]) {
      const stored: number[] = [];
      for (
        let from = begin;
        stored.length < ticks.length + 1 && from < timeOf((ticks.at(-1) ?? 0) + 1);
        from += 30 * hour
      ) {
        const span = { from, to: from + 30 * hour, points: 5000 };
        const { at, avg } = store.range({
          host: 'h',
          source: 'cpu',
          metric: names[place] ?? '',
          labels: {},
          ...span,
        });
        const found = at.map((time) => (time - begin) / stepMs);
        expect(avg).toEqual(found.map((tick) => valueOf(tick, place)));
        stored.push(...found);
      }
      expect(stored).toEqual(ticks);
    }
    expect(store.size().samples).toBe(ticks.length * names.length);
  }
  store.close();
  const db = new DatabaseSync(join(directory, 'history.sqlite'));
  expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  expect(db.prepare('SELECT count(*) AS ticks FROM tick').get()).toEqual({ ticks: 0 });
  expect(Number(db.prepare('SELECT count(*) AS rows FROM rollup_minute').get()?.['rows'])).toBeGreaterThan(0);
  db.close();
}

test(`killed ${kills} times while it stores readings and makes blocks of them: each is there once (PLIMSOLL_SEED=${seed})`, async () => {
  const random = randomFrom(seed);
  const directory = temporaryDirectory();
  const unacknowledged = new Map<number, number>();
  let [next, batch, acknowledged] = [0, 0, 0];
  for (let kill = 0; kill < kills; kill++) {
    const { child, ended, send } = start(directory);
    const ready = new Promise<void>((resolve) => {
      child.on('message', (message: FromHistory) => {
        if (message.type === 'ready') {
          expect(message.notice).toBeNull();
          resolve();
        }
        if (message.type === 'committed' && unacknowledged.delete(message.batch)) acknowledged++;
      });
    });
    await ready;
    const store = (number: number, tick: number) =>
      send({ type: 'append', batch: number, readings: new TakePacker().pack([reading(tick)]) });
    // As main does: unacknowledged messages first, although they may have been stored.
    for (const [number, tick] of unacknowledged) store(number, tick);
    const writing = setInterval(() => {
      for (let count = 0; count < 20; count++) {
        const tick = outOfOrder(next++);
        unacknowledged.set(++batch, tick);
        store(batch, tick);
      }
      send({ type: 'retain', rawHours: 1e5 });
    }, 1);
    await pause(20 + random() * 400);
    child.kill('SIGKILL');
    await ended;
    clearInterval(writing);
  }
  expect(acknowledged).toBeGreaterThan(20 * kills);
  const leftovers = [...unacknowledged.values()].map(reading);
  const ticks = Array.from({ length: next }, (_, number) => outOfOrder(number)).sort((a, b) => a - b);
  await expectExactly(directory, ticks, leftovers);
});

test(`killed ${kills} times while it takes over a file of format 1: nothing is lost (PLIMSOLL_SEED=${seed})`, async () => {
  const random = randomFrom(seed + 1);
  const directory = temporaryDirectory();
  const ticks = Array.from({ length: 4 * 24 * 120 }, (_, tick) => tick);
  const db = new DatabaseSync(join(directory, 'history.sqlite'));
  for (const statement of Object.values(schemaOf(1) ?? {})) db.exec(statement);
  db.exec('PRAGMA user_version = 1; BEGIN');
  const columns = JSON.stringify(names.map((metric) => [metric, {}]));
  db.prepare('INSERT INTO layout (id, host, source, columns) VALUES (1, ?, ?, ?)').run('h', 'cpu', columns);
  const add = db.prepare('INSERT INTO tick (layout, at, data) VALUES (1, ?, ?)');
  for (const tick of ticks) add.run(timeOf(tick), firstFormat(names.map((_, place) => valueOf(tick, place))));
  db.exec('COMMIT');
  db.close();
  for (let kill = 0; kill < kills; kill++) {
    const { child, ended, send } = start(directory);
    const ready = new Promise<void>((resolve) => {
      child.on('message', (message: FromHistory) => {
        if (message.type === 'ready') resolve();
      });
    });
    // Some of them are killed before they have opened the file.
    const begun = pause(random() * 400);
    await Promise.race([ready, begun]);
    send({ type: 'retain', rawHours: 1e5 });
    await Promise.all([begun, pause(random() * 200)]);
    child.kill('SIGKILL');
    await ended;
  }
  await expectExactly(directory, ticks, []);
});

test(`killed ${kills} times while it salvages a file: nothing that could be read is lost (PLIMSOLL_SEED=${seed})`, async () => {
  const random = randomFrom(seed + 2);
  const directory = temporaryDirectory();
  const ticks = Array.from({ length: 4 * 24 * 120 }, (_, tick) => tick);
  const { store } = await openHistory(directory, systemClock);
  for (const tick of ticks.slice(0, -100)) store.append([reading(tick)].map(inColumns));
  while (store.tend({ now: Date.now(), rawHours: 1e5 }));
  for (const tick of ticks.slice(-100)) store.append([reading(tick)].map(inColumns));
  store.close();
  const half = join(directory, 'history.sqlite.salvaging');
  let finished = 0;
  for (let kill = 0; kill < kills; kill++) {
    // It is intact, but taken for damaged: anything missing afterwards was lost by salvaging.
    markDamaged(directory);
    const [begun, before] = [Date.now(), finished];
    const { child, ended } = start(directory);
    child.on('message', (message: FromHistory) => {
      if (message.type === 'ready') finished++;
    });
    // Most of the time until then is the start of the process.
    const isBegun = () => (statSync(half, { throwIfNoEntry: false })?.ctimeMs ?? 0) >= begun;
    while (finished === before && !isBegun()) await pause(1);
    await pause(random() * 300);
    child.kill('SIGKILL');
    await ended;
  }
  console.log(`${finished} of ${kills} were killed after they had salvaged it`);
  const { store: salvaged } = await openHistory(directory, systemClock);
  salvaged.close();
  await expectExactly(directory, ticks, []);
  const left = readdirSync(directory).filter((name) => !name.includes('.damaged-'));
  expect(left.filter((name) => name.startsWith('history.sqlite'))).toEqual(['history.sqlite']);
});
