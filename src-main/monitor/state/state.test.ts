import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import { freshState } from '../../rules/state.ts';
import { exampleContext } from '../../testing/example-context.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { carriedMessage } from '../../testing/carried-message.ts';
import type { HostRow } from './host-store.ts';
import { openState } from './state.ts';
import type { State } from './state.ts';
import { noChange } from '../judging/track.ts';
import type { Change, Track } from '../judging/track.ts';
import { contextPatienceMs } from '../evidence/witness.ts';

let directory: string;
let state: State;
const reopen = () => {
  state.close();
  state = openState(directory);
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-state-'));
  state = openState(directory);
});
afterEach(() => {
  state.close();
  rmSync(directory, { recursive: true });
});

const message = exampleMessage();
const track: Track = {
  ruleId: 'cpu-high',
  series: message.alert.series,
  state: { ...freshState(), phase: 'pending', violations: 1, heldMs: 0, since: 5 },
  alertId: null,
  lastAnnouncedAt: null,
};
const delivery = (id: string, destination: string): Delivery => ({
  id,
  destination,
  alertId: message.alert.id,
  transition: 'firing',
  state: 'queued',
  attempts: 0,
  createdAt: 1000,
  nextAt: 1000,
  finishedAt: null,
  receipt: null,
  error: null,
  messageId: null,
  together: 1,
});
const change: Change = {
  tracks: [track],
  forgottenTracks: [],
  alerts: [message.alert],
  transitions: [message.transition],
  deliveries: ['d1', 'd2', 'd3'].map((id) => ({
    delivery: delivery(id, id === 'd2' ? 'mail' : 'exports'),
    message: { ...message, id },
  })),
  contexts: [],
};

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (thrown) {
    return thrown instanceof PlimsollError ? thrown.code : String(thrown);
  }
}

