import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { inColumns } from '../../contract/columns.ts';
import { PlimsollError } from '../../contract/error.ts';
import { seriesPerHost } from '../../contract/ingest.ts';
import type { Reading } from '../../contract/sample.ts';
import { statementsAfter } from '../../history/schema.ts';
import { SqliteHistory } from '../../history/sqlite.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import type { HostRow } from '../state/host-store.ts';
import { Hosts } from './hosts.ts';
import { Ingest } from './ingest.ts';
import type { Post, PostedSample } from './ingest.ts';

const minute = 60_000;

let clock: HandClock;
let history: SqliteHistory;
let rows: Map<string, HostRow>;
let hosts: Hosts;
let judged: Reading[];
let commits: number;
/** What history answers instead of storing. */
let failure: PlimsollError | undefined;
/** Held back until the test lets it go. */
let gate: Promise<void>;
let ingest: Ingest;

const store = {
  hosts: () => [...rows.values()],
  putHosts: (all: readonly HostRow[]) => all.forEach((row) => rows.set(row.host, structuredClone(row))),
  removeHost: (host: string) => void rows.delete(host),
  hostTags: () => new Map(),
  putHostTags: () => undefined,
};
const restarted = () => new Hosts({ clock, store, onChange: () => undefined, onProblem: () => undefined });

beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-ingest-'));
  const path = join(directory, 'history.sqlite');
  const db = new DatabaseSync(path);
  for (const statement of statementsAfter(0)) db.exec(statement);
  history = new SqliteHistory(db, path);
  onTestFinished(() => {
    history.close();
    rmSync(directory, { recursive: true, force: true });
  });
  clock = new HandClock();
  rows = new Map();
  hosts = restarted();
  judged = [];
  commits = 0;
  failure = undefined;
  gate = Promise.resolve();
  ingest = new Ingest({
    clock,
    hosts,
    isOn: () => true,
    commit: async (readings) => {
      await gate;
      if (failure !== undefined) throw failure;
      commits++;
      return history.take(readings.map(inColumns));
    },
    judge: (reading) => judged.push(reading),
  });
});

const sample = (over: Partial<PostedSample> = {}): PostedSample => ({
  source: 'cpu',
  metric: 'cpu_percent',
  labels: {},
  value: 12.5,
  at: clock.now(),
  ...over,
});
const post = (samples: PostedSample[], over: Partial<Post> = {}): Post => ({
  host: 'web-1',
  address: '192.0.2.7',
  sender: { intervalSeconds: 10 },
  sentAt: clock.now(),
  backlog: false,
  samples,
  ...over,
});
const stored = (metric: string, labels = {}) =>
  history.range({ host: 'web-1', source: 'cpu', metric, labels, from: 0, to: 1e14, points: 5000 }).avg;
const judgedValues = () => judged.flatMap(({ samples }) => samples.map(({ value }) => value));

