import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { httpServer } from '../../testing/loopback.ts';
import { MemorySecretStore } from '../../testing/memory-secret-store.ts';
import { MemorySettingsStore } from '../../testing/memory-settings-store.ts';
import { ScriptedChildren } from '../../testing/scripted-child.ts';
import { openMonitor } from '../monitor.ts';

it('a receiver that refuses for good is told to another one, and so is that it takes again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-lost-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const received: string[] = [];
  let status = 401;
  const refusing = await httpServer((_request, response) => void response.writeHead(status).end());
  const taking = await httpServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { event, metadata } = JSON.parse(body) as { event: string; metadata: { rule: { id: string } } };
    received.push(`${metadata.rule.id} ${event}`);
    response.end('ok');
  });
  const store = new MemorySettingsStore(directory);
  const cpu = { source: 'cpu', metric: 'cpu_percent', comparison: 'greater_than', threshold: 80 };
  store.put({
    version: 1,
    sources: [{ name: 'cpu', kind: 'cpu' }],
    rules: [{ ...cpu, id: 'cpu-high', name: 'CPU', consecutiveViolations: 1, cooldownSeconds: 0 }],
    destinations: [
      { name: 'refusing', kind: 'webhook', url: refusing },
      { name: 'taking', kind: 'webhook', url: taking },
    ],
  });
  const children = new ScriptedChildren<{ type: string }, unknown>();
  children.onStart = (child) => {
    child.onSent = ({ type }) => {
      if (type === 'stop') child.end({ kind: 'exit', code: 0 });
    };
  };
  const monitor = await openMonitor({
    ...{ version: '0.0.0-test', host: 'box', directory, settingsStore: store, env: {} },
    ...{ secretStore: new MemorySecretStore(), scriptFolder: join(directory, 'metrics') },
    ...{ settingsMustHold: true, spawn: children.spawn, clock: systemClock, log: silentLog },
    uptime: () => uptime() * 1000,
  });
  onTestFinished(() => monitor.stop());
  for (const child of children.started) child.say({ type: 'ready', notice: null });
  const read = (value: number) => {
    const samples = [{ metric: 'cpu_percent', labels: {}, value }];
    const reading = { host: 'box', source: 'cpu', at: Date.now(), durationMs: 1, samples, error: null };
    children.newest('collectors').say({ type: 'readings', readings: [{ reading, missedRuns: 0 }] });
  };
  const about = () => received.filter((line) => line.startsWith('plimsoll-destination'));

  read(90);
  await expect.poll(about, { timeout: 25_000 }).toEqual(['plimsoll-destination firing']);
  const lost = monitor.status().alerts.find(({ ruleId }) => ruleId === 'plimsoll-destination');
  expect(lost).toMatchObject({ severity: 'warning', series: { labels: { destination: 'refusing' } } });
  status = 200;
  read(10);
  await expect
    .poll(about, { timeout: 25_000 })
    .toEqual(['plimsoll-destination firing', 'plimsoll-destination resolved']);
}, 60_000);
