import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../base/log.ts';
import type { FromCollectors, ToCollectors } from '../collectors/messages.ts';
import { hashOf } from '../collectors/scripts/script-file.ts';
import { readingOf } from '../contract/columns.ts';
import { PlimsollError } from '../contract/error.ts';
import type { LiveEvent } from '../contract/event.ts';
import type { FromHistory, ToHistory } from '../history/messages.ts';
import { TakeUnpacker } from '../history/packed-takes.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { MemorySecretStore } from '../testing/memory-secret-store.ts';
import { MemorySettingsStore } from '../testing/memory-settings-store.ts';
import { ScriptedChildren } from '../testing/scripted-child.ts';
import { openMonitor } from './monitor.ts';
import type { Monitor } from './monitor-api.ts';
import { openState } from './state/state.ts';

type Down = ToCollectors | ToHistory;
type Up = FromCollectors | FromHistory;

const rule = {
  id: 'cpu-high',
  name: 'CPU above 80 %',
  source: 'cpu',
  metric: 'cpu_percent',
  comparison: 'greater_than',
  threshold: 80,
  consecutiveViolations: 2,
};
const settings = (over: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  version: 1,
  sources: [{ name: 'cpu', kind: 'cpu' }],
  rules: [{ ...rule, ...over }],
  destinations: [{ name: 'exports', kind: 'file', directory: 'exports', formats: ['json'] }],
  ...more,
});

let directory: string;
let clock: HandClock;
let children: ScriptedChildren<Down, Up>;
let store: MemorySettingsStore;
let secrets: MemorySecretStore;
let events: LiveEvent[];
/** What the machine's uptime is ahead of the monotonic clock: it goes on while the machine sleeps. */
let sinceBoot: number;
let running: Monitor | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-monitor-'));
  clock = new HandClock();
  children = new ScriptedChildren();
  children.onStart = (child) => {
    child.onSent = ({ type }) => {
      if (type === 'stop') child.end({ kind: 'exit', code: 0 });
    };
  };
  store = new MemorySettingsStore(directory);
  store.put(settings());
  secrets = new MemorySecretStore();
  events = [];
  sinceBoot = 0;
});
afterEach(async () => {
  await stop();
  rmSync(directory, { recursive: true });
});

async function start(settingsMustHold = true): Promise<Monitor> {
  const monitor = await openMonitor({
    version: '0.0.0-test',
    host: 'box',
    directory,
    settingsStore: store,
    scriptFolder: join(directory, 'metrics'),
    settingsMustHold,
    secretStore: secrets,
    env: {},
    spawn: children.spawn,
    clock,
    uptime: () => sinceBoot + clock.monotonic(),
    log: silentLog,
  });
  running = monitor;
  monitor.subscribe((event) => events.push(event));
  children.newest('history').say({ type: 'ready', notice: null });
  children.newest('collectors').say({ type: 'ready' });
  return monitor;
}

async function stop(): Promise<void> {
  await running?.stop();
  running = undefined;
}

async function read(...values: number[]): Promise<void> {
  for (const value of values) {
    const samples = [{ metric: 'cpu_percent', labels: {}, value }];
    const reading = { host: 'box', source: 'cpu', at: clock.now(), durationMs: 1, samples, error: null };
    children.newest('collectors').say({ type: 'readings', readings: [{ reading, missedRuns: 0 }] });
    await clock.turn(5000);
  }
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (thrown: unknown) => (thrown instanceof PlimsollError ? thrown.code : thrown),
  );
/** The readings that history was given. */
const kept = () => {
  const unpacker = new TakeUnpacker();
  return children
    .newest('history')
    .sent.flatMap((message) => (message.type === 'append' ? unpacker.unpack(message.readings) : []))
    .map(readingOf);
};
const exported = () => readdirSync(join(directory, 'exports'));
const configured = () =>
  children.newest('collectors').sent.findLast((message) => message.type === 'configure') ??
  expect.unreachable();