describe('Ingest', () => {
  it('stores what is good, says of each sample what is wrong with it, and keeps the books', async () => {
    const ahead = clock.now() + 10 * minute;
    const receipt = await ingest.take(
      post(
        [
          sample(),
          sample({ metric: 'a', value: NaN }),
          sample({ metric: 'b', at: ahead }),
          sample({ metric: 'c', at: ahead + 1 }),
          sample({ metric: 'd', at: Math.floor(clock.now() / 1000) }),
          sample({ source: 'plimsoll', metric: 'host_up', value: 1 }),
          sample({ metric: 'e', value: -0 }),
        ],
        { unreadable: 2 },
      ),
    );
    expect(receipt.items.map(({ index, code, field }) => [index, code, field])).toEqual([
      [1, 'invalid', 'value'],
      [3, 'future', 'at'],
      [4, 'past', 'at'],
      [5, 'invalid', 'metric'],
    ]);
    expect(receipt).toMatchObject({ accepted: 3, duplicate: 0, receivedAt: clock.now() });
    expect([stored('cpu_percent'), stored('b'), stored('e').map((value) => Object.is(value, 0))]).toEqual([
      [12.5],
      [12.5],
      [true],
    ]);
    expect(hosts.list()).toMatchObject([
      { host: 'web-1', accepted: 3, rejected: 6, implausible: 0, series: 3 },
    ]);
  });

  it('counts what was sent before as duplicate, judges it once, and says where another value stands (B-19)', async () => {
    const again = post([sample(), sample({ metric: 'load_1', value: 1 })]);
    expect(await ingest.take(again)).toMatchObject({ accepted: 2, duplicate: 0, items: [] });
    for (let time = 0; time < 10; time++)
      expect(await ingest.take(again)).toMatchObject({ accepted: 0, duplicate: 2, items: [] });
    expect(judgedValues()).toEqual([12.5, 1]);
    const other = await ingest.take({ ...again, samples: [sample({ value: 13 }), sample({ metric: 'x' })] });
    expect(other).toMatchObject({ accepted: 1, duplicate: 0, items: [{ index: 0, code: 'conflict' }] });
    expect(stored('cpu_percent')).toEqual([12.5]);
  });

  it('stores what is late, out of order or from a backlog, and judges only what is now (B-20)', async () => {
    const now = clock.now();
    const value = (minutes: number, of = minutes) => sample({ value: of, at: now - minutes * minute });
    // Spread over one post, the newest first: judged in the order of time, with the age that each had.
    await ingest.take(post([value(0), value(1)]));
    expect(judged.map(({ at, durationMs }) => [at, durationMs])).toEqual([
      [now - minute, minute],
      [now, 0],
    ]);
    judged = [];
    await ingest.take(post([value(0.5), value(5), value(7 * 24 * 60, 70)]));
    await clock.turn(1000);
    await ingest.take(post([sample({ value: 50 })], { backlog: true }));
    expect(judgedValues()).toEqual([]);
    expect(stored('cpu_percent')).toEqual([70, 5, 1, 0.5, 0, 50]);
    // What is newer than all of it is judged again. A clock that is wrong does not make it late.
    await clock.turn(1000);
    const skewed = clock.now() - 8 * minute;
    await ingest.take(post([sample({ metric: 'other', value: 3, at: skewed - 1000 })], { sentAt: skewed }));
    await ingest.take(post([sample({ value: 4 })]));
    expect(judged.map(({ durationMs, samples }) => [durationMs, samples[0]?.value])).toEqual([
      [1000, 3],
      [0, 4],
    ]);
  });

  it('keeps what no machine can have apart from its series, and judges it by no rule (B-23)', async () => {
    const { accepted, items } = await ingest.take(
      post([
        ...[101, -1, 1e308].map((value, at) => sample({ value, at: clock.now() - at })),
        sample({ metric: 'memory_used', value: 9 }),
        sample({ metric: 'memory_total', value: 8 }),
        sample({ metric: 'requests', value: -1, unit: 'count' }),
        sample({ metric: 'balance', value: -1 }),
      ]),
    );
    expect([accepted, items.map(({ index, code }) => [index, code])]).toEqual([
      7,
      [0, 1, 2, 3, 5].map((index) => [index, 'implausible']),
    ]);
    expect(judgedValues()).toEqual([8, -1]);
    expect([stored('cpu_percent'), stored('memory_used'), stored('balance')]).toEqual([[], [], [-1]]);
    expect(stored('cpu_percent', { plausible: 'no' })).toEqual([1e308, -1, 101]);
    expect(hosts.list()).toMatchObject([{ accepted: 7, implausible: 5, rejected: 0 }]);
  });

  it('has room for so many series of a host, and says so of each one more (B-22)', async () => {
    const many = Array.from({ length: seriesPerHost + 2 }, (_, index) =>
      sample({ labels: { index: `${index}` } }),
    );
    const { accepted, items } = await ingest.take(post(many));
    expect(accepted).toBe(seriesPerHost);
    expect(items.map(({ index, code }) => [index, code])).toEqual([
      [seriesPerHost, 'cardinality'],
      [seriesPerHost + 1, 'cardinality'],
    ]);
    // Those that are known go on, and other hosts have room of their own.
    await clock.turn(1000);
    expect(await ingest.take(post([sample({ labels: { index: '7' } }), sample()]))).toMatchObject({
      accepted: 1,
    });
    expect(await ingest.take(post([sample()], { host: 'web-2' }))).toMatchObject({ accepted: 1 });
  });

  it('answers after the commit, commits together what waits, and never more than may wait', async () => {
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => (open = resolve));
    const answers: string[] = [];
    const sent = Array.from({ length: 30 }, (_, index) =>
      ingest.take(post([sample({ at: clock.now() - index })])).then(() => answers.push('stored')),
    );
    const large = Array.from({ length: 1000 }, (_, index) => sample({ labels: { index: `${index}` } }));
    const rest = Array.from({ length: 60 }, () =>
      ingest.take(post(large)).catch((thrown: unknown) => thrown),
    );
    await clock.turn(0);
    expect(answers).toEqual([]);
    open();
    await Promise.all(sent);
    const refused = (await Promise.all(rest)).filter((answer) => answer instanceof PlimsollError);
    expect(refused.length).toBeGreaterThan(9);
    expect(refused[0]).toMatchObject({ code: 'too_many_requests', retry: true });
    expect(refused[0]?.retryAfterMs).toBeGreaterThanOrEqual(1000);
    expect(commits).toBeLessThan(10);
    expect(stored('cpu_percent')).toHaveLength(30);
    expect(await ingest.take(post(large))).toMatchObject({ accepted: 0, duplicate: 1000 });
  });

  it.each(['disk_full', 'stage_down', 'deadline'] as const)(
    'says nothing is stored while it is not: %s',
    async (code) => {
      failure = new PlimsollError(code, 'no room');
      await expect(ingest.take(post([sample()]))).rejects.toMatchObject({ code, retry: true });
      expect([hosts.list(), judged, rows.size]).toEqual([[], [], 0]);
      failure = undefined;
      expect(await ingest.take(post([sample()]))).toMatchObject({ accepted: 1 });
    },
  );
});

