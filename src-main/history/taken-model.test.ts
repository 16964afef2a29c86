import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import type { Column, ColumnReading } from '../contract/columns.ts';
import { randomFrom } from '../testing/random-from.ts';
import { columnKey } from './codec.ts';
import type { HadBefore } from './messages.ts';
import { openHistoryToRead } from './open.ts';
import { formatVersion, statementsAfter } from './schema.ts';
import { SqliteHistory } from './sqlite.ts';
import type { HistoryStore } from './store.ts';

const seed = Number(process.env['PLIMSOLL_SEED'] ?? Date.now() % 2 ** 31);
const hour = 3_600_000;
const stepMs = 10_000;
const begin = Date.UTC(2026, 10, 2, 8, 30);
const column = (metric: string, labels: Column['labels'] = {}): Column => ({ metric, labels });
const [total, used, free] = [column('total'), column('used', { mount: '/' }), column('free')];
/** Sets of series that a source returns; the last one contains one of them twice. */
const sets = [[total, used], [total, used, free], [used, total], [free], [free, used, free]];

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'plimsoll-model-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A connection of which one statement fails before it has any effect, as on a full disk. */
class FailingDatabase {
  /** How many statements succeed before one fails. */
  statementsLeft = Infinity;
  readonly db: DatabaseSync;

  constructor(path: string) {
    const real = new DatabaseSync(path);
    this.db = new Proxy(real, {
      get: (_, name) =>
        name === 'prepare' ? (sql: string) => this.#failing(real.prepare(sql)) : ownOf(real, name),
    });
  }

  #failing(statement: StatementSync): StatementSync {
    return new Proxy(statement, {
      get: (_, name) => {
        if (name !== 'run') return ownOf(statement, name);
        return (...values: SQLInputValue[]) => {
          if (this.statementsLeft-- === 0)
            throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
          return statement.run(...values);
        };
      },
    });
  }
}

/** A property of the object; SQLite's own methods must be called on it, not on its proxy. */
function ownOf(object: DatabaseSync | StatementSync, name: string | symbol): unknown {
  const value: unknown = Reflect.get(object, name, object);
  return typeof value === 'function'
    ? (...given: unknown[]): unknown => Reflect.apply(value, object, given)
    : value;
}

/** The expected history: for each source the values of each series by time. */
class Model {
  readonly sources = new Map<string, Map<string, Map<number, number>>>();

  take(readings: readonly ColumnReading[]): HadBefore[] {
    const had: HadBefore[] = [];
    readings.forEach(({ host, source, at, columns, values }, reading) => {
      const ofSource = entry(this.sources, `${host} ${source}`, () => new Map<string, Map<number, number>>());
      columns.forEach(({ metric, labels }, sample) => {
        const value = values[sample] ?? NaN;
        if (!Number.isFinite(value)) return;
        const series = entry(ofSource, columnKey(metric, labels), () => new Map<number, number>());
        const before = series.get(at);
        if (before === undefined) series.set(at, value);
        else had.push({ reading, sample, had: before === value ? 'same' : 'other' });
      });
    });
    return had;
  }

  newestAt(source: string): number {
    const times = [...(this.sources.get(source)?.values() ?? [])].flatMap((series) => [...series.keys()]);
    return times.reduce((a, b) => Math.max(a, b), begin);
  }

  get samples(): number {
    const series = [...this.sources.values()].flatMap((ofSource) => [...ofSource.values()]);
    return series.reduce((sum, { size }) => sum + size, 0);
  }

