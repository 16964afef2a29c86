import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Alert } from '../contract/alert.ts';
import type { Status } from '../contract/status.ts';
import type { AlertDetail } from '../monitor/records/alerts-api.ts';
import { CommandLine, stillRunning } from '../testing/command-line.ts';
import { randomFrom } from '../testing/random-from.ts';
import { askOwner } from './owner-api.ts';

const kills = Number(process.env['PLIMSOLL_KILLS'] ?? 20);
const seed = Number(process.env['PLIMSOLL_SEED'] ?? Date.now() % 2 ** 31);

let line: CommandLine;
beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

/** Memory in use is always above 0 and never above 100: the threshold decides whether the rule fires. */
function configure(threshold: 0 | 100): void {
  const file = join(line.home, 'plimsoll.yaml');
  const rule = {
    id: 'memory-used',
    name: 'Memory in use',
    source: 'memory',
    metric: 'memory_percent',
    comparison: 'greater_than',
    threshold,
    consecutiveViolations: 2,
    // Many kills change its state more than three times in an hour.
    announceEveryChange: true,
  };
  const settings = {
    version: 1,
    sources: [{ name: 'memory', kind: 'memory', intervalSeconds: 0.1 }],
    rules: [rule],
    destinations: [{ name: 'exports', kind: 'file', formats: ['json'], maxFiles: 1000, onResolve: true }],
    monitoring: { checkIntervalSeconds: 0.1 },
  };
  writeFileSync(`${file}~`, JSON.stringify(settings));
  renameSync(`${file}~`, file);
}

async function ask<Answer>(path: string): Promise<Answer> {
  return (await askOwner(line.data, 'GET', `/api/v1/${path}`)) as Answer;
}

const exported = (id: string) =>
  readdirSync(join(line.home, 'exports')).filter((name) => name.includes(id) && name.endsWith('.json'));

it(`killed ${kills} times while alerts come and go: announces nothing twice, loses and doubles no export (PLIMSOLL_SEED=${seed})`, async () => {
  const random = randomFrom(seed);
  const words = ['--port', '0', '--config', join(line.home, 'plimsoll.yaml')];
  for (let kill = 0; kill < kills; kill++) {
    // Changed before the start or while running: both ways lead to a kill around a transition.
    configure(kill % 2 === 0 ? 0 : 100);
    const { child, outcome } = await line.start(words);
    const children = (await ask<Status>('status')).stages.flatMap(({ pid }) => pid ?? []);
    if (random() < 0.5) configure(kill % 2 === 0 ? 100 : 0);
    await pause(random() * 3000);
    child.kill('SIGKILL');
    await outcome;
    // Two seconds on an idle machine. A child that was just starting has to finish first, which takes longer on a busy
    // one.
    await expect.poll(() => stillRunning(children), { timeout: 6000 }).toEqual([]);
  }

  configure(100);
  const { child, outcome } = await line.start(words);
  const nothingFires = async () => {
    const { alerts, rules } = await ask<Status>('status');
    return alerts.length === 0 && rules[0]?.phase === 'ok';
  };
  await expect.poll(nothingFires, { timeout: 10_000 }).toBe(true);
  const alerts = await ask<Alert[]>('alerts?limit=1000');
  expect(alerts.length).toBeGreaterThan(0);
  for (const { id } of alerts) {
    const everySent = async () =>
      (await ask<AlertDetail>(`alerts/${id}`)).deliveries.every(({ state }) => state === 'sent');
    await expect.poll(everySent, { timeout: 10_000 }).toBe(true);
    const { transitions, deliveries } = await ask<AlertDetail>(`alerts/${id}`);
    expect(transitions.map(({ to }) => to)).toEqual(['firing', 'resolved']);
    // Announced once and recovered once, or neither.
    expect(new Set(transitions.map(({ announcement }) => announcement.decision)).size).toBe(1);
    // due = sent, each in one file
    expect(deliveries.map(({ transition }) => transition).sort()).toEqual(['firing', 'resolved']);
    expect(deliveries.map((delivery) => exported(delivery.id).length)).toEqual([1, 1]);
  }
  expect(exported('').length).toBe(2 * alerts.length);
  expect(readdirSync(join(line.home, 'exports')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  child.kill('SIGTERM');
  expect((await outcome).code).toBe(0);
  expect(existsSync(join(line.data, 'owner.json'))).toBe(false);
});
