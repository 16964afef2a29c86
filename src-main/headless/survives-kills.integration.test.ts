import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AlertDetail } from '../monitor/records/alerts-api.ts';
import type { SeriesHistory } from '../contract/history.ts';
import type { StageName, Status } from '../contract/status.ts';
import { askOwner } from './owner-api.ts';

const program = join(import.meta.dirname, 'main.ts');
const rule = {
  id: 'memory-used',
  name: 'Memory in use',
  source: 'memory',
  metric: 'memory_percent',
  comparison: 'greater_than',
  threshold: 0,
  consecutiveViolations: 2,
};

let directory: string;
let running: ChildProcess | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-kills-'));
});
afterEach(async () => {
  if (running !== undefined) await end('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** Writes settings: memory is sampled at this interval, and the rule is as given. */
function configure(intervalSeconds: number, change: Partial<typeof rule> = {}): void {
  const settings = {
    version: 1,
    sources: [{ name: 'memory', kind: 'memory', intervalSeconds }],
    rules: [{ ...rule, ...change }],
    destinations: [{ name: 'exports', kind: 'file', onResolve: true }],
    monitoring: { checkIntervalSeconds: 0.1 },
  };
  writeFileSync(join(directory, 'plimsoll.yaml'), JSON.stringify(settings));
}

function start(): void {
  const words = [
    'run',
    '--config',
    join(directory, 'plimsoll.yaml'),
    '--data',
    join(directory, 'data'),
    '--port',
    '0',
  ];
  running = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
}

async function end(signal: NodeJS.Signals): Promise<number | null> {
  const process = running ?? expect.unreachable('nothing runs');
  const ended = new Promise<number | null>((resolve) => process.once('exit', resolve));
  process.kill(signal);
  running = undefined;
  return ended;
}

async function ask<Answer>(path: string, method: 'GET' | 'POST' = 'GET'): Promise<Answer> {
  return (await askOwner(join(directory, 'data'), method, `/api/v1/${path}`)) as Answer;
}

/** Polls the status until it fulfils the condition, and returns it. */
async function statusWhen(wanted: (status: Status) => boolean, withinMs = 15_000): Promise<Status> {
  const deadline = performance.now() + withinMs;
  let last: Status | undefined;
  while (performance.now() < deadline) {
    last = await ask<Status>('status').catch(() => undefined);
    if (last !== undefined && wanted(last)) return last;
    await pause(15);
  }
  return expect.unreachable(`the status never became as wanted; last: ${JSON.stringify(last)}`);
}

const stageOf = (status: Status, name: StageName) =>
  status.stages.find(({ stage }) => stage === name) ?? expect.unreachable(name);
const violationsIn = (status: Status) => status.rules[0]?.violations ?? 0;
const exportsWritten = () => {
  const folder = join(directory, 'exports');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
};
const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

/**
 * Children that are still loading their sources receive nothing until they have; built ones load in a twentieth of the
 * time.
 */
const loadedAndGoneMs = 6000;

async function allGone(pids: (number | null)[], withinMs: number): Promise<number[]> {
  const deadline = performance.now() + withinMs;
  const alive = () => pids.filter((pid): pid is number => pid !== null && isAlive(pid));
  while (alive().length > 0 && performance.now() < deadline) await pause(20);
  return alive();
}

describe('main killed', () => {
  it.each([
    ['after 1 of 2 violations', 1],
    ['at 2 of 2 violations', 2],
    ['while firing', 4],
  ])(
    '%s: goes on where it was, announces nothing anew, leaves nothing running',
    async (_when, violations) => {
      configure(0.5);
      start();
      const before = await statusWhen((status) => violationsIn(status) >= violations);
      await end('SIGKILL');
      expect(
        await allGone(
          before.stages.map(({ pid }) => pid),
          loadedAndGoneMs,
        ),
      ).toEqual([]);

      start();
      const after = await statusWhen(
        (status) => status.alerts.length === 1 && violationsIn(status) > violations + 1,
      );
      expect(after.rules[0]?.since).toBe(before.rules[0]?.since);
      const [alert] = await ask<AlertDetail['alert'][]>('alerts?limit=10').then((page) =>
        Array.isArray(page) ? page : (page as { alerts: AlertDetail['alert'][] }).alerts,
      );
      expect(alert).toMatchObject({ state: 'firing', since: before.rules[0]?.since, announced: true });
      const detail = await ask<AlertDetail>(`alerts/${alert?.id ?? ''}`);
      expect(detail.transitions.map(({ to }) => to)).toEqual(['firing']);
      // It waits a moment for the reason of the firing.
      await expect.poll(exportsWritten, { timeout: 10_000 }).toHaveLength(1);

      configure(0.5, { threshold: 100 });
      await expect.poll(exportsWritten, { timeout: 10_000 }).toHaveLength(2);
      expect((await ask<AlertDetail>(`alerts/${alert?.id ?? ''}`)).transitions.at(-1)).toMatchObject({
        reason: 'back_within',
        announcement: { decision: 'announce', reason: 'recovery' },
      });
      expect(await end('SIGTERM')).toBe(0);
      expect(
        await allGone(
          after.stages.map(({ pid }) => pid),
          2000,
        ),
      ).toEqual([]);
    },
  );
});

describe.each<StageName>(['collectors', 'history'])('%s killed ten times', (stage) => {
  it('loses no rule state, delays no alert, says what happened, and comes back by hand when it had given up', async () => {
    configure(0.2, { consecutiveViolations: 60 });
    start();
    await statusWhen((status) => violationsIn(status) > 0);
    const begun = performance.now();
    let retries = 0;
    let awayMs = 0;
    for (let kill = 1; kill <= 10; kill++) {
      const { pid } = stageOf(
        await statusWhen((status) => stageOf(status, stage).state === 'running'),
        stage,
      );
      process.kill(pid ?? expect.unreachable('no pid'), 'SIGKILL');
      const killed = performance.now();
      const hurt = await statusWhen((status) => stageOf(status, stage).deaths === kill);
      expect(stageOf(hurt, stage).problem).toContain(
        stageOf(hurt, stage).state === 'degraded' ? 'five minutes' : 'SIGKILL',
      );
      if (stageOf(hurt, stage).state === 'degraded') {
        retries++;
        await ask(`stages/${stage}/restart`, 'POST');
      }
      await statusWhen((status) => stageOf(status, stage).state === 'running');
      awayMs += performance.now() - killed;
    }
    expect(retries).toBe(2);
    const healed = await statusWhen((status) => stageOf(status, stage).state === 'running');
    expect(stageOf(healed, stage)).toMatchObject({ deaths: 10, problem: null });

    const fired = await statusWhen((status) => status.alerts.length === 1, 30_000);
    const alert = fired.alerts[0] ?? expect.unreachable();
    if (stage === 'history') {
      // The others were not affected: sixty samples at 0.2 s are 12 s, with or without history.
      expect(alert.firedAt - alert.since).toBeLessThan(13_500);
      expect(stageOf(fired, 'collectors').deaths).toBe(0);
    } else {
      // Sixty samples at 0.2 s are 12 s, taken while the collectors were running.
      expect(performance.now() - begun - awayMs).toBeLessThan(20_000);
      expect(stageOf(fired, 'history').deaths).toBe(0);
    }
    const range = { host: alert.series.host, source: 'memory', metric: 'memory_percent', labels: '{}' };
    const query = new URLSearchParams({
      ...range,
      from: `${alert.since}`,
      to: `${alert.firedAt + 1}`,
      points: '1000',
    });
    const kept = await ask<SeriesHistory>(`history?${query.toString()}`);
    expect(kept.at).toHaveLength(60);
    expect(new Set(kept.at).size).toBe(60);
    expect(await end('SIGTERM')).toBe(0);
  });
});
