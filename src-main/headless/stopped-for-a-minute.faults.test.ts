import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RuleStatus } from '../contract/rule.ts';
import type { Status } from '../contract/status.ts';
import { CommandLine } from '../testing/command-line.ts';
import { askOwner } from './owner-api.ts';

let line: CommandLine;
beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

const status = async () => (await askOwner(line.data, 'GET', '/api/v1/status')) as Status;

async function firstRule(isMeant: (rule: RuleStatus, now: Status) => boolean): Promise<RuleStatus> {
  for (;;) {
    const now = await status();
    const [rule] = now.rules;
    if (rule !== undefined && isMeant(rule, now)) return rule;
    await pause(100);
  }
}

it.runIf(process.platform === 'linux')(
  'stopped for longer than a minute: it says so, counts anew, alerts nobody and makes up for nothing',
  async () => {
    // Memory usage is always above 0: only the count keeps the rule from firing.
    const rule = { id: 'memory', name: 'Memory', source: 'memory', metric: 'memory_percent' };
    const settings = {
      version: 1,
      sources: [{ name: 'memory', kind: 'memory', intervalSeconds: 1 }],
      rules: [{ ...rule, comparison: 'greater_than', threshold: 0, consecutiveViolations: 40 }],
      destinations: [],
    };
    const file = join(line.home, 'plimsoll.yaml');
    writeFileSync(file, JSON.stringify(settings));
    const { child, outcome } = await line.start(['--port', '0', '--config', file]);
    const before = await firstRule(({ violations }) => violations >= 10);
    const { stages } = await status();
    const processes = [child.pid ?? expect.unreachable(), ...stages.flatMap(({ pid }) => pid ?? [])];
    for (const pid of processes) process.kill(pid, 'SIGSTOP');
    await pause(65_000);
    for (const pid of processes) process.kill(pid, 'SIGCONT');

    const after = await firstRule(({ lastAt }) => (lastAt ?? 0) > (before.lastAt ?? 0) + 60_000);
    expect(after.violations).toBeLessThan(before.violations);
    await pause(5_000);
    const { alerts, sources, rules } = await status();
    expect(alerts).toEqual([]);
    expect(rules[0]?.violations).toBeLessThan(15);
    expect(sources[0]).toMatchObject({ error: null });
    const log = readFileSync(join(line.data, 'logs', 'monitor.log'), 'utf8');
    expect(log).toMatch(/"cause":"stood_still","ms":6[4-9]\d{3}.*"msg":"time was lost"/);
    child.kill('SIGTERM');
    expect(await outcome).toMatchObject({ code: 0 });
  },
);
