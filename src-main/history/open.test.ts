import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inColumns } from '../contract/columns.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Reading } from '../contract/sample.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { markDamaged, openHistory, requireSqlite } from './open.ts';
import { formatVersion } from './schema.ts';

const ticks = 2000;
let root: string;
/** A history that was closed properly. */
let good: string;
/** A history whose owner died: a part of it is only in its write-ahead log. */
let orphaned: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'plimsoll-open-'));
  good = join(root, 'good');
  orphaned = join(root, 'orphaned');
  const { store } = await openHistory(good, new HandClock());
  store.append(Array.from({ length: ticks }, (_, at) => reading(at)).map(inColumns));
  store.close();

  const alive = join(root, 'alive');
  cpSync(good, alive, { recursive: true });
  const second = await openHistory(alive, new HandClock());
  second.store.append([reading(ticks), reading(ticks + 1)].map(inColumns));
  mkdirSync(orphaned);
  for (const name of readdirSync(alive)) copyFileSync(join(alive, name), join(orphaned, name));
  second.store.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function reading(at: number): Reading {
  const samples = [{ metric: 'cpu_percent', labels: {}, value: at / 7 }];
  return { host: 'h', source: 'cpu', at, durationMs: 1, samples, error: null };
}

function copyOf(original: string): string {
  const directory = mkdtempSync(join(root, 'case-'));
  cpSync(original, directory, { recursive: true });
  return directory;
}

const fileIn = (directory: string) => join(directory, 'history.sqlite');
const asideIn = (directory: string) => readdirSync(directory).filter((name) => name.includes('.damaged-'));
const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Opens it, stores one more reading to show that it works, and returns what was there and the notice. */
async function start(directory: string): Promise<{ samples: number; notice: string | null }> {
  const { store, notice } = await openHistory(directory, new HandClock());
  try {
    const { samples } = store.size();
    store.append([reading(1e6)].map(inColumns));
    expect(store.latest(1e6).map(({ at }) => at)).toEqual([1e6]);
    return { samples, notice };
  } finally {
    store.close();
  }
}

test('what the dead owner had only in its log is there', async () => {
  expect(await start(copyOf(orphaned))).toEqual({ samples: ticks + 2, notice: null });
});

