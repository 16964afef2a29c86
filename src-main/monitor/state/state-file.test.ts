import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { exampleChange } from '../../testing/example-change.ts';
import { noChange } from '../judging/track.ts';
import type { TokenView } from '../../contract/token.ts';
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

it.each(['track', 'alert', 'delivery'])('sets a file aside in which a %s cannot be read', (table) => {
  state.commit(change);
  state.close();
  const database = new DatabaseSync(join(directory, 'state.sqlite'));
  database.exec(`UPDATE ${table} SET body = replace(body, '"', '#')`);
  database.close();
  state = openState(directory);
  expect(state.notice).toContain('cannot be read');
  expect(state.alerts.tracks()).toEqual([]);
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

it('says which directory it cannot create', () => {
  writeFileSync(join(directory, 'file'), '');
  expect(codeOf(() => openState(join(directory, 'file', 'data')))).toBe('cannot_create');
  expect(existsSync(join(directory, 'file', 'data'))).toBe(false);
});

const path = () => join(directory, 'state.sqlite');
const copyPath = () => join(directory, 'state.last-good.sqlite');
const token: TokenView = {
  ...{ id: 't1', name: 'agent', createdAt: 1, lastUsedAt: null },
  ...{ host: 'nas', expiresAt: null, useBy: null },
  scope: 'ingest',
};
const alert = change.alerts[0] ?? expect.unreachable();
const firing = {
  ...(change.tracks[0] ?? expect.unreachable()),
  alertId: alert.id,
  lastAnnouncedAt: 7,
};
/** What nobody could have again, and what of it is there. */
function remember(): void {
  state.commit({ ...change, tracks: [firing], alerts: [{ ...alert, acknowledgedAt: 9, note: 'mine' }] });
  state.access.putToken(token, 'hash');
  state.hosts.putHostTags('nas', ['cellar']);
}
const remembered = () => [
  state.alerts.tracks(),
  state.alerts.open(),
  state.alerts.transitions(alert.id),
  state.deliveries.heads().map(({ delivery }) => delivery.id),
  state.access.findToken('hash')?.id,
  state.hosts.hostTags(),
];

describe('a file that is removed while it is open', () => {
  const leftovers = () =>
    readdirSync(directory).filter((name) => !/^state\.(last-good\.)?sqlite(-wal|-shm)?$/.test(name));
  /** As after a power cut: what is in the folder is all that is left. */
  function asKilled(): State {
    const other = mkdtempSync(join(tmpdir(), 'plimsoll-state-'));
    cpSync(directory, other, { recursive: true });
    rmSync(join(other, 'state.last-good.sqlite'), { force: true });
    const found = openState(other);
    onTestFinished(() => {
      found.close();
      rmSync(other, { recursive: true });
    });
    return found;
  }

  it.each([
    ['all of it', ['', '-wal', '-shm']],
    ['the file', ['']],
    ['its log', ['-wal']],
  ])('is written again before anything is acknowledged: %s', (_what, suffixes) => {
    remember();
    const before = remembered();
    for (const suffix of suffixes) rmSync(path() + suffix, { force: true });
    state.access.putToken({ ...token, id: 't2' }, 'other');
    const found = asKilled();
    expect([found.access.findToken('other')?.id, found.access.findToken('hash')?.id]).toEqual(['t2', 't1']);
    expect([state.look(0), statSync(path()).mode & 0o777]).toEqual([
      expect.stringContaining(`${path()} or its log was removed while Plimsoll ran`),
      0o600,
    ]);
    expect([remembered(), leftovers()]).toEqual([before, []]);
    expect(codeOf(() => openState(directory))).toBe('already_running');
  });

  it('is written again with its folder, also where nothing is written', () => {
    remember();
    const before = remembered();
    rmSync(directory, { recursive: true });
    expect(state.look(0)).toContain(`The data directory ${directory} was removed`);
    expect([remembered(), asKilled().access.findToken('hash')?.id]).toEqual([before, 't1']);
  });

  it('sets a file aside that took its place, but not one that is in use', () => {
    remember();
    rmSync(path());
    rmSync(`${path()}-wal`);
    const other = openState(directory);
    expect(codeOf(() => state.access.removeToken('t1'))).toBe('already_running');
    expect(state.look(0)).toContain('cannot be written again');
    other.access.putToken({ ...token, id: 'foreign' }, 'foreign');
    other.close();
    expect(state.look(0)).toMatch(/was replaced while Plimsoll ran.* kept as .*replaced-/);
    expect(state.access.tokens().map(({ id }) => id)).toEqual(['t1']);
  });

  it.each([
    ['its folder was removed', () => rmSync(directory, { recursive: true })],
    ['it was removed', () => rmSync(path())],
  ])('is written again at the end where %s a moment before', (_what, remove) => {
    remember();
    const before = remembered();
    remove();
    state.close();
    rmSync(copyPath(), { force: true });
    state = openState(directory);
    expect([state.notice, remembered()]).toEqual([null, before]);
  });

  it('sets a link aside that leads nowhere, and makes nothing where it leads', () => {
    remember();
    const elsewhere = `${directory}-elsewhere`;
    rmSync(path());
    symlinkSync(elsewhere, path());
    expect(state.access.removeToken('t1')).toBe(true);
    expect(state.look(0)).toMatch(/was replaced while Plimsoll ran.* kept as .*replaced-/);
    expect(existsSync(elsewhere)).toBe(false);
  });

  it('refuses to acknowledge what it cannot keep', () => {
    remember();
    rmSync(directory, { recursive: true });
    writeFileSync(directory, 'in the way');
    expect(codeOf(() => state.access.removeToken('t1'))).toMatch(/cannot_create|no_permission/);
    expect(state.look(0)).toContain('nothing new is remembered');
    rmSync(directory);
    expect([state.access.removeToken('t1'), state.access.tokens()]).toEqual([true, []]);
  });
});

describe('the copy', () => {
  it.each<[string, (file: string) => void]>([
    ['truncated', (file) => truncateSync(file, 5000)],
    ['overwritten with zeros', (file) => writeFileSync(file, Buffer.alloc(statSync(file).size))],
    ['overwritten with text', (file) => writeFileSync(file, 'not a database '.repeat(1000))],
    ['empty', (file) => truncateSync(file, 0)],
    ['gone', (file) => rmSync(file)],
  ])('is what a state goes on from that is %s', (_what, damage) => {
    remember();
    const before = remembered();
    state.close();
    expect(statSync(copyPath()).mode & 0o777).toBe(0o600);
    const at = statSync(copyPath()).mtime.toISOString();
    damage(path());
    state = openState(directory);
    expect(state.notice).toContain(`It goes on from the copy of ${at}`);
    expect(remembered()).toEqual(before);
    state.close();
    state = openState(directory);
    expect([state.notice, remembered()]).toEqual([null, before]);
  });

  it('is replaced with the next look after somebody decided something, else every five minutes, and only then', () => {
    remember();
    const copied = () => {
      const copy = new DatabaseSync(copyPath(), { readOnly: true });
      const tokens = copy.prepare('SELECT body FROM token ORDER BY id').all();
      copy.close();
      return tokens.map(({ body }) => (JSON.parse(String(body)) as TokenView).lastUsedAt);
    };
    state.look(0);
    state.access.putToken({ ...token, id: 't2' }, 'other');
    state.look(10_000);
    expect(copied()).toEqual([null, null]);
    state.access.touchToken('t1', 7);
    state.look(299_999);
    expect(copied()).toEqual([null, null]);
    state.look(300_000);
    expect(copied()).toEqual([7, null]);
    const { mtimeMs, ino } = statSync(copyPath());
    state.commit({ ...noChange, tracks: change.tracks });
    state.look(900_000);
    expect(statSync(copyPath())).toMatchObject({ mtimeMs, ino });
  });

  it('is made again when it is removed, and soon after a pause', () => {
    remember();
    state.look(0);
    rmSync(copyPath());
    state.look(10_000);
    expect(existsSync(copyPath())).toBe(true);
    state.pausedUntil = 77;
    state.look(20_000);
    const copy = new DatabaseSync(copyPath(), { readOnly: true });
    expect(copy.prepare('SELECT value FROM fact').all()).toMatchObject([{ value: '77' }]);
    copy.close();
  });

  it('that is damaged too lets the state begin anew', () => {
    remember();
    state.close();
    for (const file of [path(), copyPath()]) writeFileSync(file, 'not a database '.repeat(1000));
    state = openState(directory);
    expect(state.notice).toContain('Alerts and tokens begin anew.');
    expect(state.access.tokens()).toEqual([]);
  });
});
