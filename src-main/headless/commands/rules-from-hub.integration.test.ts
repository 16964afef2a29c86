import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CommandLine } from '../../testing/command-line.ts';
import { httpServer } from '../../testing/loopback.ts';

// Real processes: a hub, and an agent that evaluates the rules it got from the hub.

let machine: CommandLine;
let receiver: CommandLine;

beforeEach(() => {
  machine = new CommandLine();
  receiver = new CommandLine();
});
afterEach(() => {
  machine.close();
  receiver.close();
});

const busy = `
  - id: busy
    name: Memory is in use
    judgedBy: agent
    hostTags: [production]
    source: memory
    metric: memory_percent
    comparison: greater_than
    threshold: 0
    severity: critical
`;
const settings = (rules: string) =>
  `version: 1\nsources: []\nrules:${rules || ' []\n'}hub: { enabled: true }\n`;
const ownSettings = `version: 1
sources:
  - { name: memory, kind: memory, intervalSeconds: 1 }
rules:
  - { id: busy, name: memory is in use, source: memory, metric: memory_percent, comparison: less_than, threshold: 0 }
destinations:
  - { name: told, kind: file, directory: told, formats: [json] }
`;

async function firing(side: CommandLine): Promise<string[]> {
  const { out } = await side.run(['alerts', 'list', '--json', '--state', 'firing', '--data', side.data]);
  const alerts = JSON.parse(out) as { ruleId: string; series: { host: string } }[];
  return alerts.map(({ ruleId, series }) => `${ruleId} ${series.host}`);
}

function toldIn(folder: string): string {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.map((name) => readFileSync(join(folder, name), 'utf8')).join('');
}

it('judges the rules of a real hub, tells of them while the hub is away, over a restart too, and the hub is silent about them', async () => {
  const config = join(receiver.home, 'plimsoll.yaml');
  writeFileSync(config, settings(busy));
  const enrolled = ['host', 'enrol', 'box', '--url', 'http://127.0.0.1', '--tags', 'production', '--json'];
  const made = await receiver.run([...enrolled, '--data', receiver.data]);
  writeFileSync(join(machine.home, 'hub.token'), (JSON.parse(made.out) as { token: string }).token);
  writeFileSync(join(machine.home, 'plimsoll.yaml'), ownSettings);
  const hub = await receiver.start(['--port', '0', '--config', config], {}, 'hub');
  const words = [
    ...['agent', '--hub', new URL(hub.url).origin, '--token-file', 'hub.token', '--rules-from-hub'],
    ...['--config', 'plimsoll.yaml', '--data', machine.data],
  ];
  writeFileSync(join(machine.home, '.env'), 'COLLECTION_INTERVAL=1\nAGENT_ID=box\n');
  const first = machine.begin(words);
  await expect.poll(() => firing(machine), { timeout: 60_000 }).toEqual(['hub:busy box']);
  const hosts = await receiver.run(['host', 'list', '--json', '--data', receiver.data]);
  expect(hosts.out).toContain('"host":"box"');
  expect(await firing(receiver)).toEqual([]);
  // Its own destination got messages of its own rules only, with the suffix that marks the name here.
  await expect
    .poll(() => toldIn(join(machine.home, 'told')), { timeout: 30_000 })
    .toContain('Memory is in use (hub)');

  hub.child.kill('SIGKILL');
  first.child.kill('SIGKILL');
  await Promise.all([hub.outcome, first.outcome]);
  const second = machine.begin(words);
  await expect.poll(() => firing(machine), { timeout: 60_000 }).toEqual(['hub:busy box']);
  second.child.kill('SIGTERM');
  expect((await second.outcome).code).toBe(0);

  // Without the owner's consent, nothing of it remains.
  const without = machine.begin(words.filter((word) => word !== '--rules-from-hub'));
  await expect.poll(() => existsSync(join(machine.data, 'hub-rules.json')), { timeout: 60_000 }).toBe(false);
  await expect.poll(() => firing(machine), { timeout: 60_000 }).toEqual([]);
  without.child.kill('SIGTERM');
  expect((await without.outcome).code).toBe(0);
}, 240_000);

it('takes nothing but rules from a hub that has turned evil', async () => {
  const rule = {
    ...{ id: 'busy', name: 'Busy', source: 'memory', metric: 'memory_percent' },
    ...{ comparison: 'greater_than', threshold: 0 },
  };
  let asked = 0;
  const evil = {
    rules: [
      { ...rule, id: 'a', name: 'Runs', command: 'touch pwned' },
      { ...rule, id: 'b', name: 'Sends', destinations: [{ name: 'x', kind: 'webhook', url: 'http://evil' }] },
      { ...rule, id: 'c', name: 'Reads', sources: [{ name: 'y', kind: 'script', file: 'pwned.sh' }] },
      rule,
    ],
    sources: [{ name: 'z', kind: 'script', file: 'pwned.sh' }],
    destinations: [{ name: 'x', kind: 'command', file: 'pwned.sh' }],
    scripts: { 'pwned.sh': '#!/bin/sh\ntouch pwned' },
  };
  const url = await httpServer((request, response) => {
    request.resume();
    if (request.url?.startsWith('/api/v1/agent/rules?host=box') === true) asked++;
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(evil));
  });
  writeFileSync(join(machine.home, 'plimsoll.yaml'), ownSettings);
  const before = readFileSync(join(machine.home, 'plimsoll.yaml'), 'utf8');
  const words = [
    'agent',
    '--hub',
    url,
    '--rules-from-hub',
    '--config',
    'plimsoll.yaml',
    '--data',
    machine.data,
  ];
  writeFileSync(join(machine.home, '.env'), 'AGENT_ID=box\n');
  const agent = machine.begin(words);
  await expect.poll(() => firing(machine), { timeout: 60_000 }).toEqual(['hub:busy box']);
  const { out } = await machine.run(['status', '--json', '--data', machine.data]);
  expect(out).toMatch(/refused here: .*Runs.*command.*Sends.*destinations.*Reads.*sources/);
  expect(asked).toBe(1);
  agent.child.kill('SIGTERM');
  await agent.outcome;
  expect(readFileSync(join(machine.home, 'plimsoll.yaml'), 'utf8')).toBe(before);
  expect(existsSync(join(machine.home, 'pwned'))).toBe(false);
  expect(existsSync(join(machine.home, 'metrics'))).toBe(false);
}, 120_000);

it('is not to judge anything when it samples once', async () => {
  const once = ['agent', '--once', '--hub', 'http://127.0.0.1:1', '--rules-from-hub', '--data', machine.data];
  const { code, error } = await machine.run(once);
  expect([code, error]).toEqual([2, expect.stringContaining('leave --rules-from-hub out')]);
});