test.each<[string, (file: string) => void]>([
  ['random bytes', (file) => writeFileSync(file, randomOf(7).bytes(20_000))],
  ['text', (file) => writeFileSync(file, 'no database at all\n')],
  ['zeros', (file) => writeFileSync(file, Buffer.alloc(8192))],
  ['cut in the middle', (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
  ['cut inside its first page', (file) => truncateSync(file, 50)],
  ['no tables in the list', (file) => writeFileSync(file, readFileSync(file).fill(0, 103, 105))],
  ['first page zeroed', (file) => writeFileSync(file, readFileSync(file).fill(0, 0, 4096))],
  ['another program’s database', (file) => foreign(file)],
])('%s: the file is kept aside, and a new history begun', async (_, damage) => {
  const directory = copyOf(good);
  damage(fileIn(directory));
  const damaged = hashOf(fileIn(directory));
  const { samples, notice } = await start(directory);
  expect(samples).toBe(0);
  expect(asideIn(directory)).toEqual(['history.sqlite.damaged-20260105T120000Z']);
  expect(hashOf(join(directory, 'history.sqlite.damaged-20260105T120000Z'))).toBe(damaged);
  expect(notice).toContain('It was kept as');
});

function foreign(file: string): void {
  rmSync(file);
  const db = new DatabaseSync(file);
  db.exec('CREATE TABLE notes (text)');
  db.close();
}

test.each([
  ['no file', (file: string) => rmSync(file)],
  ['an empty file', (file: string) => writeFileSync(file, '')],
])('%s beside a write-ahead log: the log is kept aside with its bytes', async (_, damage) => {
  const directory = copyOf(orphaned);
  damage(fileIn(directory));
  const log = hashOf(`${fileIn(directory)}-wal`);
  expect((await start(directory)).notice).toContain('only its write-ahead log');
  expect(hashOf(join(directory, 'history.sqlite.damaged-20260105T120000Z-wal'))).toBe(log);
});

test('an empty file is begun anew and said so; a new directory is nothing to speak of', async () => {
  const directory = mkdtempSync(join(root, 'case-'));
  writeFileSync(fileIn(directory), '');
  expect((await start(directory)).notice).toContain('was empty');
  expect(await start(join(directory, 'not', 'yet', 'there'))).toEqual({ samples: 0, notice: null });
});

test('a file that was found damaged while in use is set aside once', async () => {
  const directory = copyOf(good);
  markDamaged(directory);
  expect((await start(directory)).notice).toContain('while in use');
  expect(await start(directory)).toEqual({ samples: 1, notice: null });
});

test('a file that is none is said in whole sentences, with its path once in each', async () => {
  const directory = mkdtempSync(join(root, 'case-'));
  writeFileSync(fileIn(directory), 'no database, and longer than the header of one'.repeat(10));
  const { notice } = await start(directory);
  expect(notice).toMatch(/could not be read: it is damaged \(file is not a database\)\. It was kept as /);
  expect(notice).not.toContain('..');
  for (const sentence of notice?.split(/(?<=\.) /) ?? [])
    expect(sentence.split(fileIn(directory)).length).toBeLessThanOrEqual(2);
});

test('of damaged files the newest two are kept, the size names them, and it is said which went', async () => {
  const directory = copyOf(good);
  const clock = new HandClock(Date.UTC(2026, 0, 5));
  const notices: (string | null)[] = [];
  for (let start = 0; start < 4; start++) {
    writeFileSync(fileIn(directory), 'no database');
    const { store, notice } = await openHistory(directory, clock);
    notices.push(notice);
    const kept = store.size().damaged ?? [];
    store.close();
    const newest = [start, start - 1].filter((day) => day >= 0);
    expect(kept).toEqual(
      newest.map((day) => ({ name: `history.sqlite.damaged-2026010${5 + day}T000000Z`, bytes: 11 })),
    );
    expect(readdirSync(directory).filter((name) => name.includes('damaged')).length).toBe(newest.length);
    clock.jump(24 * 3_600_000);
  }
  expect(notices.map((notice) => notice?.match(/removed: (.*)$/)?.[1])).toEqual([
    undefined,
    undefined,
    'history.sqlite.damaged-20260105T000000Z.',
    'history.sqlite.damaged-20260106T000000Z.',
  ]);
});

test.each([
  ['in the file', formatVersion + 1],
  ['in the file', 99_999],
  ['only in its log', formatVersion + 1],
] as const)('a newer format, %s, is refused and not touched: %d', async (where, newer) => {
  const directory = copyOf(good);
  const file = fileIn(directory);
  if (where === 'in the file') {
    const db = new DatabaseSync(file);
    db.exec(`PRAGMA user_version = ${newer}`);
    db.close();
  } else {
    const held = copyOf(good);
    const db = new DatabaseSync(fileIn(held));
    db.exec(`PRAGMA user_version = ${newer}`);
    for (const suffix of ['', '-wal']) copyFileSync(fileIn(held) + suffix, file + suffix);
    db.close();
  }
  const files = [file, `${file}-wal`].filter((path) => existsSync(path));
  const before = files.map(hashOf);
  await expect(openHistory(directory, new HandClock())).rejects.toMatchObject({
    code: 'newer_format',
    retry: false,
  });
  expect(files.map(hashOf)).toEqual(before);
  expect(asideIn(directory)).toEqual([]);
});

test.each([60, 61, 62])(
  'a damaged byte %d of the header is no newer format: nothing is lost',
  async (place) => {
    const directory = copyOf(good);
    const file = fileIn(directory);
    const bytes = readFileSync(file);
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const { samples, notice } = await start(directory);
    expect([samples >= ticks, notice]).toEqual([true, null]);
  },
);

test('a file that another process has is waited for, half a minute at most', async () => {
  const directory = copyOf(good);
  const owner = await openHistory(directory, new HandClock());
  const before = statSync(fileIn(directory)).size;

  const clock = new HandClock();
  // With a hand-turned clock the pauses take no time, but SQLite's own short wait does, so the clock jumps from attempt
  // to attempt.
  const impatient = openHistory(directory, steps(clock, 10_000));
  await expect(impatient).rejects.toMatchObject({ code: 'already_running', retry: true });
  expect(clock.monotonic()).toBe(30_000);
  expect(asideIn(directory)).toEqual([]);
  expect(statSync(fileIn(directory)).size).toBe(before);

  const patient = openHistory(
    directory,
    steps(new HandClock(), 1000, () => owner.store.close()),
  );
  const { store } = await patient;
  expect(store.size().samples).toBe(ticks);
  store.close();
});

/** A clock on which each pause lasts `ms`; `meanwhile` runs during the first. */
function steps(clock: HandClock, ms: number, meanwhile?: () => void) {
  let first = true;
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after(_: number, callback: () => void) {
      if (first) meanwhile?.();
      first = false;
      void clock.turn(ms).then(callback);
      return () => undefined;
    },
  };
}

test('a directory that cannot be is a coded error', async () => {
  const file = join(mkdtempSync(join(root, 'case-')), 'file');
  writeFileSync(file, '');
  await expect(openHistory(join(file, 'inside'), new HandClock())).rejects.toMatchObject({
    code: 'cannot_create',
  });
});

test.each([
  ['3.51.2', false],
  ['3.51.3', true],
  ['3.53.0', true],
  ['4.0.0', true],
  ['2.99.99', false],
])('SQLite %s: %s', (version, good) => {
  const check = () => requireSqlite(version);
  if (good) check();
  else expect(check).toThrow(expect.objectContaining({ code: 'unsupported' }));
});

const seeds = Array.from({ length: 60 }, (_, place) => Number(process.env['SEED'] ?? 20_260_105) + place);

test.each(seeds)('seed %i: flipped and cut files never stop a start', async (seed) => {
  const random = randomOf(seed);
  const directory = copyOf(random.below(2) === 0 ? good : orphaned);
  const candidates = [fileIn(directory), `${fileIn(directory)}-wal`].filter((path) => existsSync(path));
  const path = candidates[random.below(candidates.length)] ?? fileIn(directory);
  const bytes = readFileSync(path);
  // Half of the flips hit the header and the schema, where a flip changes the meaning rather than making it unreadable.
  const places = Array.from({ length: 1 + random.below(3) }, () =>
    random.below(2) === 0 ? random.below(Math.min(bytes.length, 4096)) : random.below(bytes.length),
  );
  if (random.below(3) === 0) truncateSync(path, random.below(bytes.length));
  else {
    for (const place of places) bytes[place] = (bytes[place] ?? 0) ^ (1 << random.below(8));
    writeFileSync(path, bytes);
  }
  try {
    const { samples, notice } = await start(directory);
    if (samples === 0) expect(asideIn(directory).length > 0 || notice?.includes('was empty')).toBe(true);
    else expect([samples >= ticks, samples <= ticks + 2, notice]).toEqual([true, true, null]);
  } catch (thrown) {
    // A flip in its lowest bits looks like the version of a newer release.
    expect(thrown).toBeInstanceOf(PlimsollError);
    expect(thrown).toMatchObject({ code: 'newer_format' });
    expect(places.some((place) => place >= 60 && place < 64)).toBe(true);
  }
});

/** xorshift32: the same numbers for the same seed. */
function randomOf(seed: number) {
  let state = seed * 2 + 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let round = 0; round < 10; round++) next();
  return {
    below: (limit: number) => next() % limit,
    bytes: (count: number) => Buffer.from(Array.from({ length: count }, () => next() & 0xff)),
  };
}