describe('State', () => {
  it('gives back after a restart what was committed', () => {
    state.commit(change);
    reopen();
    expect(state.tracks()).toEqual([track]);
    expect(state.alert(message.alert.id)).toEqual(message.alert);
    expect(state.transitions(message.alert.id)).toEqual([message.transition]);
    expect(state.heads().map((head) => [head.delivery.id, carriedMessage(head).id])).toEqual([
      ['d1', 'd1'],
      ['d2', 'd2'],
    ]);
  });

  it('gives what becomes known of an alert to what waits for it, and lets that wait no longer once it is complete', () => {
    const { id: alertId } = message.alert;
    const context = exampleContext({ isComplete: false });
    const dueAt = 1000 + contextPatienceMs;
    const waiting = (id: string, destination: string, nextAt: number) => ({
      delivery: { ...delivery(id, destination), nextAt },
      message: { ...message, id, context },
    });
    const other = { delivery: delivery('other', 'sms'), message: { ...message, id: 'other' } };
    const held = waiting('held', 'mail', dueAt + 5);
    state.commit({
      ...change,
      deliveries: [waiting('first', 'exports', dueAt), held, other],
      contexts: [{ alertId, context }],
    });
    const seen = () => {
      const heads = state.heads();
      return heads.map((head) => [head.delivery.nextAt, carriedMessage(head).context]);
    };
    const more = exampleContext({ isComplete: false, programs: undefined });
    state.commit({ ...noChange, contexts: [{ alertId, context: more }] });
    expect(seen()).toEqual([
      [dueAt, more],
      [dueAt + 5, more],
      [1000, undefined],
    ]);
    reopen();
    const complete = exampleContext();
    state.commit({ ...noChange, contexts: [{ alertId, context: complete }] });
    expect(seen()).toEqual([
      [1000, complete],
      [dueAt + 5, complete],
      [1000, undefined],
    ]);
    const later = exampleContext({ at: complete.at + 1 });
    state.commit({ ...noChange, contexts: [{ alertId, context: later }] });
    expect(state.contexts(alertId)).toEqual([complete, later]);
    expect(seen()[0]).toEqual([1000, complete]);
  });

  it('commits all of a change or nothing of it', () => {
    const [first] = change.deliveries;
    const unwritable = { message: null, delivery: { ...first?.delivery, createdAt: NaN } as Delivery };
    const broken: Change = { ...change, deliveries: [...change.deliveries, unwritable] };
    expect(() => state.commit(broken)).toThrow();
    expect([state.tracks(), state.alerts({ limit: 10 }), state.deliveries({ limit: 10 })]).toEqual([
      [],
      [],
      [],
    ]);
    state.commit(change);
    state.commit({ ...noChange, forgottenTracks: [track] });
    expect(state.tracks()).toEqual([]);
  });

  it('keeps the order of deliveries to each destination, and the log of those that arrived', () => {
    state.commit(change);
    state.markRetry(['d1'], 9000, 1, 'disk full');
    expect(state.heads()[0]?.delivery).toMatchObject({
      id: 'd1',
      attempts: 1,
      nextAt: 9000,
      error: 'disk full',
    });
    state.markSent(['d1'], 9001, 2, 'written');
    state.markFailed(['d2'], 9002, 1, 'refused');
    expect(state.heads().map((head) => head.delivery.id)).toEqual(['d3']);
    expect(state.deliveriesOf(message.alert.id).map(({ id, state: at }) => `${id} ${at}`)).toEqual([
      'd1 sent',
      'd2 failed',
      'd3 queued',
    ]);
  });

  it('writes a reading that many messages carry once, and forgets it when nobody carries it any more', () => {
    const measurements = Array.from({ length: 1000 }, (_, index) => ({
      ...{ metric: 'cpu_percent', labels: { core: String(index) }, value: index },
    }));
    const deliveries = change.deliveries.map((each) => ({
      ...each,
      message: each.message && { ...each.message, measurements },
    }));
    state.commit({ ...change, deliveries });
    state.hurry('exports', 77);
    expect(state.heads()[0]?.delivery.nextAt).toBe(77);
    const carried = () => state.waiting('exports', null, 10).map((each) => each.message.measurements);
    expect(carried()).toEqual([measurements, measurements]);
    state.forgetDeliveries(0, 10);
    expect(carried()).toHaveLength(2);
    state.markSent(['d1'], 9000, 1, 'written');
    state.markFailed(['d2'], 9000, 1, 'refused');
    state.forgetDeliveries(0, 10);
    expect(carried()).toEqual([measurements]);
    state.markSent(['d3'], 9000, 1, 'written');
    state.retryFailed({ id: 'd2' }, 9001);
    expect(carriedMessage(state.heads()[0]).measurements).toEqual(measurements);
    state.markSent(['d2'], 9002, 1, 'written');
    state.forgetDeliveries(0, 10);
    state.close();
    const file = new DatabaseSync(join(directory, 'state.sqlite'));
    expect(file.prepare('SELECT count(*) AS rows FROM measurements').get()).toEqual({ rows: 0 });
    file.close();
    state = openState(directory);
  });

  it('tries again by hand what was given up, with all that went in the same message', () => {
    state.commit(change);
    state.putTogether(['d1', 'd3'], 'm1');
    expect(
      state.waiting('exports', 'm1', 10).map(({ delivery: { id, together } }) => [id, together]),
    ).toEqual([
      ['d1', 2],
      ['d3', 2],
    ]);
    state.markFailed(['d1', 'd3'], 9000, 3, 'refused');
    expect(state.tally('exports')).toMatchObject({ waiting: 0, failed: 2, lastFailed: { error: 'refused' } });
    expect(codeOf(() => state.retryFailed({ id: 'd2' }, 9001))).toBe('conflict');
    expect(codeOf(() => state.retryFailed({ id: 'd9' }, 9001))).toBe('not_found');
    expect(state.retryFailed({ id: 'd3' }, 9001).map(({ id }) => id)).toEqual(['d1', 'd3']);
    expect(
      state.heads().map(({ delivery }) => [delivery.id, delivery.messageId, delivery.nextAt]),
    ).toContainEqual([...['d1', 'm1', 9001]]);
    state.markFailed(['d1', 'd3'], 9002, 1, 'refused');
    state.markFailed(['d2'], 9002, 1, 'refused');
    expect(state.retryFailed({ destination: 'exports' }, 9003)).toHaveLength(2);
    expect(state.deliveries({ state: 'failed', limit: 10 }).map(({ id }) => id)).toEqual(['d2']);
  });

  it('forgets deliveries that are done with, and no other', () => {
    state.commit(change);
    state.markSent(['d1'], 9000, 1, 'written');
    // Who was told of what fires still is told when it is over, however long that takes.
    expect(state.forgetDeliveries(1001, 10)).toBe(0);
    const over = { ...message.alert, state: 'resolved' as const };
    state.commit({ ...noChange, alerts: [over] });
    expect(state.forgetDeliveries(1000, 10)).toBe(0);
    expect(state.forgetDeliveries(1001, 10)).toBe(1);
    expect(state.deliveriesOf(message.alert.id).map(({ id }) => id)).toEqual(['d2', 'd3']);
    expect(state.alert(message.alert.id)).toEqual(over);
  });

  it('keeps why the newest alerts fired, and why those did that fire still', () => {
    const ids = ['firing', 'a', 'b', 'c', 'd'];
    const alerts = ids.map(
      (id) => ({ ...message.alert, id, state: id === 'firing' ? 'firing' : 'resolved' }) as const,
    );
    const contexts = ids.map((alertId) => ({ alertId, context: exampleContext() }));
    state.commit({ ...noChange, alerts, contexts });
    expect(state.forgetContexts(2, 1)).toBe(1);
    expect(state.forgetContexts(2, 10)).toBe(1);
    expect(state.forgetContexts(2, 10)).toBe(0);
    expect(ids.filter((id) => state.contexts(id).length > 0)).toEqual(['firing', 'c', 'd']);
    expect(state.alert('a')?.state).toBe('resolved');
  });

  it('pages alerts, newest first', () => {
    const alerts = [1, 2, 3].map((n) => ({
      ...message.alert,
      id: `a${n}`,
      firedAt: n * 1000,
      state: n === 3 ? ('firing' as const) : ('resolved' as const),
    }));
    state.commit({ ...change, alerts, deliveries: [] });
    const ids = (filter: Parameters<State['alerts']>[0]) => state.alerts(filter).map(({ id }) => id);
    expect([
      ids({ limit: 2 }),
      ids({ limit: 2, before: 2000 }),
      ids({ limit: 9, state: 'firing' }),
      ids({ limit: 9, ruleId: 'other' }),
    ]).toEqual([['a3', 'a2'], ['a1'], ['a3'], []]);
    expect(state.openAlerts().map(({ id }) => id)).toEqual(['a3']);
  });

  it('remembers a pause, and the recoveries that are owed after it', () => {
    expect(state.pausedUntil).toBeNull();
    state.pausedUntil = 90_000;
    const owed = { ...message.alert, state: 'resolved' as const, recoveryOwed: true };
    state.commit({ ...change, alerts: [owed], deliveries: [] });
    reopen();
    expect([state.pausedUntil, state.openAlerts()]).toEqual([90_000, [owed]]);
    state.pausedUntil = null;
    expect(state.pausedUntil).toBeNull();
  });

  it('loses no alert between two pages when many fired at the same time', () => {
    const alerts = [1, 2, 3, 4, 5].map((n) => ({ ...message.alert, id: `a${n}`, firedAt: 1000 }));
    state.commit({ ...noChange, alerts });
    const seen: string[] = [];
    for (let page = state.alerts({ limit: 2 }); page.length > 0;) {
      seen.push(...page.map(({ id }) => id));
      const { firedAt, id } = page.at(-1) ?? expect.unreachable();
      page = state.alerts({ limit: 2, before: firedAt, beforeId: id });
    }
    expect(seen).toEqual(['a5', 'a4', 'a3', 'a2', 'a1']);
  });

  it('forgets sessions that have expired, and keeps tokens as hashes', () => {
    state.putSession('hash-of-session', 5000, 0);
    expect([state.hasSession('hash-of-session', 4999), state.hasSession('hash-of-session', 5000)]).toEqual([
      true,
      false,
    ]);
    const token = {
      ...{ id: 't1', name: 'laptop', scope: 'read' as const, createdAt: 1, lastUsedAt: null },
      ...{ host: null, expiresAt: null, useBy: null },
    };
    state.putToken(token, 'hash-of-token');
    state.touchToken('t1', 77);
    expect(state.findToken('hash-of-token')).toEqual({ ...token, lastUsedAt: 77 });
    const next = { ...token, id: 't2' };
    expect(state.rotateToken('nobody', 99, next, 'hash-of-next')).toBe(false);
    expect(state.findToken('hash-of-next')).toBeUndefined();
    expect(state.rotateToken('t1', 99, next, 'hash-of-next')).toBe(true);
    expect(state.rotateToken('t1', 200, { ...next, id: 't3' }, 'hash-of-third')).toBe(true);
    expect(state.tokens().map(({ id, expiresAt }) => [id, expiresAt])).toEqual([
      ['t1', 99],
      ['t2', null],
      ['t3', null],
    ]);
    expect([state.removeToken('t1'), state.removeToken('t1')]).toEqual([true, false]);
  });

  it('remembers hosts, and forgets one that is removed', () => {
    const row: HostRow = {
      ...{ host: 'web-1', registeredAt: 1, lastSeenAt: 2, intervalSeconds: null, maySleep: false },
      ...{
        address: '192.0.2.7',
        agent: null,
        tags: { role: 'web' },
        sources: [{ name: 'cpu', kind: 'cpu' }],
      },
      ...{ clockSkewMs: -3, accepted: 4, implausible: 0, rejected: 1, isOffline: true, units: {} },
    };
    state.putHosts([row, { ...row, host: 'web-2' }]);
    state.putHosts([{ ...row, lastSeenAt: 9 }]);
    state.removeHost('web-2');
    state.close();
    state = openState(directory);
    expect(state.hosts()).toEqual([{ ...row, lastSeenAt: 9 }]);
  });

  it('does not tell other hubs what was decided of a host before it was decided anew', () => {
    for (const later of [
      () => state.putHostTags('web-1', ['second']),
      () => state.removeHost('web-1'),
      () => state.decide({ host: 'web-1', removedAt: 5 }),
    ]) {
      state.decide({ host: 'web-1', tags: ['first'] });
      later();
      expect(state.untold().filter((decided) => 'tags' in decided)).toEqual([]);
    }
  });
});

describe('openState', () => {
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
    expect(state.tracks()).toEqual([]);
  });

  it('sets a database of something else aside, and one that lost a table', () => {
    for (const change of ['PRAGMA user_version = 0', 'DROP TABLE token']) {
      state.close();
      const foreign = new DatabaseSync(join(directory, 'state.sqlite'));
      foreign.exec(change);
      foreign.close();
      state = openState(directory);
      expect(state.notice).toContain('it is no state of Plimsoll');
      expect(state.tokens()).toEqual([]);
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
    expect([state.tracks(), state.openAlerts(), state.heads()]).toEqual([[], [], []]);
  });

  it('takes over what the first format remembered', () => {
    state.commit(change);
    const remembered = [state.tracks(), state.openAlerts(), state.heads()];
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
    expect([state.tracks(), state.openAlerts(), state.heads()]).toEqual(remembered);
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
});