  /** As `recorded` answers for one series. */
  numbers(source: string, { metric, labels }: Column): [at: number, value: number][] {
    const series = this.sources.get(source)?.get(columnKey(metric, labels)) ?? new Map<number, number>();
    return [...series].sort(([a], [b]) => a - b);
  }
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

function expectSame(store: Pick<HistoryStore, 'recorded' | 'size'>, model: Model, what: string): void {
  for (const name of model.sources.keys()) {
    const [host = '', source = ''] = name.split(' ');
    const columns = [total, used, free];
    const { at, values } = store.recorded({ host, source, columns, from: 0, to: 1e14 });
    columns.forEach((one, place) => {
      const found = Array.from(at, (time, row) => [time, values[columns.length * row + place]]).filter(
        ([, value]) => !Number.isNaN(value),
      );
      expect(found, `${name} ${one.metric} ${what}`).toEqual(model.numbers(name, one));
    });
  }
  expect(store.size().samples, what).toBe(model.samples);
}

function begun(path: string): FailingDatabase {
  const failing = new FailingDatabase(join(path, 'history.sqlite'));
  const { db } = failing;
  db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL');
  if (db.prepare('PRAGMA user_version').get()?.['user_version'] === 0)
    for (const statement of statementsAfter(0)) db.exec(statement);
  db.exec(`PRAGMA user_version = ${formatVersion}`);
  return failing;
}

/** The state after a kill at this moment. */
function asKilled(from: string): string {
  const to = directory();
  for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
  return to;
}

test.each(Array.from({ length: 8 }, (_, run) => run))(
  'whatever is taken, tended, asked, fails and is killed, each sample is there once (%i)',
  (run) => {
    const random = randomFrom(seed + run);
    const below = (limit: number) => Math.floor(random() * limit);
    const hosts = [5, 30, 100][run % 3] ?? 0;
    // If many are late or of other series, few wait for long.
    const unusual = [0.1, 0.001, 0.00002][run % 3] ?? 0;
    const model = new Model();
    let path = directory();
    let failing = begun(path);
    let store = new SqliteHistory(failing.db, path);
    const newest = new Map<string, number>();
    let failed: string | undefined;

    /**
     * `first` is the first of the few hosts that send at a time, so that the readings of one row are soon in their
     * places.
     */
    const reading = (first: number): ColumnReading => {
      const [host, source] = [`web-${(first + below(hosts / 5)) % hosts}`, `source-${below(2)}`];
      const last = newest.get(`${host} ${source}`) ?? begin;
      const at = last + stepMs * (random() < unusual ? -below(400) : 1 + below(3));
      newest.set(`${host} ${source}`, Math.max(last, at));
      const columns = sets[random() < unusual ? below(sets.length) : 0] ?? [];
      const values = Float64Array.from(columns, () => (random() < unusual / 10 ? NaN : below(5) - 2));
      return { host, source, at, columns, values };
    };
    const act = (what: string): void => {
      const first = below(hosts);
      switch (what) {
        case 'take': {
          const readings = Array.from({ length: below(3) * below(10 * hosts) }, () => reading(first));
          if (random() < unusual) readings.push(...readings.slice(0, 3));
          const had = store.take(readings);
          expect(had, `${what} of seed ${seed + run}`).toEqual(model.take(readings));
          return;
        }
        case 'append': {
          const readings = Array.from({ length: below(5) }, () => reading(first));
          store.append(readings);
          model.take(readings);
          return;
        }
        case 'tend':
          store.tend({ now: begin + below(10) * hour, rawHours: Infinity });
          return;
        case 'ask':
          store.latest(0);
          return;
        case 'end':
          store.close();
          failing = begun(path);
          store = new SqliteHistory(failing.db, path);
          return;
        case 'kill': {
          path = asKilled(path);
          store.close();
          const look = openHistoryToRead(path);
          expectSame(look, model, `as a kill left it, seed ${seed + run}`);
          look.close();
          failing = begun(path);
          store = new SqliteHistory(failing.db, path);
          return;
        }
        default:
          throw new Error(what);
      }
    };
    const whats = [
      'take',
      'take',
      'take',
      'take',
      'take',
      'tend',
      'tend',
      'tend',
      'append',
      'ask',
      'end',
      'kill',
    ];
    for (let count = 0; count < 60; count++) {
      // A failed operation is usually retried.
      const what = (random() < 0.8 ? failed : undefined) ?? whats[below(whats.length)] ?? '';
      failed = undefined;
      const mayFail = what !== 'end' && what !== 'kill' && random() < 0.3;
      failing.statementsLeft = mayFail ? below(2) * below(5) + below(2) * below(600) : Infinity;
      try {
        act(what);
      } catch (thrown) {
        if (!(thrown instanceof Error && thrown.message.includes('is full'))) throw thrown;
        failed = what;
      }
      failing.statementsLeft = Infinity;
      if (count % 20 === 19) expectSame(store, model, `seed ${seed + run}`);
    }
    store.close();
  },
);

const usualOf = (host: number, tick: number): ColumnReading => ({
  ...{ host: `web-${host}`, source: 'cpu', at: begin + stepMs * tick, columns: [total, used] },
  values: Float64Array.of(host, tick),
});
const groupOf = (hosts: number, tick: number) =>
  Array.from({ length: hosts }, (_, host) => usualOf(host, tick));

test('what could not be put into its place is in its place after the next look', () => {
  const path = directory();
  const failing = begun(path);
  const store = new SqliteHistory(failing.db, path);
  const readings = groupOf(1800, 1);
  store.take(groupOf(1800, 0));
  for (let first = 0; first < 1800; first += 600) store.take(readings.slice(first, first + 600));
  failing.statementsLeft = 300;
  const task = { now: begin, rawHours: Infinity };
  expect(() => store.tend(task)).toThrow(expect.objectContaining({ code: 'disk_full' }));
  failing.statementsLeft = Infinity;
  while (store.tend(task));
  expect(store.size().samples).toBe(2 * 1800 * 2);
  store.close();
});

test('what was refused is not stored with what comes next, be it nothing', () => {
  const path = directory();
  const failing = begun(path);
  const store = new SqliteHistory(failing.db, path);
  store.take(groupOf(3, 0));
  // Its second statement would add it to the waiting ones.
  failing.statementsLeft = 1;
  expect(() => store.take(groupOf(3, 1))).toThrow(expect.objectContaining({ code: 'disk_full' }));
  failing.statementsLeft = Infinity;
  expect(store.take([])).toEqual([]);
  expect(store.size().samples).toBe(6);
  store.close();
});

test('however large the groups are that come, no more than a bounded number of readings waits', () => {
  const path = directory();
  const { db } = begun(path);
  const store = new SqliteHistory(db, path);
  const waiting = db.prepare('SELECT coalesce(sum(length(data)), 0) AS bytes FROM taken');
  let most = 0;
  for (let tick = 0; tick < 25; tick++) {
    store.take(groupOf(2000, tick));
    most = Math.max(most, Number(waiting.get()?.['bytes']));
  }
  // A reading with two numbers takes 32 bytes, and those of a row stay until the last of it is in its place.
  expect(most).toBeLessThan(32 * 4 * 5000);
  expect(store.size().samples).toBe(25 * 2000 * 2);
  store.close();
});

test('upkeep goes on while more comes between two slices than one of them puts into its place', () => {
  const path = directory();
  const { db } = begun(path);
  const store = new SqliteHistory(db, path);
  for (let tick = 0; tick < 60; tick++) {
    store.take(groupOf(700, tick));
    store.tend({ now: begin + 10 * hour, rawHours: Infinity });
  }
  expect(db.prepare('SELECT count(*) AS blocks FROM block').get()).not.toEqual({ blocks: 0 });
  store.close();
});

test('questions are answered with all that waits although none of it can be put into its place', () => {
  const path = directory();
  const failing = begun(path);
  const store = new SqliteHistory(failing.db, path);
  for (let tick = 0; tick < 3; tick++) store.take(groupOf(10, tick));
  const asked = { host: 'web-7', source: 'cpu', columns: [used], from: 0, to: 1e14 };
  for (let question = 0; question < 2; question++) {
    // On a full disk it is the commit that fails.
    failing.statementsLeft = 22;
    expect([...store.recorded(asked).values]).toEqual([0, 1, 2]);
    expect(failing.statementsLeft).toBeLessThan(0);
  }
  failing.statementsLeft = Infinity;
  expect(store.take(groupOf(10, 3))).toEqual([]);
  expect([...store.recorded(asked).values]).toEqual([0, 1, 2, 3]);
  expect(store.size().samples).toBe(4 * 10 * 2);
  store.close();
});
