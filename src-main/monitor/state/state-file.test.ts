import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { exampleChange } from '../../testing/example-change.ts';
import { openState } from './state.ts';
import type { State } from './state.ts';

let directory: string;
let state: State;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-state-'));
  state = openState(directory);
});
afterEach(() => {
  state.close();
  rmSync(directory, { recursive: true });
});

const change = exampleChange();

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (thrown) {
    return thrown instanceof PlimsollError ? thrown.code : String(thrown);
  }
}

it('is for its owner alone, and for one at a time', () => {
  expect(statSync(join(directory, 'state.sqlite')).mode & 0o777).toBe(0o600);
  expect(codeOf(() => openState(directory))).toBe('already_running');
});

it('sets a damaged file aside and begins anew', () => {
  state.close();
  const path = join(directory, 'state.sqlite');
  writeFileSync(path, 'this is not a database, and it is long enough to look like one'.repeat(100));
  state = openState(directory);
  expect(state.notice).toContain('damaged');
  const kept =
    readdirSync(directory).find((name) => name.startsWith('state.sqlite.damaged-')) ?? expect.unreachable();
  expect(readFileSync(join(directory, kept), 'utf8')).toContain('not a database');
  expect(state.alerts.tracks()).toEqual([]);
});

it('sets a database of something else aside, and one that lost a table', () => {
  for (const change of ['PRAGMA user_version = 0', 'DROP TABLE token']) {
    state.close();
    const foreign = new DatabaseSync(join(directory, 'state.sqlite'));
    foreign.exec(change);
    foreign.close();
    state = openState(directory);
    expect(state.notice).toContain('it is no state of Plimsoll');
    expect(state.access.tokens()).toEqual([]);
  }
});

it('keeps a write-ahead log that lost its file', () => {
  const path = join(directory, 'state.sqlite');
  state.commit(change);
  const log = readFileSync(`${path}-wal`);
  for (const rest of [Buffer.alloc(0), null]) {
    state.close();
    rmSync(path);
    if (rest !== null) writeFileSync(path, rest);
    writeFileSync(`${path}-wal`, log);
    state = openState(directory);
    expect(state.notice).toContain('only its write-ahead log was there');
    const kept = readdirSync(directory).filter((name) => /damaged-.*-wal$/.test(name));
    expect(kept.map((name) => readFileSync(join(directory, name)))).toContainEqual(log);
  }
});

it('says that a path is too long for a database, and does not speak of permission', () => {
  const deep = join(directory, ...Array.from({ length: 8 }, () => 'd'.repeat(100)));
  expect(codeOf(() => openState(deep))).toBe('cannot_create');
});

it.each(['track', 'alert', 'delivery'])('sets a file aside in which a %s can not be read', (table) => {
  state.commit(change);
  state.close();
  const database = new DatabaseSync(join(directory, 'state.sqlite'));
  database.exec(`UPDATE ${table} SET body = replace(body, '"', '#')`);
  database.close();
  state = openState(directory);
  expect(state.notice).toContain('can not be read');
  expect([state.alerts.tracks(), state.alerts.open(), state.deliveries.heads()]).toEqual([[], [], []]);
});

it('takes over what the first format remembered', () => {
  state.commit(change);
  const remembered = [state.alerts.tracks(), state.alerts.open(), state.deliveries.heads()];
  state.close();
  const path = join(directory, 'state.sqlite');
  const older = new DatabaseSync(path);
  older.exec(`
    DROP TABLE downtime; DROP TABLE host; DROP TABLE host_tags; DROP TABLE untold; DROP TABLE alert_context; DROP TABLE measurements; DROP INDEX delivery_by_destination;
    DROP INDEX delivery_carrying; DROP INDEX alert_found;
    ALTER TABLE alert DROP COLUMN severity; ALTER TABLE alert DROP COLUMN source;
    ALTER TABLE alert DROP COLUMN host; ALTER TABLE alert DROP COLUMN search;
    CREATE INDEX alert_by_time ON alert (fired_at);
    PRAGMA user_version = 1`);
  older.close();
  state = openState(directory);
  expect(state.notice).toBeNull();
  expect([state.alerts.tracks(), state.alerts.open(), state.deliveries.heads()]).toEqual(remembered);
  state.close();
  const migrated = new DatabaseSync(path);
  expect(migrated.prepare('SELECT count(*) AS rows FROM downtime').get()).toEqual({ rows: 0 });
  migrated.close();
  state = openState(directory);
});

it('does not touch the file of a newer Plimsoll', () => {
  state.close();
  const path = join(directory, 'state.sqlite');
  const newer = new DatabaseSync(path);
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  const before = readFileSync(path);
  expect(codeOf(() => openState(directory))).toBe('newer_format');
  expect(readFileSync(path)).toEqual(before);
  rmSync(path);
  state = openState(directory);
});

it('says which directory it can not create', () => {
  writeFileSync(join(directory, 'file'), '');
  expect(codeOf(() => openState(join(directory, 'file', 'data')))).toBe('cannot_create');
  expect(existsSync(join(directory, 'file', 'data'))).toBe(false);
});
