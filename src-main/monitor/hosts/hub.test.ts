import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../base/log.ts';
import type { FromCollectors, ToCollectors } from '../../collectors/messages.ts';
import type { LiveEvent } from '../../contract/event.ts';
import type { FromHistory, ToHistory } from '../../history/messages.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { MemorySecretStore } from '../../testing/memory-secret-store.ts';
import { MemorySettingsStore } from '../../testing/memory-settings-store.ts';
import { ScriptedChildren } from '../../testing/scripted-child.ts';
import { openMonitor } from '../monitor.ts';
import type { Monitor } from '../monitor-api.ts';
import type { FleetQuery } from '../../contract/fleet.ts';

const rule = { comparison: 'greater_than', threshold: 80, consecutiveViolations: 2 };
const settings = {
  version: 1,
  sources: [{ name: 'cpu', kind: 'cpu' }],
  rules: [
    { ...rule, id: 'cpu-high', name: 'CPU above 80 %', source: 'cpu', metric: 'cpu_percent' },
    { ...rule, id: 'queue', name: 'Queue is long', source: 'queue', metric: 'length', hosts: ['web-*'] },
    {
      ...{
        id: 'silent',
        name: 'Nothing heard of the queue',
        source: 'queue',
        metric: 'length',
        hosts: ['web-*'],
      },
      ...{ comparison: 'greater_than', threshold: 1e9, noData: { policy: 'alert', afterSeconds: 120 } },
    },
    {
      ...{ id: 'gone', name: 'Host offline', source: 'plimsoll', metric: 'host_up', severity: 'critical' },
      ...{ comparison: 'less_than', threshold: 1 },
    },
    {
      ...{ id: 'slow', name: 'Queries are slow', source: 'queries', metric: 'ms' },
      ...{ comparison: 'greater_than', threshold: 100, hostTags: ['production', 'role:db', '!spare'] },
    },
    {
      ...{ ...rule, id: 'load', name: 'Load is high', source: 'load', metric: 'load' },
      ...{ hosts: ['*'], judgedBy: 'agent', consecutiveViolations: 1, parents: ['gone'] },
    },
  ],
  destinations: [],
  hub: {},
};

/** The rules when nobody asks whether hosts are there. */
const withoutGone = settings.rules
  .filter(({ id }) => id !== 'gone')
  .map((one) => ({ ...one, parents: undefined }));

let directory: string;
let clock: HandClock;
let children: ScriptedChildren<ToCollectors | ToHistory, FromCollectors | FromHistory>;
let events: LiveEvent[];
let store: MemorySettingsStore;
let monitor: Monitor;

async function start(): Promise<void> {
  monitor = await openMonitor({
    ...{ version: '0.0.0-test', host: 'box', directory, settingsStore: store },
    ...{ scriptFolder: join(directory, 'metrics'), settingsMustHold: true, env: {} },
    ...{ secretStore: new MemorySecretStore(), spawn: children.spawn, clock, log: silentLog },
    uptime: () => clock.monotonic(),
  });
  monitor.subscribe((event) => events.push(event));
  children.newest('history').say({ type: 'ready', notice: null });
  children.newest('collectors').say({ type: 'ready' });
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-hub-'));
  clock = new HandClock();
  children = new ScriptedChildren();
  children.onStart = (child) => {
    child.onSent = (message) => {
      if (message.type === 'stop') child.end({ kind: 'exit', code: 0 });
      if (message.type === 'ask' && message.question === 'take')
        child.say({ type: 'answer', id: message.id, answer: [] });
    };
  };
  store = new MemorySettingsStore(directory);
  store.put(settings);
  events = [];
  await start();
});
afterEach(async () => {
  await monitor.stop();
  rmSync(directory, { recursive: true });
});

/** Lets so many times ten seconds pass, in which the children show that they are there. */
async function pass(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    for (const entry of ['history', 'collectors'] as const)
      children.newest(entry).say({ type: 'cost', cpuMs: 1 });
    await clock.turn(10_000);
  }
}

/** What the host sends, every ten seconds. */
async function send(
  values: Record<string, number>,
  times = 1,
  host = 'web-1',
  tags?: Record<string, string>,
  judges?: string[],
): Promise<void> {
  for (let time = 0; time < times; time++) {
    const samples = Object.entries(values).map(([name, value]) => {
      const [source = '', metric = ''] = name.split('/');
      return { source, metric, labels: {}, value, at: clock.now() };
    });
    const sender = { intervalSeconds: 10, ...(tags && { tags }), ...(judges && { judges }) };
    const receipt = monitor.receive({ host, address: null, sender, sentAt: null, backlog: false, samples });
    await pass(1);
    expect(await receipt).toMatchObject({ accepted: samples.length });
  }
}