/** Puts a script into the folder, as it is to be approved. */
function script(name: string): { path: string; sha256: string } {
  const path = join(directory, 'metrics', name);
  mkdirSync(join(directory, 'metrics'), { recursive: true });
  writeFileSync(path, 'def collect(): return 1\n', { mode: 0o600 });
  return { path, sha256: hashOf(readFileSync(path)) };
}

describe('openMonitor', () => {
  it('takes what is pushed as it takes a reading, and tells the collectors nothing of it', async () => {
    store.put(
      settings(
        { source: 'greenhouse', metric: 'temperature', threshold: 30, consecutiveViolations: 1 },
        {
          sources: [
            { name: 'cpu', kind: 'cpu' },
            { name: 'greenhouse', kind: 'push' },
            { name: 'backup', kind: 'heartbeat' },
          ],
        },
      ),
    );
    const monitor = await start();
    expect(configured()).toMatchObject({ sources: [{ name: 'cpu' }] });
    monitor.push('greenhouse', new Map([['temperature', 31.5]]));
    const { alerts, latest } = monitor.status();
    expect(alerts).toMatchObject([{ series: { source: 'greenhouse' }, lastValue: 31.5 }]);
    expect(latest).toMatchObject([
      { source: 'backup', metric: 'heartbeat_age_seconds', value: 0 },
      { source: 'greenhouse', metric: 'temperature', value: 31.5 },
    ]);
    await clock.turn(10_000);
    expect(JSON.stringify(kept())).toContain('31.5');
    await clock.turn(50_000);
    await stop();
    const again = await start();
    expect(again.status().latest).toMatchObject([{ source: 'backup', value: 60 }]);
  });

  it('tells the stages what to do, and takes a reading all the way to an export', async () => {
    const monitor = await start();
    expect(configured()).toMatchObject({
      host: 'box',
      sources: [{ name: 'cpu', kind: 'cpu', intervalSeconds: 5 }],
    });
    await read(90, 91, 95);
    expect(monitor.status()).toMatchObject({
      level: 'warning',
      latest: [{ metric: 'cpu_percent', value: 95 }],
      rules: [{ ruleId: 'cpu-high', phase: 'firing', violations: 3 }],
      alerts: [{ state: 'firing', firedValue: 91, worstValue: 95 }],
      stages: [{ state: 'running' }, { state: 'running' }],
      notices: [],
    });
    await clock.turn(10_000);
    expect(kept().filter(({ source }) => source === 'cpu')).toHaveLength(3);
    await expect
      .poll(() => monitor.deliveries.list({ limit: 9 }).map(({ state, error }) => [state, error]))
      .toEqual([['sent', null]]);
    expect(exported()).toHaveLength(1);
  });

  it('delivers with what was going on as soon as that is known, without it after a second, and judges at once either way', async () => {
    const monitor = await start();
    const asked = () => children.newest('collectors').sent.filter(({ type }) => type === 'top');
    const record = (name: string | undefined) =>
      JSON.parse(readFileSync(join(directory, 'exports', name ?? ''), 'utf8')) as {
        metadata: { context: unknown };
      };
    const reads = (value: number) => {
      const samples = [{ metric: 'cpu_percent', labels: {}, value }];
      const reading = { host: 'box', source: 'cpu', at: clock.now(), durationMs: 1, samples, error: null };
      children.newest('collectors').say({ type: 'readings', readings: [{ reading, missedRuns: 0 }] });
    };
    await read(90);
    reads(91);
    const [alert] = monitor.status().alerts;
    expect(monitor.alerts.one(alert?.id ?? '').contexts).toMatchObject([
      { values: [{ value: 90 }, { value: 91 }], isComplete: false },
    ]);
    await clock.turn(999);
    expect(existsSync(join(directory, 'exports'))).toBe(false);
    const byCpu = [{ program: 'busy', cpuPercent: 99, memoryBytes: null, before: null }];
    const [question] = asked();
    if (question?.type !== 'top') return expect.unreachable();
    const programs = { at: clock.now(), byCpu, byMemory: [] };
    children.newest('collectors').say({ type: 'top', id: question.id, programs });
    await clock.turn(1);
    await expect
      .poll(() => monitor.deliveries.list({ limit: 9 }).map(({ state }) => state))
      .toEqual(['sent']);
    const context = { programs: { measure: 'cpu', byCpu } };
    const byProcessor = [{ program: 'busy', cpu_percent: 99, memory_bytes: null, before: null }];
    expect(record(exported()[0]).metadata.context).toMatchObject({ top_programs: { by_cpu: byProcessor } });
    await clock.turn(5000);
    expect(monitor.alerts.one(alert?.id ?? '').contexts).toMatchObject([{ ...context, isComplete: true }]);
    expect(events.filter(({ type }) => type === 'context')).toHaveLength(2);
    await stop();
    const again = await start();
    expect(again.alerts.one(alert?.id ?? '').contexts).toMatchObject([context]);
  });

  it('tries the alarm through the whole chain, which changes nothing about how things are, and ends it after a kill', async () => {
    const monitor = await start();
    const { alert } = monitor.alerts.drill();
    expect(alert).toMatchObject({ drill: true, state: 'firing' });
    expect(monitor.status()).toMatchObject({ alerts: [], rules: [], level: 'unknown' });
    await clock.turn(2000);
    await expect
      .poll(() => monitor.deliveries.list({ limit: 9 }).map(({ state }) => state))
      .toEqual(['sent']);
    const record: unknown = JSON.parse(readFileSync(join(directory, 'exports', exported()[0] ?? ''), 'utf8'));
    expect(record).toMatchObject({ drill: true, event: 'firing', threshold_violated: false });
    await stop();
    const again = await start();
    expect(again.alerts.one(alert.id)).toMatchObject({ alert: { state: 'resolved', drill: true } });
    expect(again.status().alerts).toEqual([]);
    expect([...again.alerts.export({}, 'json')].join('')).toContain('"drill":true');
  });

  it('says while it runs that an approved script waits to become a source, until it is one', async () => {
    const monitor = await start();
    const change = store.write.bind(store);
    store.write = () => Promise.reject(new PlimsollError('forbidden', 'only read'));
    await monitor.scripts.approve(script('answer.py'));
    const notices = () => monitor.status().notices.map(({ message }) => message);
    await expect.poll(notices).toEqual([expect.stringContaining('waits to become a source: only read')]);
    store.write = change;
    await monitor.scripts.approve(script('other.py'));
    await expect.poll(notices).toEqual([]);
    const names = () => monitor.settings.view().settings.sources.map(({ name }) => name);
    await expect.poll(names).toEqual(['cpu', 'answer', 'other']);
  });

  it('says that the approvals are damaged, until there are some again', async () => {
    const sources = [
      { name: 'cpu', kind: 'cpu' },
      { name: 'answer', kind: 'script', file: 'answer.py' },
    ];
    store.put(settings({}, { sources }));
    mkdirSync(join(directory, 'scripts'));
    writeFileSync(join(directory, 'scripts/approvals.json'), 'damaged', { mode: 0o600 });
    const monitor = await start();
    const notices = () => monitor.status().notices.map(({ id }) => id);
    expect(notices()).toEqual(['scripts']);
    await monitor.scripts.approve(script('answer.py'));
    await expect.poll(notices).toEqual([]);
  });

  it('tells every stage of time that was lost', async () => {
    await start();
    const told = () => children.newest('collectors').sent.map(({ type }) => type);
    clock.jump(3_600_000);
    await read(50);
    expect(events).toContainEqual({
      type: 'time-lost',
      lost: { at: expect.any(Number), cause: 'clock_set', ms: 3_600_000 },
    });
    expect(told()).not.toContain('time-lost');
    sinceBoot += 8 * 3_600_000;
    clock.jump(8 * 3_600_000);
    await read(50);
    expect(told().filter((type) => type === 'time-lost')).toHaveLength(1);
    await clock.turn(10_000);
    const own = kept().flatMap(({ source, samples }) => (source === 'plimsoll' ? samples : []));
    expect(own.filter(({ metric }) => /lost|set_/.test(metric))).toEqual([
      { metric: 'clock_set_seconds', labels: {}, value: 3600 },
      { metric: 'time_lost_seconds', labels: {}, value: 8 * 3600 },
    ]);
  });

  it('tells the collectors whether a window is open', async () => {
    const monitor = await start();
    const told = () =>
      children
        .newest('collectors')
        .sent.flatMap((message) => (message.type === 'watched' ? [message.isWatched] : []));
    const ends = [1, 2].map(() => monitor.subscribe(() => undefined, 'window'));
    for (const end of [...ends, ...ends]) end();
    expect([told()[0], told().at(-2), told().at(-1)]).toEqual([false, true, false]);
  });

  it('says what its settings store found at start', async () => {
    store.notice = 'The settings did not hold.';
    const monitor = await start();
    expect(monitor.status().notices).toMatchObject([
      { id: 'settings-start', message: 'The settings did not hold.' },
    ]);
  });

  it('lists alerts that fire with what is known of them now', async () => {
    const monitor = await start();
    await read(90, 95, 85);
    expect(monitor.alerts.list({ limit: 9 })).toMatchObject([{ lastValue: 85, worstValue: 95 }]);
  });

  it('goes on after a restart, and announces nothing anew', async () => {
    await start();
    await read(90, 91);
    await stop();
    const monitor = await start();
    expect(monitor.status().alerts).toHaveLength(1);
    await read(92, 40);
    const [alert] = monitor.alerts.list({ limit: 9 });
    expect(
      monitor.alerts.one(alert?.id ?? '').transitions.map(({ to, reason }) => `${to} ${reason}`),
    ).toEqual(['firing violated_enough', 'resolved back_within']);
  });

  it('gives the directory back when it cannot open, and ends what was started', async () => {
    store.put({ version: 1, rules: 'none' });
    expect(await codeOf(start())).toBe('invalid_settings');
    openState(directory).close();
    expect(children.started).toEqual([]);
  });

  it('gives the directory back when it stops, however often it is told to', async () => {
    const monitor = await start();
    await Promise.all([monitor.stop(), monitor.stop()]);
    await monitor.stop();
    openState(directory).close();
  });

  it('keeps a pause, a snooze and an acknowledgement over a restart', async () => {
    let monitor = await start();
    const reasons = (id: string) =>
      monitor.alerts.one(id).transitions.map(({ announcement: { reason } }) => reason);
    monitor.alerts.pause(clock.now() + 60_000);
    await read(90, 91);
    await stop();
    monitor = await start();
    expect(monitor.status().pausedUntil).toBeGreaterThan(clock.now());
    const id = monitor.status().alerts[0]?.id ?? expect.unreachable();
    expect(monitor.alerts.acknowledge(id, 'on it').alert).toMatchObject({
      acknowledgedAt: clock.now(),
      note: 'on it',
    });
    await clock.turn(60_000);
    expect(monitor.status().pausedUntil).toBeNull();
    await read(91);
    expect(reasons(id)).toEqual(['paused', 'pause_over']);

    const snoozed = { snoozedUntil: clock.now() + 30_000, snoozedAt: clock.now(), snoozedBy: 'Ann' };
    monitor.alerts.snooze(id, snoozed.snoozedUntil, 'Ann');
    await stop();
    monitor = await start();
    await read(91, 91);
    expect(monitor.alerts.one(id).alert).toMatchObject({ note: 'on it', ...snoozed });
    await clock.turn(30_000);
    await read(91);
    expect(reasons(id)).toEqual(['paused', 'pause_over', 'snooze_over']);
    expect(monitor.alerts.one(id).alert).toMatchObject({ ...snoozed, snoozedUntil: null });
    expect(monitor.alerts.snooze(id, null).alert).not.toHaveProperty('snoozedBy');
    for (const until of [clock.now(), clock.now() + 31 * 86_400_000]) {
      expect(() => monitor.alerts.snooze(id, until)).toThrow('must lie ahead');
      expect(() => monitor.alerts.pause(until)).toThrow('must lie ahead');
    }
    await read(40);
    expect(() => monitor.alerts.acknowledge(id, null)).toThrow('No alert');
  });

  it('tells the others when a listener fails', async () => {
    const monitor = await start();
    monitor.subscribe(() => {
      throw new Error('a window with a bug');
    });
    const heard: string[] = [];
    monitor.subscribe(({ type }) => heard.push(type));
    await read(50);
    expect(heard).toContain('reading');
  });
});

