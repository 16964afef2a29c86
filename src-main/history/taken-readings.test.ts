import { copyFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { ColumnReading } from '../contract/columns.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { randomFrom } from '../testing/random-from.ts';
import { openHistory, openHistoryToRead } from './open.ts';
import { statementsAfter } from './schema.ts';
import { SqliteHistory } from './sqlite.ts';
import type { HistoryStore } from './store.ts';

const begin = Date.UTC(2026, 10, 2, 8, 30);
const columns = [
  { metric: 'used_percent', labels: { mount: '/' } },
  { metric: 'used_bytes', labels: {} },
];

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-taken-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const reading = (host: string, tick: number, source = 'disk'): ColumnReading => ({
  ...{ host, source, at: begin + 1000 * tick, columns },
  values: Float64Array.of(tick, tick / 7),
});

/** The state after a kill at this moment. */
function asKilled(from: string): string {
  const to = directory();
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
  return to;
}

const rowsIn = (path: string): { taken: number; tick: number } => {
  const db = new DatabaseSync(join(path, 'history.sqlite'), { readOnly: true });
  try {
    const row = db
      .prepare('SELECT (SELECT count(*) FROM taken) AS taken, (SELECT count(*) FROM tick) AS tick')
      .get();
    return { taken: Number(row?.['taken']), tick: Number(row?.['tick']) };
  } finally {
    db.close();
  }
};

const always = { from: 0, to: 1e14, points: 5000 };
const bytesIn = (store: Pick<HistoryStore, 'recorded'>, host: string): number[] => {
  const asked = { host, source: 'disk', columns: [{ metric: 'used_bytes', labels: {} }], ...always };
  return [...store.recorded(asked).values];
};

test('what was acknowledged waits in few rows, and a kill loses none of it', async () => {
  const path = directory();
  const { store } = await openHistory(path, new HandClock());
  const hosts = Array.from({ length: 20 }, (_, host) => `web-${host}`);
  for (let tick = 0; tick < 10; tick++)
    expect(store.take(hosts.map((host) => reading(host, tick)))).toEqual([]);
  const killed = asKilled(path);
  // The first of each had no layout to follow.
  expect(rowsIn(killed)).toEqual({ taken: 9, tick: 20 });
  const { store: again } = await openHistory(killed, new HandClock());
  expect(again.size().samples).toBe(400);
  expect(again.take([reading('web-3', 9), reading('web-3', 10)])).toEqual([
    { reading: 0, sample: 0, had: 'same' },
    { reading: 0, sample: 1, had: 'same' },
  ]);
  again.close();
  expect(rowsIn(killed)).toEqual({ taken: 0, tick: 201 });
  store.close();
});

test('where many send for long, those that wait longest are placed, and any kill leaves each reading once', async () => {
  const seed = Date.now() % 2 ** 31;
  const random = randomFrom(seed);
  const path = directory();
  const { store } = await openHistory(path, new HandClock());
  const hosts = Array.from({ length: 300 }, (_, host) => `web-${host}`);
  const ticks = new Map(hosts.map((host) => [host, 0]));
  let most = 0;
  for (let group = 0; group < 400; group++) {
    const sent = Array.from({ length: 40 }, () => {
      const host = hosts[Math.floor(random() ** 3 * hosts.length)] ?? '';
      const tick = ticks.get(host) ?? 0;
      ticks.set(host, tick + 1);
      return reading(host, tick);
    });
    expect(store.take(sent)).toEqual([]);
    if (group % 57 !== 56) continue;
    const killed = asKilled(path);
    most = Math.max(most, rowsIn(killed).taken);
    const { store: again, notice } = await openHistory(killed, new HandClock());
    expect(notice).toBeNull();
    for (const host of hosts.filter(() => random() < 0.1)) {
      const expected = Array.from({ length: ticks.get(host) ?? 0 }, (_, tick) => tick / 7);
      expect(bytesIn(again, host), `${host}, seed ${seed}`).toEqual(expected);
    }
    expect(again.size().samples, `seed ${seed}`).toBe(2 * 40 * (group + 1));
    again.close();
  }
  // Some were placed without a question.
  expect(most).toBeLessThan(300);
  store.close();
});

test('who sends for the first time, or other series than before, has nobody else put into their place', async () => {
  const path = directory();
  const { store } = await openHistory(path, new HandClock());
  for (let tick = 0; tick < 3; tick++) store.take([reading('web-1', tick)]);
  store.take([reading('web-2', 0)]);
  const fewer = { columns: columns.slice(1), values: Float64Array.of(3 / 7) };
  store.take([{ ...reading('web-1', 3), ...fewer }, reading('web-2', 1)]);
  const killed = asKilled(path);
  expect(rowsIn(killed)).toEqual({ taken: 3, tick: 3 });
  store.close();
  const { store: again } = await openHistory(killed, new HandClock());
  again.take([{ ...reading('web-1', 4), ...fewer }, reading('web-1', 5)]);
  expect(bytesIn(again, 'web-1')).toEqual([0, 1 / 7, 2 / 7, 3 / 7, 3 / 7, 5 / 7]);
  expect(bytesIn(again, 'web-2')).toEqual([0, 1 / 7]);
  again.close();
});

test('who looks at what a kill left sees all of it, and changes nothing', async () => {
  const path = directory();
  const { store } = await openHistory(path, new HandClock());
  for (let tick = 0; tick < 5; tick++) store.take([reading('web-1', tick)]);
  const killed = asKilled(path);
  store.close();
  const files = () => readdirSync(killed).map((name) => [name, readFileSync(join(killed, name), 'hex')]);
  // A log that was read has its index in memory beside it.
  rmSync(join(killed, 'history.sqlite-shm'), { force: true });
  const before = files();
  const look = openHistoryToRead(killed);
  expect(bytesIn(look, 'web-1')).toEqual([0, 1 / 7, 2 / 7, 3 / 7, 4 / 7]);
  expect(look.size().samples).toBe(10);
  expect(look.check()).toMatchObject({ ok: true });
  const copy = join(directory(), 'copy.sqlite');
  await look.backup(copy);
  look.close();
  const after = files().filter(([name]) => name !== 'history.sqlite-shm');
  expect(after).toEqual(before);
  expect(existsSync(copy)).toBe(true);
});

test('history of the first format can be looked at as it is', () => {
  const path = directory();
  const fixture = fileURLToPath(new URL('fixtures/format-1.sqlite', import.meta.url));
  copyFileSync(fixture, join(path, 'history.sqlite'));
  const look = openHistoryToRead(path);
  expect(look.size().samples).toBe(682);
  look.close();
  expect(readFileSync(join(path, 'history.sqlite'))).toEqual(readFileSync(fixture));
});

test('where what waits is damaged, the file is set aside, and all that can be read is taken over', async () => {
  const path = directory();
  const { store } = await openHistory(path, new HandClock());
  for (let tick = 0; tick < 6; tick++) store.take([reading('web-1', tick)]);
  const killed = asKilled(path);
  store.close();
  const db = new DatabaseSync(join(killed, 'history.sqlite'));
  db.exec("UPDATE taken SET data = substr(data, 1, 10) || x'07' || substr(data, 12) WHERE id = 3");
  db.close();
  const { store: again, notice } = await openHistory(killed, new HandClock());
  expect(notice).toContain('what was sent last cannot be read');
  expect(bytesIn(again, 'web-1')).toEqual([0, 1 / 7, 2 / 7, 4 / 7, 5 / 7]);
  again.close();
});

test('a disk that is full refuses what comes and keeps what waits, which is there when there is room again', () => {
  const path = join(directory(), 'history.sqlite');
  const db = new DatabaseSync(path);
  for (const statement of statementsAfter(0)) db.exec(statement);
  const store = new SqliteHistory(db, path);
  for (let tick = 0; tick < 3; tick++) store.take([reading('web-1', tick)]);
  const { page_count: pages } = db.prepare('PRAGMA page_count').get() as { page_count: number };
  db.exec(`PRAGMA max_page_count = ${pages}`);
  const large = {
    ...reading('web-1', 3),
    columns: Array.from({ length: 4000 }, (_, place) => ({ metric: `metric_${place}`, labels: {} })),
    values: new Float64Array(4000),
  };
  expect(() => store.take([reading('web-1', 3), large])).toThrow(
    expect.objectContaining({ code: 'disk_full' }),
  );
  db.exec('PRAGMA max_page_count = 100000');
  expect(bytesIn(store, 'web-1')).toEqual([0, 1 / 7, 2 / 7]);
  expect(store.take([reading('web-1', 3), large])).toEqual([]);
  expect(bytesIn(store, 'web-1')).toEqual([0, 1 / 7, 2 / 7, 3 / 7]);
  store.close();
});