describe('Hosts', () => {
  it('are registered by their first valid post, and remembered with all that they said', async () => {
    await ingest.take(post([sample({ value: NaN })]));
    expect(hosts.list()).toEqual([]);
    const sources = [{ name: 'nginx', kind: 'http', intervalSeconds: 30 }];
    const sender = { intervalSeconds: 20, agent: { version: '1.2' }, tags: { role: 'web' }, sources };
    const samples = [
      sample({ source: 'nginx', metric: 'response_time_ms' }),
      sample({ source: 'nginx', metric: 'pressure', unit: 'hPa' }),
    ];
    await ingest.take(post(samples, { sender, sentAt: clock.now() - 1500 }));
    const known = { host: 'web-1', state: 'online', clockSkewMs: -1500, address: '192.0.2.7', ...sender };
    expect(hosts.list()).toMatchObject([known]);
    hosts.save();
    hosts = restarted();
    expect(hosts.list()).toMatchObject([{ ...known, series: 0 }]);
    expect(hosts.intervalMs('web-1', 'nginx')).toBe(30_000);
    expect(hosts.unitOf({ host: 'web-1', source: 'nginx', metric: 'response_time_ms' })).toBe('milliseconds');
    hosts.restore(history.latest(0));
    expect(hosts.detail('web-1').latest.map(({ metric, value, unit }) => [metric, value, unit])).toEqual([
      ['response_time_ms', 12.5, 'milliseconds'],
      ['pressure', 12.5, 'hPa'],
    ]);
    hosts.remove('web-1');
    expect([hosts.list(), rows.size, history.latest(0).length]).toEqual([[], 0, 2]);
    expect(() => hosts.remove('web-1')).toThrow(expect.objectContaining({ code: 'not_found' }) as Error);
  });

  it('are online for 3 intervals, stale for 10, then offline; a restart makes nobody online', async () => {
    await ingest.take(post([sample()]));
    const states: [number, string | undefined][] = [];
    const up: number[] = [];
    for (let second = 0; second <= 130; second += 5) {
      const state = hosts.list()[0]?.state;
      if (state !== states.at(-1)?.[1]) states.push([second, state]);
      for (const { host, source, samples } of hosts.passTime()) {
        expect([host, source, samples[0]?.metric]).toEqual(['web-1', 'plimsoll', 'host_up']);
        up.push(samples[0]?.value ?? NaN);
      }
      await clock.turn(5000);
    }
    expect(states).toEqual([
      [0, 'online'],
      [30, 'stale'],
      [100, 'offline'],
    ]);
    // At each change, and once a minute.
    expect(up).toEqual([1, 1, 1, 0]);
    expect(restarted().list()[0]?.state).toBe('offline');
    await ingest.take(post([sample()]));
    hosts.passTime();
    await clock.turn(20_000);
    hosts = restarted();
    await clock.turn(29_000);
    expect(hosts.list()[0]?.state).toBe('online');
  });

  it('that may sleep are neither up nor down while they are silent', async () => {
    await ingest.take(post([sample()], { sender: { intervalSeconds: 10, maySleep: true } }));
    expect(hosts.passTime()).toHaveLength(1);
    await clock.turn(200_000);
    expect([hosts.list()[0]?.state, hosts.passTime()]).toEqual(['offline', []]);
  });
});