const firing = () =>
  monitor
    .status()
    .alerts.map(({ ruleId, series }) => `${ruleId} ${series.host}`)
    .sort();

describe('a hub', () => {
  it('judges what hosts send by rules that name no host, or theirs, with the units of their kinds', async () => {
    await send({ 'cpu/cpu_percent': 95, 'queue/length': 100 }, 3);
    await send({ 'cpu/cpu_percent': 95, 'queue/length': 100 }, 3, 'db-1');
    expect(firing()).toEqual(['cpu-high db-1', 'cpu-high web-1', 'queue web-1']);
    const [alert] = monitor.alerts
      .list({ limit: 10, host: 'web-1' })
      .filter(({ ruleId }) => ruleId === 'cpu-high');
    expect(monitor.alerts.one(alert?.id ?? '').contexts[0]?.rule).toContain('80 %');
    // Nothing of it is taken for what this machine samples.
    expect([monitor.status().latest, monitor.status().sources[0]?.lastSuccessAt]).toEqual([[], null]);
    await send({ 'cpu/cpu_percent': 5, 'queue/length': 1 }, 2);
    expect(firing()).toEqual(['cpu-high db-1']);
    expect(events.filter(({ type }) => type === 'hosts')).not.toEqual([]);
  });

  it('tells of a host that is gone, and holds its other alerts back as what follows from it', async () => {
    await send({ 'queue/length': 1 }, 3);
    await pass(18);
    expect(firing()).toEqual(['gone web-1', 'silent web-1']);
    const told = monitor.alerts
      .list({ limit: 10 })
      .map(({ id, ruleId }) => [ruleId, monitor.alerts.one(id).transitions[0]?.announcement]);
    expect(Object.fromEntries(told)).toMatchObject({
      gone: { decision: 'announce' },
      silent: { decision: 'hold', reason: 'parent' },
    });
    const gone =
      monitor.alerts.list({ limit: 10 }).find(({ ruleId }) => ruleId === 'gone') ?? expect.unreachable();
    expect(gone.series).toEqual({ host: 'web-1', source: 'plimsoll', metric: 'host_up', labels: {} });
    await send({ 'queue/length': 1 }, 2);
    expect(firing()).toEqual([]);
  });

  it('goes on after a restart, and ends the alerts of a host that is removed', async () => {
    await send({ 'cpu/cpu_percent': 95 }, 3);
    await monitor.stop();
    await start();
    expect(firing()).toEqual(['cpu-high web-1']);
    expect(monitor.hosts.list()).toMatchObject([{ host: 'web-1', state: 'online' }]);
    await send({ 'cpu/cpu_percent': 95 }, 3);
    expect(monitor.alerts.list({ limit: 10 })).toHaveLength(1);
    monitor.hosts.remove('web-1');
    expect([firing(), monitor.hosts.list()]).toEqual([[], []]);
    const [alert] = monitor.alerts.list({ limit: 10 });
    expect(monitor.alerts.one(alert?.id ?? '').transitions.at(-1)?.reason).toBe('host_removed');
  });

  it('judges by tags, those of owners and of senders, from when on a host has them', async () => {
    const slow = { 'queries/ms': 500 };
    await send(slow, 2);
    await send(slow, 2, 'db-1');
    expect(firing()).toEqual([]);
    monitor.hosts.setTags('web-1', ['production', 'frankfurt']);
    await send(slow, 1);
    expect(firing()).toEqual(['slow web-1']);
    expect(monitor.status().alerts[0]?.tags).toEqual(['frankfurt', 'production']);
    // What a sender says of itself is a tag as well, and one that is waited for may have some before its first post.
    monitor.hosts.expect('new-1', ['production']);
    await send(slow, 1, 'new-1');
    await send(slow, 1, 'db-1', { role: 'db' });
    expect(firing()).toEqual(['slow db-1', 'slow new-1', 'slow web-1']);
    await monitor.stop();
    await start();
    expect(firing()).toEqual(['slow db-1', 'slow new-1', 'slow web-1']);
    expect(monitor.hosts.detail('web-1').ownerTags).toEqual(['production', 'frankfurt']);

    monitor.hosts.setTags('web-1', ['production', 'spare']);
    await send(slow, 1, 'db-1', { role: 'web' });
    expect(firing()).toEqual(['slow new-1']);
    const ends = monitor.alerts.list({ limit: 10, state: 'resolved' });
    expect(ends.map(({ id }) => monitor.alerts.one(id).transitions.at(-1)?.reason)).toEqual(
      Array(2).fill('rule_changed'),
    );
    expect(() => monitor.hosts.setTags('nobody', ['production'])).toThrow(/No host "nobody"/);
  });

  it('forgets the tags of a host that is removed, and lets it come back', async () => {
    monitor.hosts.expect('web-1', ['production']);
    await send({ 'queries/ms': 500 }, 1);
    monitor.hosts.remove('web-1');
    const [alert] = monitor.alerts.list({ limit: 10 });
    expect(monitor.alerts.one(alert?.id ?? '').transitions.at(-1)?.reason).toBe('host_removed');
    await send({ 'queries/ms': 500 }, 1);
    expect([firing(), monitor.hosts.list()]).toMatchObject([[], [{ host: 'web-1', ownerTags: [] }]]);
  });

  it('leaves a rule to the agents that judge it, judges it for all others, and goes on where an agent gives it up', async () => {
    const busy = { 'load/load': 95 };
    await send(busy);
    await send(busy, 1, 'db-1', undefined, ['load', 'cpu-high']);
    await send({ 'cpu/cpu_percent': 95 }, 2, 'db-1', undefined, ['load', 'cpu-high']);
    // That an agent says it judges what it was never given changes nothing.
    expect(firing()).toEqual(['cpu-high db-1', 'load web-1']);
    await send(busy, 1, 'web-1', undefined, ['load']);
    expect(firing()).toEqual(['cpu-high db-1']);
    const over = monitor.alerts.list({ limit: 10, state: 'resolved' });
    expect(over.map(({ id }) => monitor.alerts.one(id).transitions.at(-1)?.reason)).toEqual([
      'judged_by_agent',
    ]);
    expect(monitor.hosts.detail('db-1').judges).toEqual(['load', 'cpu-high']);
    await monitor.stop();
    await start();
    expect(monitor.hosts.detail('web-1').judges).toEqual(['load']);
    await send(busy, 1, 'web-1', undefined, ['load']);
    expect(firing()).toEqual(['cpu-high db-1']);
    // As an agent of an older version, or another program, that sends now.
    await send(busy);
    expect(firing()).toEqual(['cpu-high db-1', 'load web-1']);
  });

  it('judges that data are missing in place of an agent that is gone, until it is back', async () => {
    const missing = {
      ...{
        ...rule,
        id: 'volume',
        name: 'Volume is full',
        source: 'disk',
        metric: 'disk_percent',
        threshold: 90,
      },
      ...{ hosts: ['*'], judgedBy: 'agent', noData: { policy: 'alert', afterSeconds: 30 } },
    };
    store.put({ ...settings, rules: [...withoutGone, missing] });
    await monitor.reload();
    const full = { 'disk/disk_percent': 95, 'load/load': 95 };
    const notice = () => monitor.status().notices.find(({ id }) => id === 'agents-away')?.message;
    await send(full, 2, 'db-1', undefined, ['volume', 'load']);
    await send(full, 2, 'web-1', undefined, ['load']);
    // What a host sends that may sleep is missed by nobody.
    const sleeper = { intervalSeconds: 10, maySleep: true, judges: ['volume'] };
    const sample = { source: 'disk', metric: 'disk_percent', labels: {}, value: 5, at: clock.now() };
    const post = { host: 'laptop', address: null, sender: sleeper, sentAt: null, backlog: false };
    await monitor.receive({ ...post, samples: [sample] });
    expect(firing()).toEqual(['volume web-1']);
    await send(full, 2, 'web-1', undefined, ['load', 'volume']);
    expect([firing(), notice()]).toEqual([[], undefined]);
    await pass(13);
    expect(firing()).toEqual(['volume db-1', 'volume web-1']);
    const [alert] = monitor.alerts.list({ limit: 1 });
    expect(monitor.alerts.one(alert?.id ?? '').transitions.at(-1)).toMatchObject({ reason: 'no_data' });
    await monitor.stop();
    await start();
    await pass(2);
    expect(firing()).toEqual(['volume db-1', 'volume web-1']);
    await send(full, 2, 'web-1', undefined, ['load', 'volume']);
    expect(firing()).toEqual(['volume db-1']);
    const [over] = monitor.alerts.list({ limit: 1, state: 'resolved' });
    expect(monitor.alerts.one(over?.id ?? '').transitions.at(-1)?.reason).toBe('judged_by_agent');
  });

  it('says so when an agent is gone that judged rules, and no rule would', async () => {
    const notice = () => monitor.status().notices.find(({ id }) => id === 'agents-away')?.message;
    await send({ 'load/load': 5 }, 1, 'db-1', undefined, ['load']);
    await pass(13);
    expect([firing(), notice()]).toEqual([['gone db-1'], undefined]);
    store.put({ ...settings, rules: withoutGone });
    await monitor.reload();
    await pass(1);
    expect(notice()).toContain('db-1');
    expect(notice()).toContain('host_up');
    await send({ 'load/load': 5 }, 2, 'db-1', undefined, ['load']);
    expect(notice()).toBeUndefined();
  });

  it('hands each agent the rules that it is to judge, and nothing of other hosts', async () => {
    const handed = { ...settings.rules[0], hosts: undefined, hostTags: ['production'], judgedBy: 'agent' };
    store.put({ ...settings, rules: [handed, ...settings.rules.slice(1)] });
    await monitor.reload();
    monitor.hosts.expect('web-1', ['production']);
    const of = (host: string) => monitor.handedRules.of(host);
    expect(of('web-1').rules.map(({ id }) => id)).toEqual(['cpu-high', 'load']);
    expect(of('db-1').rules.map(({ id }) => id)).toEqual(['load']);
    expect(JSON.stringify(of('web-1').rules)).not.toMatch(/production|hosts|hostTags|judgedBy|parents/);
    expect(of('web-1').tag).not.toBe(of('db-1').tag);
    store.put({ ...settings, hub: { enabled: false } });
    await monitor.reload();
    expect(of('web-1').rules).toEqual([]);
  });

  it('offers for rules what hosts send, by words, the first of many', async () => {
    await send({ 'queue/length': 1, 'queue/age': 1, 'cpu/cpu_percent': 5 });
    await send({ 'queue/length': 1 }, 1, 'db-1');
    expect(monitor.hosts.sent('', 2)).toEqual({
      metrics: [
        { source: 'cpu', metric: 'cpu_percent' },
        { source: 'queue', metric: 'age' },
      ],
      total: 3,
    });
    expect(monitor.hosts.sent('LEN que', 9)).toEqual({
      metrics: [{ source: 'queue', metric: 'length' }],
      total: 1,
    });
    // What no host sends any more is not offered.
    monitor.hosts.remove('web-1');
    expect(monitor.hosts.sent('', 9).metrics).toEqual([{ source: 'queue', metric: 'length' }]);
    clock.stall(86_400_000);
    await pass(2);
    expect(monitor.hosts.sent('', 9).total).toBe(0);
    await send({ 'queue/age': 1 }, 1, 'db-1');
    expect(monitor.hosts.sent('', 9).metrics).toEqual([{ source: 'queue', metric: 'age' }]);
  });

  it('lists its hosts worst off first, page by page, by words, tags and how they stand', async () => {
    await send({ 'cpu/cpu_percent': 95, 'memory/memory_percent': 40 }, 3, 'web-1', { role: 'web' });
    await send({ 'cpu/cpu_percent': 5 }, 1, 'db-1', { role: 'db' });
    await send({ 'cpu/cpu_percent': 5 }, 1, 'db-2', { role: 'db' });
    monitor.hosts.setTags('db-2', ['production']);
    const page = (query: Partial<FleetQuery> = {}) => monitor.fleet.page({ offset: 0, limit: 10, ...query });
    const names = (query: Partial<FleetQuery>) => page(query).hosts.map(({ host }) => host);
    expect(page()).toMatchObject({
      ...{ receives: true, known: 4, sending: 3, fitting: 4, firing: 1 },
      standings: { online: 3, stale: 1, offline: 0, may_sleep: 0 },
      tags: [
        { tag: 'production', hosts: 1 },
        { tag: 'role:db', hosts: 2 },
        { tag: 'role:web', hosts: 1 },
      ],
      hosts: [
        {
          ...{ host: 'web-1', severity: 'warning', alerts: 1, disk: { value: null } },
          ...{ cpu: { value: 95, severity: 'warning' }, memory: { value: 40, severity: null } },
        },
        // The hub's own machine is there without sending anything.
        { host: 'box', isHub: true, standing: 'online', version: '0.0.0-test', cpu: { value: null } },
        { host: 'db-1', severity: null, cpu: { value: 5, severity: null }, memory: { value: null } },
        { host: 'db-2', tags: ['production', 'role:db'] },
      ],
    });
    expect([names({ text: 'PROD db' }), names({ tag: 'role:db' }), names({ firing: true })]).toEqual([
      ['db-2'],
      ['db-1', 'db-2'],
      ['web-1'],
    ]);
    expect([names({ offset: 2, limit: 1 }), names({ limit: 0 })]).toEqual([['db-1'], []]);
    await pass(5);
    expect([names({ standing: 'stale' }), names({ standing: 'online' })]).toEqual([
      ['web-1', 'db-1', 'db-2'],
      ['box'],
    ]);
    await pass(8);
    await send({ 'cpu/cpu_percent': 5 }, 1, 'db-2');
    // Two are gone, which is critical; what they last sent is still to be seen.
    expect(page().hosts).toMatchObject([
      { host: 'db-1', standing: 'offline', severity: 'critical', cpu: { value: 5 } },
      { host: 'web-1', standing: 'offline', severity: 'critical' },
      { host: 'box', standing: 'online' },
      { host: 'db-2', standing: 'online', severity: null },
    ]);
    // Whoever sends under its name stands for it.
    await send({ 'cpu/cpu_percent': 7 }, 1, 'box');
    const own = page().hosts.filter(({ host }) => host === 'box');
    expect(own).toMatchObject([{ isHub: false, cpu: { value: 7 } }]);
  });

  it('receives only when it is told to', async () => {
    store.put({ ...settings, hub: { enabled: false, allowAnonymousFrom: ['192.168.1.0/24'] } });
    await monitor.reload();
    const post = { host: 'web-1', address: null, sender: {}, sentAt: null, backlog: false, samples: [] };
    await expect(monitor.receive(post)).rejects.toMatchObject({ code: 'forbidden' });
    expect(monitor.receiving).toMatchObject({ isOn: false, allowAnonymousFrom: [] });
    store.put({ ...settings, hub: { allowAnonymousFrom: ['192.168.1.0/24'] } });
    await monitor.reload();
    expect(await monitor.receive(post)).toMatchObject({ accepted: 0 });
    expect(monitor.receiving).toMatchObject({ isOn: true, allowAnonymousFrom: ['192.168.1.0/24'] });
  });

  it('knows in which zone hosts write times that name none, and how much of what they sent is kept', async () => {
    const { receiving } = monitor;
    expect([receiving.assumedZone('web-1'), receiving.historyRecords]).toEqual([undefined, 1000]);
    const assumeZone = { 'web-1': 'Asia/Tokyo', 'web-*': 'Europe/Berlin' };
    store.put({ ...settings, hub: { assumeZone, historyRecords: 5 } });
    await monitor.reload();
    const zones = ['web-1', 'web-2', 'db-1'].map((name) => monitor.receiving.assumedZone(name));
    expect([zones, monitor.receiving.historyRecords]).toEqual([
      ['Asia/Tokyo', 'Europe/Berlin', undefined],
      5,
    ]);
    store.put({ ...settings, hub: { assumeZone: { 'web-1': 'Mars/Olympus' } } });
    await expect(monitor.reload()).rejects.toMatchObject({ code: 'invalid_settings' });
  });

  it('shares with other hubs from when on it receives, without another start', async () => {
    await monitor.stop();
    const database = { host: '127.0.0.1', port: 1, name: 'nowhere', user: 'nobody', tls: false };
    store.put({ ...settings, database, hub: { enabled: false } });
    await start();
    const sharing = () => monitor.status().notices.find(({ id }) => id === 'sharing')?.message;
    await pass(1);
    expect(sharing()).toBeUndefined();
    store.put({ ...settings, database });
    await monitor.reload();
    await expect.poll(sharing).toContain('nowhere on 127.0.0.1:1');
    store.put({ ...settings, database, hub: { enabled: false } });
    await monitor.reload();
    store.put({ ...settings, database });
    await monitor.reload();
    expect(
      await monitor.receive({
        host: 'web-1',
        address: null,
        sender: {},
        sentAt: null,
        backlog: false,
        samples: [],
      }),
    ).toMatchObject({ accepted: 0 });
  });

  it('is set only as a whole: half of what TLS needs would be plain HTTP', async () => {
    store.put({ ...settings, hub: { tlsCertificate: 'hub.pem' } });
    await expect(monitor.reload()).rejects.toMatchObject({ code: 'invalid_settings' });
    store.put({ ...settings, hub: { allowAnonymousFrom: ['192.168.1.0/33'] } });
    await expect(monitor.reload()).rejects.toMatchObject({ code: 'invalid_settings' });
    const unnamed = settings.rules.map((one) => (one.id === 'queue' ? { ...one, hosts: undefined } : one));
    store.put({ ...settings, rules: unnamed });
    await expect(monitor.reload()).rejects.toMatchObject({
      problems: [
        { path: 'rules[1].source', message: expect.stringContaining('no source "queue"') as string },
      ],
    });
  });
});