describe('settings of a running monitor', () => {
  it('are in force when they were saved, and told to stages and windows', async () => {
    const monitor = await start();
    await read(90, 91);
    const { revision } = monitor.settings.view();
    await monitor.settings.change(
      settings({}, { sources: [{ name: 'cpu', kind: 'cpu', intervalSeconds: 30 }] }),
      revision,
    );
    expect(configured()).toMatchObject({ sources: [{ intervalSeconds: 30 }] });
    expect(events.filter(({ type }) => type === 'settings')).toHaveLength(1);
    expect(monitor.status().alerts).toHaveLength(1);
    await monitor.settings.change(settings({ enabled: false }), monitor.settings.view().revision);
    expect(monitor.status().alerts).toEqual([]);
    expect(monitor.alerts.list({ limit: 9 })[0]).toMatchObject({
      state: 'resolved',
      resolvedAt: clock.now(),
    });
  });

  it('are read again when somebody saves on top of an edit by hand', async () => {
    const monitor = await start();
    const { revision } = monitor.settings.view();
    store.put(settings({ threshold: 70 }));
    expect(await codeOf(monitor.settings.change(settings({ threshold: 60 }), revision))).toBe('conflict');
    expect(monitor.settings.view().settings.rules[0]?.threshold).toBe(70);
    await read(75, 75);
    expect(monitor.status().alerts).toHaveLength(1);
  });

  it('stay in force when an edit by hand does not hold, with a notice until it is mended', async () => {
    const monitor = await start();
    store.put(settings({ threshold: 'high' }));
    expect(await codeOf(monitor.reload())).toBe('invalid_settings');
    expect(monitor.status().notices).toMatchObject([
      { id: 'settings', message: expect.stringContaining('rules[0].threshold') as string },
    ]);
    await read(90, 91);
    expect(monitor.status().alerts).toHaveLength(1);
    store.put(settings());
    await monitor.reload();
    expect(monitor.status().notices).toEqual([]);
    expect(monitor.status().alerts).toHaveLength(1);
  });
});

describe('a monitor that watches itself', () => {
  it('fires when a stage is down for long, and not because it has just been started', async () => {
    const down = {
      id: 'down',
      source: 'plimsoll',
      metric: 'history_up',
      comparison: 'less_than',
      threshold: 1,
    };
    store.put(settings({ ...down, consecutiveViolations: 1 }));
    const monitor = await start();
    expect(monitor.status().alerts).toEqual([]);
    children.newest('history').end({ kind: 'crash', code: null, signal: 'SIGSEGV' });
    await clock.turn(10_000);
    expect(monitor.status().alerts).toMatchObject([{ series: { source: 'plimsoll', metric: 'history_up' } }]);
    children.newest('history').say({ type: 'ready', notice: null });
    await clock.turn(10_000);
    expect(monitor.status().alerts).toEqual([]);
  });
});
