import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import type { Delivery } from '../../contract/delivery.ts';
import type { DesktopNotification } from '../../contract/notifier.ts';
import type { Measurement } from '../../contract/sample.ts';
import { httpServer } from '../../testing/loopback.ts';
import { mailServer } from '../../testing/mail-server.ts';
import { MemorySecretStore } from '../../testing/memory-secret-store.ts';
import { MemorySettingsStore } from '../../testing/memory-settings-store.ts';
import { ScriptedChildren } from '../../testing/scripted-child.ts';
import { openMonitor } from '../monitor.ts';
import type { Monitor } from '../monitor-api.ts';

const sources = Array.from({ length: 10 }, (_, index) => `cpu-${index}`);
const rulesEach = 100;

let directory: string;
let monitor: Monitor;
let children: ScriptedChildren<{ type: string }, unknown>;
let shown: DesktopNotification[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-storm-'));
  shown = [];
});
afterEach(async () => {
  await monitor.stop();
  rmSync(directory, { recursive: true });
});

interface Received {
  at: number;
  body: string;
}

/** A receiver that takes whatever it is sent. */
async function receiver(): Promise<{ received: Received[]; url: string }> {
  const received: Received[] = [];
  const url = await httpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    received.push({ at: performance.now(), body });
    response.end('ok');
  });
  return { received, url };
}

async function start(
  rules: Record<string, unknown>[],
  destinations: Record<string, unknown>[],
): Promise<void> {
  const store = new MemorySettingsStore(directory);
  store.put({
    version: 1,
    sources: sources.map((name) => ({ name, kind: 'cpu' })),
    rules,
    destinations,
  });
  const secrets = new MemorySecretStore();
  children = new ScriptedChildren();
  children.onStart = (child) => {
    child.onSent = ({ type }) => {
      if (type === 'stop') child.end({ kind: 'exit', code: 0 });
    };
  };
  monitor = await openMonitor({
    ...{ version: '0.0.0-test', host: 'box', directory, settingsStore: store, secretStore: secrets },
    ...{ scriptFolder: join(directory, 'metrics'), settingsMustHold: true, spawn: children.spawn },
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('STORM_'))),
    notifier: { show: (each) => Promise.resolve(void shown.push(each)), withdraw: () => undefined },
    ...{ clock: systemClock, uptime: () => uptime() * 1000, log: silentLog },
  });
  const [history, collectors] = [children.started[0], children.started[1]];
  for (const child of [history, collectors]) child?.say({ type: 'ready', notice: null });
}

function read(source: string, samples: Measurement[]): void {
  const reading = { host: 'box', source, at: Date.now(), durationMs: 1, samples, error: null };
  const collectors = children.started.find(({ entry }) => entry === 'collectors');
  collectors?.say({ type: 'readings', readings: [{ reading, missedRuns: 0 }] });
}

const rule = (id: string, source: string) => ({
  ...{ id, name: `Rule ${id}`, source, metric: 'cpu_percent', comparison: 'greater_than', threshold: 80 },
  consecutiveViolations: 1,
});

async function settled(): Promise<Delivery[]> {
  await expect
    .poll(() => monitor.deliveries.destinations().map(({ waiting }) => waiting), {
      timeout: 100_000,
      interval: 500,
    })
    .toEqual(Array(monitor.deliveries.destinations().length).fill(0));
  return monitor.deliveries
    .destinations()
    .flatMap(({ destination }) => monitor.deliveries.list({ destination, limit: 1000 }));
}

it('a thousand rules that flip in a second are a list for people, and each by itself for machines', async () => {
  const [chat, machine, mail] = await Promise.all([receiver(), receiver(), mailServer()]);
  process.env['STORM_HOOK'] = chat.url;
  onTestFinished(() => {
    delete process.env['STORM_HOOK'];
  });
  const rules = sources.flatMap((source) =>
    Array.from({ length: rulesEach }, (_, index) => rule(`${source}-${index}`, source)),
  );
  await start(rules, [
    { name: 'chat', kind: 'slack', webhookUrl: { env: 'STORM_HOOK' } },
    {
      name: 'mail',
      kind: 'email',
      host: '127.0.0.1',
      port: mail.port,
      security: 'plain',
      from: 'p@example.org',
      to: ['o@example.org'],
    },
    { name: 'machine', kind: 'webhook', url: machine.url },
    { name: 'screen', kind: 'desktop' },
  ]);
  for (const source of sources) {
    read(source, [{ metric: 'cpu_percent', labels: {}, value: 95 }]);
    await pause(80);
  }
  const deliveries = await settled();

  expect(monitor.alerts.list({ limit: 1000 })).toHaveLength(1000);
  expect(deliveries).toHaveLength(4000);
  expect(deliveries.filter(({ state }) => state !== 'sent')).toEqual([]);
  for (const received of [chat.received, mail.taken]) {
    const gaps = received.slice(1).map(({ at }, index) => at - (received[index]?.at ?? 0));
    expect(received.length).toBeLessThanOrEqual(3);
    expect(received.length).toBeGreaterThan(1);
    expect(Math.min(...gaps)).toBeGreaterThan(9_900);
  }
  const second = await simpleParser(mail.taken[1]?.raw ?? '');
  expect(second.subject).toMatch(/^(\d+) alerts on box: \1 warning$/);
  const ofMail = deliveries.filter(({ destination }) => destination === 'mail');
  expect(ofMail.filter(({ messageId }) => second.messageId === `<${messageId ?? ''}@plimsoll>`)).toHaveLength(
    Number.parseInt(second.subject ?? '', 10),
  );
  const posted = machine.received.map(({ body }) => (JSON.parse(body) as { id: string }).id);
  expect(new Set(posted).size).toBe(1000);
  expect(posted).toHaveLength(1000);
  expect(new Set(shown.map(({ alertId }) => alertId)).size).toBe(1000);
}, 150_000);

it('one rule over a thousand series that flip with one reading is one message, and cheap enough to hold up nobody', async () => {
  const chat = await receiver();
  process.env['STORM_HOOK'] = chat.url;
  onTestFinished(() => {
    delete process.env['STORM_HOOK'];
  });
  await start(
    [{ ...rule('all', 'cpu-0'), labels: { core: '*' } }],
    [
      { name: 'chat', kind: 'slack', webhookUrl: { env: 'STORM_HOOK' } },
      { name: 'exports', kind: 'file', directory: 'exports', formats: ['json'], maxFiles: 5000 },
    ],
  );
  const samples = Array.from({ length: 1000 }, (_, core) => ({
    ...{ metric: 'cpu_percent', labels: { core: String(core) }, value: 95 },
  }));
  const before = process.cpuUsage();
  read('cpu-0', samples);
  const { user, system } = process.cpuUsage(before);
  const tookMs = (user + system) / 1000;
  await expect.poll(() => chat.received.length, { timeout: 5000 }).toBe(1);
  expect(chat.received[0]?.body).toContain('Rule all on box: 1,000 alerts, 1,000 warning');
  // Of one processor: how long that takes on a busy machine says nothing.
  expect(tookMs).toBeLessThan(2000);
});
